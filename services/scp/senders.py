"""Who may send films: AE titles, each from the addresses that it is known to call from."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Senders:
    """AE title to the networks that it may call from, none meaning any; empty means anyone."""

    allowed: dict[str, frozenset[Network]]

    @classmethod
    def of(cls, text: str) -> Self:
        """From "CR1@10.0.0.7, PACS@10.20.0.0/16".

        Raises:
            ValueError: what follows an @ is no address and no network.
        """
        allowed: dict[str, set[Network]] = {}
        for entry in filter(None, (part.strip() for part in text.split(","))):
            title, at, network = (part.strip() for part in entry.partition("@"))
            networks = allowed.setdefault(title, set())
            if at:
                networks.add(_network(network))
        return cls({title: frozenset(networks) for title, networks in allowed.items()})

    @property
    def anywhere(self) -> list[str]:
        """Titles that are taken from any address."""
        return [title for title, networks in self.allowed.items() if not networks]

    def allow(self, title: str, address: str) -> bool:
        """Whether this AE title may call from this address."""
        if not self.allowed:
            return True
        networks = self.allowed.get(title)
        if networks is None:
            return False
        caller = ip_address(address)
        if isinstance(caller, IPv6Address) and caller.ipv4_mapped:  # how a socket for both names an IPv4 caller
            caller = caller.ipv4_mapped
        return not networks or any(caller in network for network in networks)


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(f"{text!r} is no IP address and no network, such as 10.0.0.7 or 10.20.0.0/16") from None
