"""Ed25519 signatures of files: who holds the key wrote them, and nobody has changed them since."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from certificates.certificate import Certificate

PRIVATE, PUBLIC = "signing.key", "signing.pub"
SUFFIX = ".sig"

CONTEXT = b"cxr-cascade certificate\0"
"""Signed before the bytes, so that a signature of something else is none of a certificate."""


class CertificateError(Exception):
    """There is none, or nobody whom we trust signed it; the message is for a person."""


def make_keys(folder: Path) -> None:
    """signing.key, for its owner alone, and signing.pub, for whoever checks; nothing where there is a key.

    Raises:
        OSError: they cannot be written.
    """
    try:
        handle = os.open(folder / PRIVATE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    key = Ed25519PrivateKey.generate()
    unencrypted = serialization.NoEncryption()
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted))
    public = key.public_key()
    (folder / PUBLIC).write_bytes(
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def write(certificate: Certificate, path: Path, key: Path) -> None:
    """The certificate as JSON, and its signature beside it.

    Raises:
        CertificateError: the key is none.
        OSError: a file cannot be read or written.
    """
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), None)
    except ValueError as error:
        raise CertificateError(f"{key}: not a key") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise CertificateError(f"{key}: not an Ed25519 key")
    data = f"{certificate.model_dump_json(indent=1)}\n".encode()
    path.write_bytes(data)
    path.with_name(path.name + SUFFIX).write_text(f"{private.sign(CONTEXT + data).hex()}\n")


def read(path: Path, public: Path) -> Certificate:
    """A certificate that the holder of the public key's other half signed.

    Raises:
        CertificateError: a file is missing or damaged, or the signature is another's.
    """
    try:
        key = serialization.load_pem_public_key(public.read_bytes())
        data = path.read_bytes()
        signature = bytes.fromhex(path.with_name(path.name + SUFFIX).read_text().strip())
    except OSError as error:
        raise CertificateError(f"{error.filename}: {error.strerror}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(f"the key {public} or the signature of {path} is damaged") from error
    if not isinstance(key, Ed25519PublicKey):
        raise CertificateError(f"{public}: not an Ed25519 key")
    try:
        key.verify(signature, CONTEXT + data)
    except InvalidSignature as error:
        raise CertificateError(
            f"{path}: the signature does not fit: it was changed, or another key signed it"
        ) from error
    try:
        return Certificate.model_validate_json(data)
    except ValueError as error:
        raise CertificateError(f"{path}: not a certificate of this version") from error
