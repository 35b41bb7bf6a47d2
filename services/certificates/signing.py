"""Certificates with their signatures: who holds the key wrote them, and nobody has changed them since."""

from pathlib import Path

from certificates.certificate import Certificate
from certificates.signatures import SignatureError, sign, signer

SUFFIX = ".sig"

CONTEXT = b"cxr-cascade certificate\0"
"""Signed before the bytes, so that a signature of something else is none of a certificate."""


class CertificateError(Exception):
    """There is none, or nobody whom we trust signed it; the message is for a person."""


def write(certificate: Certificate, path: Path, key: Path) -> None:
    """The certificate as JSON, and its signature beside it.

    Raises:
        CertificateError: the key is none.
        OSError: a file cannot be read or written.
    """
    data = f"{certificate.model_dump_json(indent=1)}\n".encode()
    try:
        signature = sign(data, CONTEXT, key)
    except SignatureError as error:
        raise CertificateError(str(error)) from error
    path.write_bytes(data)
    path.with_name(path.name + SUFFIX).write_text(f"{signature}\n")


def read(path: Path, public: Path) -> Certificate:
    """A certificate that the holder of the public key's other half signed.

    Raises:
        CertificateError: a file is missing or damaged, or the signature is another's.
    """
    try:
        data = path.read_bytes()
        found = signer(data, path.with_name(path.name + SUFFIX).read_text(), CONTEXT, [public])
    except OSError as error:
        raise CertificateError(f"{error.filename}: {error.strerror}") from error
    except (SignatureError, UnicodeDecodeError) as error:
        raise CertificateError(f"{path}: {error}") from error
    if found is None:
        raise CertificateError(f"{path}: the signature does not fit: it was changed, or another key signed it")
    try:
        return Certificate.model_validate_json(data)
    except ValueError as error:
        raise CertificateError(f"{path}: not a certificate of this version") from error
