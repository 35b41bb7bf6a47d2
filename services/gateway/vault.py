"""Seals what leaves this process: Redis keeps it, and only gateways can read it, or write what they will read."""

import hashlib
import hmac
import json
import os

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

log = structlog.get_logger()

NONCE_BYTES = 12
"""By chance for each seal: with one key, 2**32 of them at most. Source: NIST SP 800-38D, 8.2.2 and 8.3."""


class Vault:
    """Encrypts and authenticates with keys of one secret (AES-256-GCM)."""

    def __init__(self, secret: str | None) -> None:
        """The secret is one that all gateways share; without one, it comes from chance, for this process alone."""
        self._key = hashlib.sha256(secret.encode()).digest() if secret else os.urandom(32)
        self._cipher = AESGCM(hmac.digest(self._key, b"seal", "sha256"))

    def seal(self, name: str, data: bytes) -> bytes:
        """Bytes that say nothing without the key, and that open under this name only."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, name.encode())

    def digest(self, purpose: str, *parts: str) -> bytes:
        """32 bytes that stand for the parts, the same with the same secret; who lacks it finds no parts by trying.

        Each purpose has a key of its own, so that digests for one cannot be matched with those for another.
        """
        key = hmac.digest(self._key, purpose.encode(), "sha256")
        return hmac.digest(key, json.dumps(parts).encode(), "sha256")

    def open(self, name: str, sealed: bytes) -> bytes | None:
        """What was sealed under this name; None where it was not: by another key, under another name, or changed."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError):
            log.warning("does not open: changed, or sealed with another CXR_SECRET", kind=name.rpartition(":")[0])
            return None
