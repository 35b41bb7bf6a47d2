"""Seals what is patient data before it leaves this process: Redis keeps it, and only gateways can read it."""

import base64
import hashlib
import hmac
import json
import os

import structlog
from cryptography.fernet import Fernet, InvalidToken

log = structlog.get_logger()


class Vault:
    """Encrypts and authenticates with one key (Fernet: AES-128-CBC and HMAC-SHA256)."""

    def __init__(self, secret: str | None) -> None:
        """The key is made from a secret that all gateways share; without one, from chance, for this process alone."""
        self._key = hashlib.sha256(secret.encode()).digest() if secret else os.urandom(32)
        self._fernet = Fernet(base64.urlsafe_b64encode(self._key))

    def seal(self, data: bytes) -> str:
        """A text that says nothing without the key."""
        return self._fernet.encrypt(data).decode()

    def digest(self, purpose: str, *parts: str) -> bytes:
        """32 bytes that stand for the parts, the same with the same secret; who lacks it finds no parts by trying.

        Each purpose has a key of its own, so that digests for one cannot be matched with those for another.
        """
        key = hmac.digest(self._key, purpose.encode(), "sha256")
        return hmac.digest(key, json.dumps(parts).encode(), "sha256")

    def open(self, sealed: str) -> bytes | None:
        """What was sealed; None where another key sealed it, as before a restart without a shared secret."""
        try:
            return self._fernet.decrypt(sealed.encode())
        except InvalidToken:
            log.warning("sealed by another key: set CXR_SECRET to the same value for all gateways")
            return None
