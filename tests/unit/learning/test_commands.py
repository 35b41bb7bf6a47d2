"""`python -m learning`: what it says, and with which code it ends."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certificates.certificate import Certificate, Figure, Point
from certificates.signatures import make_keys
from certificates.signing import write
from gateway.fleet.releases import Plan
from learning import ledger
from learning.__main__ import main
from learning.page import html
from learning.promote import serving_store
from tests.unit.certificates.test_certificates import certificate
from vocabulary.stages import STAGES

POINT = Point(
    label="other_pathology", before=0.25, after=0.31, sensitivity=(0.9, 0.95, 0.9), specificity=(0.22, 0.25, 0.44)
)
FIGURE = Figure(what="macro AUROC", data="<b>here</b>", films=120, parent=0.7, candidate=0.8, low=0.02, high=0.15)


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    (tmp_path / "1").mkdir()
    make_keys(tmp_path)
    return tmp_path


def certify(lessons: Path, **changes: object) -> Certificate:
    now = datetime.now(UTC)
    given = certificate(issued=now, expires=now + timedelta(days=90), **changes)
    write(given, lessons / "1" / "certificate.json", lessons / "signing.key")
    return given


def test_what_was_never_judged_is_not_promoted(lessons: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["promote", "1", "--shadow", "--lessons", str(lessons)]) == 1
    assert "learning: lesson 1 has no certificate" in capsys.readouterr().err
    assert ledger.read(lessons) == []


def test_what_was_refused_is_not_promoted_and_the_reason_is_said(
    lessons: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certify(lessons, decision="refuse", gates=[{"name": "base films: all", "passed": False, "told": "it forgot them"}])
    assert main(["promote", "1", "--serve", "--reason", "please", "--lessons", str(lessons)]) == 1
    assert "may not be promoted: it forgot them" in capsys.readouterr().err


def test_a_canary_wants_an_approval_of_this_very_certificate_or_a_reason(
    lessons: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certify(lessons)
    words = ["promote", "1", "--canary", "--lessons", str(lessons), "--releases", str(lessons / "none.yaml")]
    assert main(words) == 1
    assert "nobody has approved lesson 1" in capsys.readouterr().err
    (lessons / "1" / "approval.json").write_text('{"who": "eva", "certificate_sha256": "0"}')
    assert main(words) == 1
    assert "approved with another certificate" in capsys.readouterr().err
    assert main([*words, "--reason", "agreed"]) == 1  # and then the gateway's file is missing
    assert "none.yaml" in capsys.readouterr().err
    assert ledger.read(lessons) == []


def test_history_tells_what_was_done_and_names_no_patient(lessons: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.add(lessons, "teach", lesson=1, patients=["review-0123"])
    ledger.add(lessons, "judge", lesson=1, decision="promote")
    assert main(["history", "--lessons", str(lessons)]) == 0
    told = capsys.readouterr().out
    assert "teach   lesson 1" in told
    assert "decision promote" in told
    assert "review-0123" not in told


def test_the_next_lesson_is_taught_from_the_one_that_answers(lessons: Path) -> None:
    releases, shipped = lessons / "releases.yaml", lessons / "shipped"
    assert serving_store(releases, lessons, shipped) == shipped
    at = dict.fromkeys(STAGES, "127.0.0.1:7070")
    plan = Plan.model_validate({"serve": "stable", "releases": {"stable": at, "lesson3": at}})
    plan.write(releases)
    assert serving_store(releases, lessons, shipped) == shipped
    plan.model_copy(update={"serve": "lesson3"}).write(releases)
    assert serving_store(releases, lessons, shipped) == lessons / "3" / "model_store"


def test_watching_before_any_film_was_compared_says_what_to_do(
    lessons: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVIEW_FOLDER", str(lessons / "no such room"))
    certify(lessons)
    (lessons / "pairs").mkdir()
    assert main(["watch", "1", "--lessons", str(lessons), "--pairs", str(lessons / "pairs")]) == 1
    assert "promote it with --shadow" in capsys.readouterr().err


def test_a_certificate_s_page_has_its_numbers_and_no_markup_of_others(lessons: Path) -> None:
    page = html(certify(lessons, figures=[FIGURE], points=[POINT], flips={"no_pathology > other_pathology": 7}))
    assert "It may be promoted" in page
    assert "0.700" in page and "0.800" in page and "+0.020 to +0.150" in page
    assert "22%, 25%, 44%" in page
    assert "no pathology &gt; other pathology" in page
    assert "&lt;b&gt;here" in page
    assert "not a\nmedical device" in page or "not a medical device" in page
    assert "1" * 64 in page
