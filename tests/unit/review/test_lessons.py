"""The page of the lessons: what certificates say, and who approves."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from certificates.certificate import Archive, Certificate, Figure, Gate, Point, Release
from certificates.expired import expire
from certificates.signatures import make_keys
from certificates.signing import CONTEXT, write
from tests.unit.review.english import english, heard
from tests.unit.review.room import on_sqlite
from vocabulary.stages import STAGES

NOW = datetime.now(UTC)
REASON = "read the flips <b>myself</b>"


def release(digit):
    return Release(archives={stage: Archive(version=f"1.{digit}.0", digest=digit * 64) for stage in STAGES})


def lesson(folder, number=1, **changes):
    """A lesson with a signed certificate; gives its folder."""
    figure = {"what": "AUROC", "data": "blind films", "films": 120, "parent": 0.81, "candidate": 0.872, "low": 0.011}
    point = {"label": "no_pathology", "before": 0.257, "after": 0.412,
             "sensitivity": (0.88, 0.94, 0.881), "specificity": (0.22, 0.25, 0.44)}  # fmt: skip
    given = {
        "lesson": number, "parent": release("a"), "candidate": release("b"), "labels": "c" * 64, "judge": "d" * 64,
        "films": 120, "patients": 110, "figures": [Figure(**figure)], "points": [Point(**point)],
        "flips": {"other_pathology > no_pathology": 7},
        "gates": [Gate(name="site", passed=True, told="better by 0.062")],
        "decision": "promote", "issued": NOW, "expires": NOW + timedelta(days=90),
    }  # fmt: skip
    (place := folder / str(number)).mkdir()
    write(Certificate.model_validate(given | changes), place / "certificate.json", folder / "signing.key")
    return place


def sha256(place):
    return hashlib.sha256((place / "certificate.json").read_bytes()).hexdigest()


@pytest.fixture
def room(tmp_path, folder):
    with on_sqlite(tmp_path, lessons=folder) as room:
        yield room


def approve(browser, place, **form):
    sent = {"reason": REASON, "certificate": sha256(place)} | form
    return browser.fill_in(f"/lessons/{place.name}/approval", "/account", **sent)


def test_page_tells_what_a_certificate_says(room, folder):
    lesson(folder)
    text = room.entered("eva", "chief").get("/lessons").text

    for told in (
        *(
            "may be promoted",
            "120 films of 110 patients",
            "0.810",
            "0.872",
            "+0.062, at least +0.011",
            "0.257",
            "0.412",
        ),
        *("0.880; 0.940; 0.881", "0.220; 0.250; 0.440", "better by 0.062", "classifier 1.b.0"),
        *("Other pathology to No pathology: 7", f"Expires on {NOW + timedelta(days=90):%Y-%m-%d}", "Approve lesson 1"),
        f'value="{sha256(folder / "1")}"',
    ):
        assert told in text


def test_a_page_in_spanish_leaves_in_english_what_was_signed_so_and_says_it(room, folder):
    place = lesson(folder)
    eva = room.entered("eva", "chief")
    eva.headers["Accept-Language"] = "es"

    text = eva.get("/lessons").text

    assert english(heard(text)) == []
    assert '<span lang="en">site: better by 0.062</span>' in text and "está firmado en inglés" in text
    for told in ("El candidato puede promoverse.", "0,872", "+0,062, al menos +0,011", "0,880; 0,940; 0,881"):
        assert told in text
    assert "De Otra patología a Sin patología: 7" in text
    assert "diga por qué la aprueba" in approve(eva, place, reason=" ").text


def test_a_chief_approves_with_a_reason_and_the_audit_knows_but_not_the_reason(room, folder):
    place = lesson(folder)
    eva = room.entered("eva", "chief")

    assert approve(eva, place).headers["location"] == "/lessons"

    kept = json.loads((place / "approval.json").read_text())
    assert (kept["who"], kept["reason"], kept["certificate_sha256"]) == ("eva", REASON, sha256(place))
    assert timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(kept["at"]) < timedelta(minutes=1)
    (row,) = room.audited("lesson.approve")
    assert (row.reader_id, row.detail["lesson"]) == (room.found("eva").id, 1)
    assert row.detail["certificate"] == sha256(place) and "myself" not in str(row.detail)
    text = eva.get("/lessons").text
    assert "Approved by eva" in text and "&lt;b&gt;myself" in text and "Approve lesson 1" not in text
    assert approve(eva, place).status_code == 409
    assert {each.name for each in place.iterdir()} == {"approval.json", "certificate.json", "certificate.json.sig"}


def test_a_reader_neither_sees_nor_approves_and_a_chief_needs_the_token_of_their_page(room, folder):
    place = lesson(folder)
    ada, eva, kim = room.entered("ada"), room.entered("eva", "chief"), room.entered("kim", "admin")

    assert ada.get("/lessons").status_code == 403 and "/lessons" not in ada.get("/account").text
    assert approve(ada, place).status_code == 403
    assert eva.post("/lessons/1/approval", data={"reason": REASON, "certificate": sha256(place)}).status_code == 403
    assert not (place / "approval.json").exists() and room.audited("lesson.approve") == []
    for may in (eva, kim):
        assert 'href="/lessons"' in may.get("/account").text and may.get("/lessons").status_code == 200


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"decision": "refuse", "gates": [Gate(name="base", passed=False, told="forgets 0.03")]}, "forgets 0.03"),
        ({"decision": "too_few"}, "too few films"),
        ({"expires": NOW - timedelta(days=1)}, "expired on"),
    ],
)
def test_what_may_not_be_promoted_cannot_be_approved_and_says_why(room, folder, changes, told):
    place = lesson(folder, **changes)
    eva = room.entered("eva", "chief")

    text = eva.get("/lessons").text
    answer = approve(eva, place)

    assert told in text and "Approve lesson" not in text
    assert answer.status_code == 409 and "cannot be approved" in answer.text
    assert not (place / "approval.json").exists()


def test_without_a_reason_or_for_a_certificate_that_was_not_on_the_screen_nothing_is_approved(room, folder):
    place = lesson(folder)
    eva = room.entered("eva", "chief")

    assert "say why" in approve(eva, place, reason="  ").text
    assert approve(eva, place, reason="x" * 501).status_code == 422
    changed = approve(eva, place, certificate="0" * 64)
    assert changed.status_code == 409 and "has changed" in changed.text
    for path in ("/lessons/2/approval", "/lessons/0/approval", "/lessons/..%2F1/approval"):
        assert eva.fill_in(path, "/account", reason=REASON, certificate=sha256(place)).status_code in (404, 422)
    assert not (place / "approval.json").exists() and room.audited("lesson.approve") == []


def foreign(folder):
    (other := folder / "keys").mkdir()
    make_keys(other)
    (folder / "signing.pub").write_bytes((other / "signing.pub").read_bytes())


def altered(folder):
    path = folder / "1" / "certificate.json"
    path.write_text(path.read_text().replace('"films": 120', '"films": 920'))


def copied(folder):
    (folder / "1").rename(folder / "8")


def made_a_folder(folder):
    (folder / "1" / "certificate.json").unlink()
    (folder / "1" / "certificate.json").mkdir()


def without_zone(folder):
    """Signed, though no certificate of ours is written so."""
    path = folder / "1" / "certificate.json"
    data = path.read_bytes().replace(b'Z"', b'"')
    path.write_bytes(data)
    key = serialization.load_pem_private_key((folder / "signing.key").read_bytes(), None)
    path.with_name("certificate.json.sig").write_text(key.sign(CONTEXT + data).hex())


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (foreign, "the signature does not fit"),
        (altered, "the signature does not fit"),
        (copied, "it is of lesson 1"),
        (made_a_folder, "cannot be read"),
        (without_zone, "not a certificate of this version"),
        (lambda folder: (folder / "signing.pub").unlink(), "signing.pub"),
        (lambda folder: (folder / "signing.pub").write_text("no key"), "is damaged"),
        (lambda folder: (folder / "1" / "certificate.json.sig").write_text("no hex"), "is damaged"),
        (lambda folder: (folder / "1" / "certificate.json.sig").unlink(), "certificate.json.sig"),
        (lambda folder: (folder / "1" / "certificate.json").write_bytes(b"\xff{"), "the signature does not fit"),
        (lambda folder: (folder / "1" / "certificate.json").unlink(), "it was not judged"),
    ],
)
def test_what_cannot_be_believed_is_said_not_shown_and_cannot_be_approved(room, folder, damage, told):
    lesson(folder)
    damage(folder)
    eva = room.entered("eva", "chief")

    page = eva.get("/lessons")
    (place,) = (each for each in folder.iterdir() if each.name in "18")
    answer = eva.fill_in(f"/lessons/{place.name}/approval", "/account", reason=REASON, certificate="0" * 64)

    assert page.status_code == 200 and told in page.text
    assert "may be promoted" not in page.text and "0.872" not in page.text and "Approve lesson" not in page.text
    assert answer.status_code == 409 and not (place / "approval.json").exists()


def test_an_approval_that_is_damaged_or_of_another_certificate_counts_for_nothing_and_can_be_given_anew(room, folder):
    place = lesson(folder)
    eva = room.entered("eva", "chief")
    (place / "approval.json").write_text("{")

    assert "its approval is damaged" in eva.get("/lessons").text
    assert approve(eva, place).status_code == 303
    before = (place / "approval.json").read_bytes()
    place.rename(folder / "old")
    (again := lesson(folder, films=130)).joinpath("approval.json").write_bytes(before)

    assert "eva approved of another certificate" in eva.get("/lessons").text
    assert approve(eva, again).status_code == 303


def test_a_folder_that_cannot_be_written_approves_nothing_and_leaves_no_row(room, folder):
    place = lesson(folder)
    eva = room.entered("eva", "chief")
    (place / "approval.json").mkdir()  # which no file can take the place of, whoever we are

    answer = approve(eva, place)

    assert answer.status_code == 500 and "nothing was approved" in answer.text
    assert room.audited("lesson.approve") == [] and len(list(place.iterdir())) == 3
    assert "its approval cannot be read" in eva.get("/lessons").text


def test_without_a_folder_the_page_says_how_to_set_it_up_and_there_is_no_entry(tmp_path):
    with on_sqlite(tmp_path) as room:
        eva = room.entered("eva", "chief")
        page = eva.get("/lessons")
        assert page.status_code == 200 and "REVIEW_LESSONS" in page.text and 'href="/lessons"' not in page.text
        assert eva.fill_in("/lessons/1/approval", "/account", reason=REASON).status_code == 404


def test_a_folder_that_is_not_there_and_one_without_lessons_are_said(room, folder, tmp_path):
    eva = room.entered("eva", "chief")
    (folder / "ledger.jsonl").write_text("{}")
    assert "No lessons yet" in eva.get("/lessons").text
    folder.rename(tmp_path / "moved")
    page = eva.get("/lessons")
    assert page.status_code == 200 and "cannot be read" in page.text


def test_the_newest_lessons_come_first_and_old_ones_not_at_all(room, folder):
    for number in range(1, 13):
        lesson(folder, number)
    text = room.entered("eva", "chief").get("/lessons").text
    shown = [number for number in range(1, 13) if f'id="lesson-{number}"' in text]
    assert shown == list(range(3, 13)) and text.index('id="lesson-12"') < text.index('id="lesson-3"')


def test_page_tells_which_release_was_withdrawn_and_why(tmp_path, folder):
    (releases := tmp_path / "releases.yaml").write_text("serve: stable\nwithdrawn: {lesson1: <i>expired</i>}\n")
    with on_sqlite(tmp_path, lessons=folder, releases=releases) as room:
        text = room.entered("eva", "chief").get("/lessons").text

    assert "The release lesson1 answers no more since the last start: &lt;i&gt;expired&lt;/i&gt;." in text


def test_page_tells_that_a_certificate_has_ended_before_its_date_and_nobody_may_approve(room, folder):
    place = lesson(folder)
    expire(place / "certificate.json", "drift")

    text = room.entered("eva", "chief").get("/lessons").text

    assert "expired: drift" in text and "Teach and judge anew" in text
    assert "Approve lesson 1" not in text
