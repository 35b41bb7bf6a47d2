"""What only this reading room can read, and nobody can change: AES-256-GCM with a key that is not in the database."""

import base64
import binascii
import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from auditing import keys
from review.settings import Settings

log = structlog.get_logger()

KEY = "accounts.key"
"""In the reading room's folder."""

LOST = "put the accounts' key back from its backup, or have every second factor set up anew with another one"

NONCE_BYTES = 12
"""Random, for each seal. Source: NIST SP 800-38D, 8.2.2."""

UNTIL = "until"


class Sealer:
    """Seals and opens with one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """With the key of the settings, made where there is none yet.

        Raises:
            KeyLostError: it is damaged.
            OSError: it can be neither read nor written.
        """
        path = _path(settings)
        if settings.accounts_key is None and not path.exists() and keys.make(path):
            log.info("accounts key made", path=str(path))
        return cls(keys.read(path, LOST))

    def seal(self, purpose: str, what: dict[str, Any], lasts: timedelta | None = None) -> str:
        """As text; it opens for the same purpose alone, and until its time is over, if it has one."""
        until = {UNTIL: (datetime.now(UTC) + lasts).timestamp()} if lasts else {}
        nonce = secrets.token_bytes(NONCE_BYTES)
        closed = self._cipher.encrypt(nonce, json.dumps(what | until).encode(), purpose.encode())
        return base64.urlsafe_b64encode(nonce + closed).decode()

    def open(self, purpose: str, sealed: str) -> dict[str, Any] | None:
        """What was sealed; None where it was not by us, for something else, or too long ago."""
        try:
            raw = base64.urlsafe_b64decode(sealed.encode())
            opened = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, binascii.Error, ValueError):
            return None
        what: dict[str, Any] = json.loads(opened)
        return what if what.pop(UNTIL, float("inf")) > datetime.now(UTC).timestamp() else None


def check(settings: Settings) -> None:
    """Refuse to start with a key that is damaged, or not where the settings say.

    Raises:
        KeyLostError: it is damaged.
        OSError: it cannot be read.
    """
    if settings.accounts_key is not None or _path(settings).exists():
        keys.read(_path(settings), LOST)


def _path(settings: Settings) -> Path:
    return settings.accounts_key or settings.folder / KEY
