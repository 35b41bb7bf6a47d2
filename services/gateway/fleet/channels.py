"""Connections to replicas, with or without TLS."""

from pathlib import Path

import grpc

OPTIONS: list[tuple[str, str | int]] = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.use_local_subchannel_pool", 1),  # a connection that is given up must not be shared with the one after it
]


class Channels:
    """Opens them, all alike."""

    def __init__(self, ca: Path | None = None, certificate: Path | None = None, key: Path | None = None) -> None:
        """Plain, or with TLS where there is a certificate authority to trust.

        Args:
            ca: PEM file of the authority that signed the stages' certificates.
            certificate: PEM file of our own, where the stages want one.
            key: of that certificate.

        Raises:
            OSError: a file cannot be read.
        """
        self._credentials = None
        if ca:
            own = [each.read_bytes() if each else None for each in (key, certificate)]
            self._credentials = grpc.ssl_channel_credentials(ca.read_bytes(), *own)

    def open(self, address: str, host: str | None = None) -> grpc.aio.Channel:
        """To host:port; connected in the background, and again whenever that is lost.

        Args:
            address: host:port.
            host: the name that its certificate is for, where that is not the address's.
        """
        if self._credentials is None:
            return grpc.aio.insecure_channel(address, options=OPTIONS)
        name = [("grpc.ssl_target_name_override", host)] if host else []
        return grpc.aio.secure_channel(address, self._credentials, options=[*OPTIONS, *name])
