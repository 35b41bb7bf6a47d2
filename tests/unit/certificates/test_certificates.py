"""Certificates: who signed them, what they cover, until when."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certificates.certificate import Archive, Certificate, Gate, Release
from certificates.signatures import make_keys
from certificates.signing import CertificateError, read, write
from vocabulary.stages import STAGES

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def release(digit: str) -> Release:
    return Release(archives={stage: Archive(version=f"1.{digit}", digest=digit * 64) for stage in STAGES})


def certificate(**changes: object) -> Certificate:
    given = {
        "lesson": 1,
        "parent": release("0"),
        "candidate": release("1"),
        "labels": "a" * 64,
        "judge": "b" * 64,
        "films": 120,
        "patients": 110,
        "figures": [],
        "points": [],
        "flips": {},
        "gates": [Gate(name="site", passed=True, told="better")],
        "decision": "promote",
        "issued": NOW,
        "expires": NOW + timedelta(days=90),
    }
    return Certificate.model_validate(given | changes)


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    make_keys(tmp_path)
    write(certificate(), tmp_path / "certificate.json", tmp_path / "signing.key")
    return tmp_path


def test_a_signed_certificate_is_read_back_as_it_was(signed: Path) -> None:
    assert read(signed / "certificate.json", signed / "signing.pub") == certificate()
    assert (signed / "signing.key").stat().st_mode & 0o077 == 0


def test_keys_are_made_once(signed: Path) -> None:
    before = (signed / "signing.key").read_bytes()
    make_keys(signed)
    assert (signed / "signing.key").read_bytes() == before


def test_one_changed_byte_ends_it(signed: Path) -> None:
    path = signed / "certificate.json"
    path.write_text(path.read_text().replace('"films": 120', '"films": 920'))
    with pytest.raises(CertificateError, match="was changed"):
        read(path, signed / "signing.pub")


def test_another_key_s_signature_is_none(signed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    make_keys(other)
    with pytest.raises(CertificateError, match="another key"):
        read(signed / "certificate.json", other / "signing.pub")


@pytest.mark.parametrize("missing", ["certificate.json", "certificate.json.sig", "signing.pub"])
def test_a_missing_file_is_named(signed: Path, missing: str) -> None:
    (signed / missing).unlink()
    with pytest.raises(CertificateError, match=missing):
        read(signed / "certificate.json", signed / "signing.pub")


def test_it_covers_exactly_these_archives_until_it_expires() -> None:
    digests = release("1").digests
    assert certificate().covers(digests, NOW) == ""
    assert "another classifier" in certificate().covers(digests | {"classifier": "2" * 64}, NOW)
    assert "expired on 2027-02-26" in certificate().covers(digests, NOW + timedelta(days=90))


def test_one_that_refuses_covers_nothing_and_says_why() -> None:
    refused = certificate(decision="refuse", gates=[Gate(name="base", passed=False, told="it forgot the base films")])
    assert refused.covers(release("1").digests, NOW) == "it forgot the base films"


def test_a_release_without_a_stage_is_none() -> None:
    archives = {stage: Archive(version="1", digest="0" * 64) for stage in STAGES[:2]}
    with pytest.raises(ValueError, match="make a release"):
        Release(archives=archives)


def test_a_certificate_may_be_of_the_one_stage_of_a_number_and_covers_that_alone() -> None:
    before, after = (Release(archives={"bone-age": Archive(version="1", digest=digit * 64)}) for digit in "12")
    told = certificate(parent=before, candidate=after)
    assert told.problem == "bone-age"
    assert told.covers(after.digests, NOW) == ""
    assert told.covers(release("1").digests, NOW) == "it is of another bone-age"
    with pytest.raises(ValueError, match="parent and candidate answer one problem"):
        certificate(parent=release("0"), candidate=after)
