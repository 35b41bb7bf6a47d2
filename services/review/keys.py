"""Keys of our own, each in a file that only our user can read."""

import os
import secrets
from pathlib import Path

from review.errors import InvalidError

KEY_BYTES = 32
"""256 bits, as HMAC-SHA-256 wants it. Source: RFC 2104, 3."""


def make(path: Path) -> bool:
    """Make a key, where there is none yet; whether it was made. Raises OSError."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        return False
    return True


def read(path: Path, lost: str) -> bytes:
    """The key of a file, which holds it in hexadecimal digits.

    Args:
        lost: what to do where it is no key, for a person.

    Raises:
        InvalidError: what is there is no key.
        OSError: it cannot be read.
    """
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise InvalidError(f"{path}: not a key; {lost}")
    return key
