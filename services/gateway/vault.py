"""Seals what leaves this process: Redis keeps it, and only gateways can read it, or write what they will read."""

import contextlib
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
    """Encrypts and authenticates with keys of one secret (AES-256-GCM); what those before it sealed still opens."""

    def __init__(self, *secrets: str) -> None:
        """Secrets that all gateways share, the one that seals first; without one, chance's, for this process alone."""
        keys = [hashlib.sha256(secret.encode()).digest() for secret in secrets] or [os.urandom(32)]
        self._key = keys[0]
        self._ciphers = [AESGCM(hmac.digest(key, b"seal", "sha256")) for key in keys]

    def seal(self, name: str, data: bytes) -> bytes:
        """Bytes that say nothing without the key, and that open under this name only."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, data, name.encode())

    def digest(self, purpose: str, *parts: str) -> bytes:
        """32 bytes that stand for the parts, the same with the same secret; who lacks it finds no parts by trying.

        Each purpose has a key of its own, so that digests for one cannot be matched with those for another.
        """
        key = hmac.digest(self._key, purpose.encode(), "sha256")
        return hmac.digest(key, json.dumps(parts).encode(), "sha256")

    def open(self, name: str, sealed: bytes) -> bytes | None:
        """What was sealed under this name; None where it was not: by another key, under another name, or changed."""
        for cipher in self._ciphers:
            with contextlib.suppress(InvalidTag, ValueError):
                return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
        log.warning("does not open: changed, or sealed with another CXR_SECRET", kind=name.rpartition(":")[0])
        return None
