"""Keys of our own, each in a file that only our user can read."""

import os
import secrets
from pathlib import Path

import structlog

log = structlog.get_logger()

KEY_BYTES = 32
"""256 bits, as HMAC-SHA-256 wants it. Source: RFC 2104, 3."""

LOST = "put the audit's key back from its backup: rows that were sealed with it can be verified with no other"


class KeyLostError(ValueError):
    """A key is not there, or is none; the message is for a person."""


def make(path: Path) -> bool:
    """Make a key, where there is none yet; whether it was made. It is there whole or not at all. Raises OSError."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
    except FileExistsError:
        return False
    finally:
        part.unlink(missing_ok=True)
    return True


def read(path: Path, lost: str) -> bytes:
    """The key of a file, which holds it in hexadecimal digits.

    Args:
        lost: what to do where it is no key, for a person.

    Raises:
        KeyLostError: what is there is no key.
        OSError: it cannot be read.
    """
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyLostError(f"{path}: not a key; {lost}")
    return key


def audit_key(path: Path, setting: str, ours: bool, begun: bool) -> bytes:
    """The key of an audit; a new one where there is none yet, nor a row that another has sealed.

    Args:
        path: where it is.
        setting: the variable that can name a file elsewhere.
        ours: whether that is where we keep it ourselves; elsewhere, none is made.
        begun: whether there are rows already.

    Raises:
        KeyLostError: it is lost, or damaged.
        OSError: it can be neither read nor written.
    """
    if ours and not path.exists():
        if begun:
            raise KeyLostError(f"{path}: no such file; {LOST}")
        if make(path):
            log.info("audit key made", path=str(path))
    if not path.exists():
        raise KeyLostError(f"{path}: no such file; {setting} names one with 64 random hexadecimal digits")
    return read(path, LOST)
