"""A release answers patients' films on evidence alone, and who changed what is kept."""

import getpass
import hashlib
import shlex
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditing.journal import Journal
from auditing.row import Row
from auditing.whole import verify
from certificates.expired import expire
from certificates.signatures import make_keys
from certificates.signing import write
from gateway import release
from gateway.fleet.releases import Plan
from local.places import ROOT
from tests.unit.certificates.test_certificates import certificate
from vocabulary.stages import STAGES

TWO = """\
serve: stable
releases:
  stable: {discriminator: "a:1", segmenter: "b:1", classifier: "c:1"}
  next: {discriminator: "a:1", segmenter: "b:1", classifier: {at: "d:1", version: "0.9"}}
"""
LATER = {"issued": datetime.now(UTC), "expires": datetime.now(UTC) + timedelta(days=90)}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CXR_AUDIT_FOLDER", raising=False)
    path = tmp_path / "releases.yaml"
    path.write_text(TWO)
    make_keys(tmp_path)
    return path


def run(file: Path, *arguments: object) -> int:
    return release.main(["--file", str(file), *map(str, arguments)])


def certified(file: Path, **changes: object) -> tuple[str, Path, str, Path]:
    """The arguments that name a certificate and its key."""
    path = file.with_name("certificate.json")
    write(certificate(**LATER | changes), path, file.with_name("signing.key"))
    return "--certificate", path, "--key", file.with_name("signing.pub")


def audit(file: Path) -> list[dict[str, Any]]:
    """What is told of each change, where no gateway's audit is."""
    folder = file.with_name("releases.yaml.audit")
    found = Journal.open(folder, None, "").rows() if folder.exists() else []
    rows = [each.row for each in found]
    return [{"verb": row.action.removeprefix("release."), "by": row.who, "at": row.at, **row.detail} for row in rows]


@pytest.mark.parametrize("verb", ["serve", "canary"])
def test_without_evidence_nothing_changes_and_it_says_what_to_give(file, verb, capsys):
    assert run(file, verb, "next") == 1

    said = capsys.readouterr().err
    assert "--certificate FILE --key signing.pub" in said
    assert "--without-certificate REASON" in said
    assert file.read_text() == TWO
    assert audit(file) == []


@pytest.mark.parametrize("verb", ["serve", "canary"])
def test_a_certificate_pins_all_three_archives_and_is_named_in_the_audit(file, verb):
    given = certified(file)

    assert run(file, verb, "next", *given) == 0

    pinned = Plan.read(file).releases["next"]
    assert {stage: (pinned[stage].version, pinned[stage].digest) for stage in STAGES} == dict.fromkeys(
        STAGES, ("1.1", "1" * 64)
    )
    assert Plan.read(file).releases["stable"] == Plan.read(file.with_name("releases.yaml.previous")).releases["stable"]
    (entry,) = audit(file)
    assert entry["certificate"] == hashlib.sha256(given[1].read_bytes()).hexdigest()
    assert (entry["verb"], entry["release"], entry["by"]) == (verb, "next", getpass.getuser())
    assert datetime.now(UTC) - entry["at"] < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"decision": "refuse"}, "the decision is refuse"),
        ({"decision": "too_few"}, "the decision is too_few"),
        ({"expires": datetime.now(UTC) - timedelta(days=1)}, "it expired on"),
    ],
)
def test_a_certificate_that_does_not_let_it_answer_is_refused_with_the_reason(file, changes, says, capsys):
    assert run(file, "canary", "next", *certified(file, **changes)) == 1

    assert says in capsys.readouterr().err
    assert file.read_text() == TWO


def test_a_certificate_that_drift_has_ended_is_refused(file, capsys):
    given = certified(file)
    expire(given[1], "drift")

    assert run(file, "serve", "next", *given) == 1

    assert "expired: drift" in capsys.readouterr().err
    assert file.read_text() == TWO


def test_a_changed_certificate_and_one_without_a_key_are_refused(file, capsys):
    given = certified(file)
    assert run(file, "serve", "next", *given[:2]) == 1
    given[1].write_text(given[1].read_text().replace('"films": 120', '"films": 999'))
    assert run(file, "serve", "next", *given) == 1

    said = capsys.readouterr().err
    assert "belong together" in said
    assert "was changed" in said
    assert file.read_text() == TWO


def test_a_canary_that_comes_to_serve_needs_its_certificate_again(file):
    run(file, "canary", "next", *certified(file))

    assert run(file, "serve", "next") == 1
    assert run(file, "serve", "next", *certified(file)) == 0
    assert Plan.read(file).releases["next"]["segmenter"].digest == "1" * 64


def test_a_reason_stands_in_for_a_certificate_but_an_empty_one_does_not(file, capsys):
    assert run(file, "serve", "next", "--without-certificate", "  ") == 1
    assert "needs a reason" in capsys.readouterr().err

    assert run(file, "serve", "next", "--without-certificate", "vendor release 1.3") == 0

    assert Plan.read(file).serve == "next"
    assert Plan.read(file).releases["next"]["classifier"].version == "0.9", "what is pinned stays"
    assert [each["reason"] for each in audit(file)] == ["vendor release 1.3"]


def test_what_answers_nobody_anew_needs_no_evidence_and_is_audited_too(file):
    for given in (["shadow", "next"], ["serve", "stable"], ["settle"], ["rollback"], ["show"]):
        assert run(file, *given) == 0

    assert [each["verb"] for each in audit(file)] == ["shadow", "serve", "settle", "rollback"]


def test_the_audit_survives_a_rollback(file):
    run(file, "serve", "next", "--without-certificate", "vendor release 1.3")
    run(file, "rollback")

    assert [(each["verb"], each["serves"]) for each in audit(file)] == [("serve", "next"), ("rollback", "stable")]


def test_a_change_that_cannot_be_audited_is_not_made(file, capsys):
    file.with_name("releases.yaml.audit").touch()

    assert run(file, "serve", "next", "--without-certificate", "vendor release 1.3") == 1

    assert "releases.yaml.audit" in capsys.readouterr().err
    assert file.read_text() == TWO


def test_a_change_joins_the_audit_of_the_gateway_where_that_is_named(file, tmp_path, monkeypatch):
    monkeypatch.setenv("CXR_AUDIT_FOLDER", str(tmp_path / "audit"))
    journal = Journal.open(tmp_path / "audit", None, "")
    journal.append([Row(datetime.now(UTC), None, "gateway.start")])

    assert run(file, "shadow", "next") == 0

    (_, changed) = journal.rows()
    assert (changed.number, changed.row.action, changed.row.detail["release"]) == (2, "release.shadow", "next")
    assert verify(journal).last == 2 and audit(file) == []


def test_make_passes_a_reason_of_several_words_on():
    arguments = 'serve next --without-certificate "vendor release 1.3, by phone"'
    told = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "--old-file=.venv/.local", "release", f"ARGS={arguments}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert shlex.split(told.stdout)[-4:] == ["serve", "next", "--without-certificate", "vendor release 1.3, by phone"]


def test_a_release_brings_its_own_reference_and_the_others_keep_theirs(file, tmp_path):
    reference = tmp_path / "lesson" / "reference.json"
    assert run(file, "serve", "next", *certified(file), "--reference", reference) == 0
    assert Plan.read(file).references == {"next": str(reference)}
    assert run(file, "rollback") == 0
    assert Plan.read(file).references is None
