"""What lets a release answer patients' films: a certificate of exactly its archives, or a person's reason."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from certificates import signing
from certificates.certificate import Archive
from certificates.expired import expired


class EvidenceError(Exception):
    """There is none, or it does not let the release answer; the message is for a person."""


@dataclass(frozen=True)
class Evidence:
    """Why a release may answer."""

    told: Mapping[str, str] = field(default_factory=dict)
    """For the audit: the certificate's sha256, or the reason."""
    pins: Mapping[str, Archive] = field(default_factory=dict)
    """Stage to the only archive that may answer for it; empty without a certificate."""
    ground: Mapping[str, str] = field(default_factory=dict)
    """For the file of releases: whoever starts the release again looks at it again."""


def certified(path: Path, public: Path) -> Evidence:
    """That of a certificate which the holder of the public key's other half signed.

    Raises:
        EvidenceError: it is missing or damaged, another's, refuses to promote, or has expired.
    """
    try:
        certificate = signing.read(path, public)
    except signing.CertificateError as error:
        raise EvidenceError(str(error)) from error
    candidate = certificate.candidate
    if why_not := certificate.covers(candidate.digests) or expired(path):
        raise EvidenceError(f"{path} does not let its release answer: {why_not}")
    ground = {"certificate": str(path.resolve()), "key": str(public.resolve())}
    return Evidence({"certificate": hashlib.sha256(path.read_bytes()).hexdigest()}, candidate.archives, ground)


def excused(reason: str) -> Evidence:
    """That of a person who answers for it.

    Raises:
        EvidenceError: the reason is empty.
    """
    if not reason.strip():
        raise EvidenceError("--without-certificate needs a reason")
    told = {"reason": reason.strip()}
    return Evidence(told, ground=told)
