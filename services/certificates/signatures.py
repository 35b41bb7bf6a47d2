"""Ed25519 keys, and signatures of bytes by them: who holds a key wrote them, and nobody has changed them since.

The model server's image has this module too, where there is none of our other code: it imports nothing of ours.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRIVATE, PUBLIC = "signing.key", "signing.pub"


class SignatureError(Exception):
    """A key is none, or nobody whom we trust signed; the message is for a person."""


def make_keys(folder: Path) -> None:
    """signing.key, for its owner alone, and signing.pub, for whoever checks; nothing where there is a key.

    Raises:
        OSError: they cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    unencrypted = serialization.NoEncryption()
    handle, part = tempfile.mkstemp(prefix=f".{PRIVATE}.", dir=folder)  # for its owner alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted))
        os.link(part, folder / PRIVATE)  # whole, or not at all where another process was first
    except FileExistsError:
        return
    finally:
        os.unlink(part)
    (folder / PUBLIC).write_bytes(public_half(folder / PRIVATE))


def public_half(key: Path) -> bytes:
    """What whoever checks a private key's signatures needs, as PEM.

    Raises:
        SignatureError: it is no private key.
        OSError: it cannot be read.
    """
    public = _private(key).public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def sign(data: bytes, context: bytes, key: Path) -> str:
    """The signature, as hex.

    Args:
        data: what is signed.
        context: comes before the data, so that a signature of something else is none of this.
        key: file of the private key, PEM without a password.

    Raises:
        SignatureError: it is no private key.
        OSError: it cannot be read.
    """
    return _private(key).sign(context + data).hex()


def signer(data: bytes, signature: str, context: bytes, trusted: Iterable[Path]) -> Path | None:
    """Which of the trusted public keys signed the data; None where none did.

    Args:
        data: what may have been changed.
        signature: as sign wrote it.
        context: as sign was given it.
        trusted: files of public keys, PEM.

    Raises:
        SignatureError: a key or the signature is damaged.
        OSError: a key cannot be read.
    """
    try:
        signed = bytes.fromhex(signature.strip())
    except ValueError as error:
        raise SignatureError("the signature is damaged") from error
    for path in trusted:
        try:
            _public(path).verify(signed, context + data)
        except InvalidSignature:
            continue
        return path
    return None


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError(f"{path}: not a key") from error
    except TypeError as error:
        raise SignatureError(f"{path}: a key with a password, which nobody is there to give") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SignatureError(f"{path}: not an Ed25519 key")
    return key


def _public(path: Path) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError(f"the key {path} is damaged") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SignatureError(f"{path}: not an Ed25519 key")
    return key
