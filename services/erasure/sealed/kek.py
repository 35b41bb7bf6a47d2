"""Key-encryption keys, from a file or a command: the first one is for what is new, the others are those of before."""

import base64
import binascii
import hashlib
import secrets
import shlex
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from erasure.sealed.chunks import TAG_BYTES
from erasure.sealed.errors import DamagedError, LockedError, NoKeyError
from erasure.sealed.settings import AtRest

KEY_BYTES = 32
"""AES-256."""
NONCE_BYTES = 12
"""Source: NIST SP 800-38D, 8.2.2: random, for fewer than 2**32 wrappings under one key."""
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES
ID_BYTES = 8
COMMAND_S = 30
"""For a command to print the key."""

Id = bytes


class KeyEncryptionKeys:
    """Wraps films' keys, and unwraps them."""

    def __init__(self, keys: list[bytes]) -> None:
        """Of these; the first one is to be used from now on."""
        self._ciphers: Mapping[Id, AESGCM] = {_id(key): AESGCM(key) for key in keys}
        self.first = _id(keys[0])

    def __contains__(self, kek: Id) -> bool:
        """Whether it is one of them."""
        return kek in self._ciphers

    def wrap(self, kek: Id, key: bytes, about: bytes) -> bytes:
        """A film's key, encrypted and bound to what is about it. Raises LockedError."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher(kek).encrypt(nonce, key, about)

    def unwrap(self, kek: Id, wrapped: bytes, about: bytes) -> bytes:
        """The film's key.

        Raises:
            LockedError: it was wrapped by another one than these.
            DamagedError: it was changed.
        """
        try:
            return self._cipher(kek).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], about)
        except InvalidTag:
            raise DamagedError("a film's key was changed, or belongs to another film") from None

    def _cipher(self, kek: Id) -> AESGCM:
        if kek not in self._ciphers:
            raise LockedError(f"films' keys are encrypted by key {kek.hex()}, which is not among those that are given")
        return self._ciphers[kek]


def read(settings: AtRest) -> KeyEncryptionKeys:
    """Those that the settings name.

    Raises:
        NoKeyError: there are none, or others than ourselves could read them.
    """
    prefix = settings.model_config.get("env_prefix", "")
    if settings.disk_key_command:
        return _parsed(_output(settings.disk_key_command, prefix), f"the output of {prefix}DISK_KEY_COMMAND")
    path, setting = Path(settings.disk_key), f"{prefix}DISK_KEY"
    try:
        if path.stat().st_mode & stat.S_IROTH:
            raise NoKeyError(f"{path} ({setting}) can be read by anybody on this machine: `chmod 600` it")
        return _parsed(path.read_text(), f"{path} ({setting})")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise NoKeyError(f"{path} ({setting}): {why}; it should hold the key of films' keys") from None


def _output(command: str, prefix: str) -> str:
    """What a command prints; that is never told, nor what it complains of, since it may hold the key."""
    try:
        ended = subprocess.run(
            shlex.split(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_S, check=True
        )
        return ended.stdout.decode()
    except subprocess.CalledProcessError as error:
        why = f"ended with {error.returncode}"
    except subprocess.TimeoutExpired:
        why = f"did not end within {COMMAND_S} s"
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "does not fit"
    raise NoKeyError(f"{prefix}DISK_KEY_COMMAND {why}: it should print the key that films' keys are encrypted with")


def _parsed(text: str, where: str) -> KeyEncryptionKeys:
    keys = [_key(line.strip()) for line in text.splitlines() if line.strip()]
    if not keys or not all(keys):
        raise NoKeyError(f"{where}: not a key: 64 random hexadecimal digits, such as of `openssl rand -hex 32`")
    return KeyEncryptionKeys(keys)


def _key(line: str) -> bytes:
    """As hexadecimal digits, or in base64, as key management services give it; empty where it is none."""
    for decode in (bytes.fromhex, lambda text: base64.b64decode(text, validate=True)):
        try:
            key = decode(line)
        except (ValueError, binascii.Error):
            continue
        if len(key) == KEY_BYTES:
            return key
    return b""


def _id(key: bytes) -> Id:
    """By which a key is known, and which tells nothing of it."""
    return hashlib.sha256(b"cxr cascade key-encryption key" + key).digest()[:ID_BYTES]
