"""Seals what is patient data before it leaves this process: Redis keeps it, and only gateways can read it."""

import base64
import hashlib

import structlog
from cryptography.fernet import Fernet, InvalidToken

log = structlog.get_logger()


class Vault:
    """Encrypts and authenticates with one key (Fernet: AES-128-CBC and HMAC-SHA256)."""

    def __init__(self, secret: str | None) -> None:
        """The key is made from a secret that all gateways share; without one, from chance, for this process alone."""
        key = base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()) if secret else Fernet.generate_key()
        self._fernet = Fernet(key)

    def seal(self, data: bytes) -> str:
        """A text that says nothing without the key."""
        return self._fernet.encrypt(data).decode()

    def open(self, sealed: str) -> bytes | None:
        """What was sealed; None where another key sealed it, as before a restart without a shared secret."""
        try:
            return self._fernet.decrypt(sealed.encode())
        except InvalidToken:
            log.warning("sealed by another key: set CXR_SECRET to the same value for all gateways")
            return None
