"""Whom load is sent to: this machine, and who was named. Nobody else's service is put under load by mistake."""

import contextlib
import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from .errors import SendingError


def permitted(url: str, also: Collection[str] = ()) -> str:
    """The URL without a slash at its end, if it is this machine's.

    Args:
        url: with its scheme.
        also: names of hosts that may be asked too: a test system, whose owners know of it.

    Raises:
        SendingError: it is neither.
    """
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        if host and host in {name.lower() for name in also}:
            return url.rstrip("/")
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return url.rstrip("/")
    raise SendingError(
        f"{url} is not on this machine; only http://127.0.0.1:PORT, or localhost, is measured, and a test system that "
        "--allow-host names"
    )
