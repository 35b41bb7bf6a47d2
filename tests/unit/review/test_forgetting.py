"""A patient is forgotten: nothing of them is in any file, and what judges models and readers stays."""

import asyncio
import contextlib
import json
import shutil
import socket
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from auditing.verify import BrokenError
from client.gateway import Gateway
from erasure.errands import Errands
from review import cli
from review.amendments.queue import Amendment
from review.arrivals.watch import Watch
from review.audit import record, record_first
from review.chain.seal import CHAIN
from review.chain.verify import verify
from review.forgetting import searched
from review.forgetting.again import forget_again
from review.insight.gathered import gather
from review.insight.readings import Asked
from review.people import Audit, AuditHead, Redaction
from review.reading.searches import Search
from review.settings import Settings
from review.tables import Assessment, Film, Forgotten, Opinion
from review.traces import encoded
from tests import films
from tests.unit.review.erased import (
    COMMENT,
    ISSUER,
    NAME,
    PATIENT,
    STUDY,
    WHY,
    films_of,
    look,
    study_of,
    traces_of_her,
)
from tests.unit.review.whole import whole


def ask(*arguments):
    return cli.main(["forget", *arguments])


@pytest.mark.parametrize(
    "whom", [["--patient", PATIENT], ["--study", STUDY], ["--patient", PATIENT, "--issuer", ISSUER]]
)
def test_nothing_of_a_forgotten_patient_is_in_any_file_of_the_folder(room, whom, capsys):
    film, other = study_of(room)
    assert len(traces_of_her(room.settings.folder)) > 8

    assert ask(*whom, *WHY, "--yes") == 0

    assert traces_of_her(room.settings.folder) == set()
    told = capsys.readouterr()
    assert told.out == ("forgotten: 1 films, 1 assessments, 1 opinions, 0 amendments, 3 searches, 3 audit rows\n")
    assert "cannot be reached from here" in told.err
    assert not (room.settings.pictures / film).exists() and (room.settings.pictures / other).exists()


async def test_the_gateway_forgets_at_once_what_it_said_of_the_patients_films(room, client, monkeypatch, capsys):
    hers, others = [
        (await client.post("/v1/assessments", content=films.png(films.pixels(seed=seed).astype("uint8")))).json()["id"]
        for seed in (1, 2)
    ]
    film, other = study_of(room)
    with room.site.sessions.begin() as session:
        for id_, of in ((hers, film), (others, other)):
            said = {"created": datetime.now(UTC), "outcome": "assessed", "body": {}, "contours": []}
            session.add(Assessment(id=id_, film_id=of, **said))
    monkeypatch.setenv("REVIEW_GATEWAY", str(client.base_url))

    assert await asyncio.to_thread(ask, "--patient", PATIENT, *WHY, "--yes") == 0

    assert [(await client.get(f"/v1/assessments/{each}")).status_code for each in (hers, others)] == [404, 200]
    told = capsys.readouterr().err
    assert "1 assessments are gone from its memory" in told and "24 h" not in told
    assert Errands(room.settings.folder).left() == []


async def test_a_gateway_that_is_away_is_asked_when_it_is_back(room, client, monkeypatch, capsys):
    study_of(room)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as nobody:
        monkeypatch.setenv("REVIEW_GATEWAY", f"http://127.0.0.1:{nobody.getsockname()[1]}")
    assert await asyncio.to_thread(ask, "--patient", PATIENT, *WHY, "--yes") == 0

    assert "1 assessments may still be in its memory: the gateway cannot be reached" in capsys.readouterr().err
    errands = Errands(room.settings.folder)
    assert len(errands.left()) == 1
    with Gateway(str(client.base_url), 10) as gateway:
        watch = Watch(gateway, errands)
        watch.start()
        async with asyncio.timeout(30):
            while errands.left():
                await asyncio.sleep(0.02)
        watch.stop()
        await asyncio.to_thread(watch._thread.join)


def test_first_it_is_only_told_how_much_would_go(room, capsys):
    study_of(room)
    before = traces_of_her(room.settings.folder)

    assert ask("--patient", PATIENT, *WHY) == 0

    told = capsys.readouterr().out
    assert told.startswith("would be forgotten: 1 films") and "--yes" in told
    assert NAME not in told and PATIENT not in told
    assert traces_of_her(room.settings.folder) == before and room.audited("patient.forget") == []


def test_the_audit_is_whole_afterwards_and_says_who_forgot_when_and_why_but_not_whom(room):
    study_of(room)
    rows = look(room).last

    ask("--patient", PATIENT, *WHY, "--yes")

    found = look(room)
    assert (found.last, found.emptied) == (rows + 1, 3) and "3 of them emptied" in str(found)
    (row,) = room.audited("patient.forget")
    assert row.detail["reason"] == WHY[1] and row.detail["films"] == 1 and row.detail["by"] == "command line"
    assert [len(name) for name in row.detail["names"]] == [64, 64]  # of her study and of herself
    emptied = [each for each in room.audited("worklist.search") if "query" not in each.detail]
    assert len(emptied) == 3 and all("films" in each.detail for each in emptied)
    assert cli.main(["audit", "verify"]) == 0


def test_a_forgotten_film_is_on_no_list_and_has_no_page(room):
    film, other = study_of(room)
    ask("--patient", PATIENT, *WHY, "--yes")
    ada = room.browser("ada")

    assert [film in ada.get(f"/?status={status}").text for status in ("all", "read", "unread", "mine")] == [False] * 4
    assert other in ada.get("/?status=all").text
    assert [ada.get(f"/films/{film}{path}").status_code for path in ("", "/radiograph.png")] == [404, 404]
    assert film not in ada.get("/learn").text
    assert "review_films_forgotten 1.0" in ada.get("/metrics").text


def test_figures_that_judge_models_and_readers_stay_the_same(room):
    film, _ = study_of(room)

    def figures():
        with room.site.session() as session:
            found = gather(session, Asked())
        estimates = {kind: [(each.n, each.value) for _, each in spans] for kind, spans in found.agreement.items()}
        return found.counts, estimates, found.versions, found.taken_back, [each.films for each in found.by_scanner]

    before = figures()
    ask("--patient", PATIENT, *WHY, "--yes")

    assert figures() == before
    with room.site.session() as session:
        opinion = session.scalar(select(Opinion).where(Opinion.film_id == film))
        answer = session.get_one(Assessment, opinion.assessment_id)
    assert (opinion.label, opinion.agrees, opinion.comment, opinion.shapes) == ("no_pathology", True, "", [])
    assert set(answer.body) == {"outcome", "refusal", "classes", "predicted_class", "models"}


def test_opinions_of_hers_that_wait_for_the_listener_never_leave(room):
    film, _ = study_of(room)
    with room.site.sessions.begin() as session:
        said = session.scalar(select(Opinion).where(Opinion.film_id == film))
        waits = {"key": "k", "film_id": film, "reader_id": said.reader_id, "opinion_number": said.number}
        waits |= {"withdrawn": False, "at": said.at, "due": said.at}
        session.execute(insert(Amendment).values(waits))

    ask("--patient", PATIENT, *WHY, "--yes")

    with room.site.session() as session:
        assert session.scalar(select(func.count()).select_from(Amendment)) == 0


def test_a_restored_backup_brings_nobody_back(room, tmp_path):
    study_of(room)
    with room.site.session() as session:
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    shutil.copytree(room.settings.folder, backup := tmp_path / "backup")
    ask("--patient", PATIENT, *WHY, "--yes")
    assert traces_of_her(backup)

    gone = forget_again(Settings(folder=backup), tombstones=room.settings.folder)

    assert (gone.films, gone.opinions, gone.audit_rows) == (1, 1, 3)
    assert traces_of_her(backup) == set()
    with whole(backup) as restored:
        assert look(restored).emptied == 3
    assert forget_again(Settings(folder=backup), tombstones=room.settings.folder).films == 0


def test_again_ends_what_a_crash_interrupted(room):
    film, _ = study_of(room)
    shutil.copytree(room.settings.pictures / film, kept := room.settings.folder / "kept")
    ask("--patient", PATIENT, *WHY, "--yes")
    shutil.move(kept, room.settings.pictures / film)

    assert ask("--again") == 0

    assert not (room.settings.pictures / film).exists()


def test_the_same_film_that_is_sent_again_later_is_a_new_one_and_stays(room):
    film, _ = study_of(room)
    ask("--patient", PATIENT, *WHY, "--yes")
    (stone,) = [json.loads(line) for line in (room.settings.folder / "forgotten.jsonl").read_text().splitlines()]
    with room.site.sessions.begin() as session:
        old = session.get_one(Film, film)
        row = {column.key: getattr(old, column.key) for column in Film.__table__.columns}
        told = {
            "id": "N" * 26,
            "digest": "d1" * 32,
            "patient_id": PATIENT,
            "forgotten": None,
            "assessment_id": "n" * 32,
        }
        session.execute(insert(Film).values(row | told))
        answer = {"id": "n" * 32, "film_id": "N" * 26, "outcome": "assessed", "body": {}, "contours": []}
        session.execute(insert(Assessment).values(answer | {"created": func.datetime("now", "+1 minute")}))

    ask("--again")

    assert stone["names"] and {each.id: bool(each.forgotten) for each in films_of(room.site)}["N" * 26] is False


def test_an_id_that_several_hospitals_gave_is_not_guessed_at(room, capsys):
    study_of(room)
    room.film(patient_id=PATIENT, digest="d2" * 32, header={"00100020": {"vr": "LO", "Value": [PATIENT]}})

    assert ask("--patient", PATIENT, *WHY, "--yes") == 1

    assert "--issuer" in capsys.readouterr().err
    assert ask("--patient", PATIENT, "--issuer", "", *WHY, "--yes") == 0
    assert NAME.casefold() in str(traces_of_her(room.settings.folder)).casefold()


@pytest.mark.parametrize("reason", ["", f"letter of {PATIENT}", f"Frau {NAME}, by letter", "two\nlines"])
def test_a_reason_is_given_and_does_not_say_who_it_is(room, reason, capsys):
    study_of(room)

    assert ask("--patient", PATIENT, "--reason", reason, "--yes") == 1

    told = capsys.readouterr().err
    assert "--reason" in told and NAME not in told and PATIENT not in told
    assert room.audited("patient.forget") == []


def test_a_search_that_the_patient_is_not_meant_by_stays_in_the_audit(room):
    study_of(room)
    ask("--patient", PATIENT, *WHY, "--yes")

    with room.site.session() as session:
        assert session.scalars(select(Search.words)).all() == ["doe"]
    assert sum("query" in row.detail for row in room.audited("worklist.search")) == 1


def empty_row(site, number, **detail):
    """A row of the audit, as forgetting does it."""
    with site.sessions.begin() as session:
        record_first(session, None, "patient.forget")
        by = session.scalar(select(AuditHead.number))
        searched.empty(session, [], [number], by)


def sealed(site):
    """Three rows; the second holds a search."""
    for number in range(3):
        with site.sessions.begin() as session:
            record(session, None, "worklist.search", query=encoded(f"search={NAME}"), films=[str(number)])


def audit_of(site):
    with site.session() as session:
        return verify(session, session.info[CHAIN])


def test_a_row_that_was_emptied_is_as_safe_as_the_others(site):
    sealed(site)
    empty_row(site, 2)
    assert audit_of(site).emptied == 1

    with pytest.raises(DBAPIError, match="only added to"), site.sessions.begin() as session:
        session.execute(update(Audit).where(Audit.number == 2).values(detail={"films": []}))
    with site.sessions.begin() as session:
        guard = {"sqlite": "DROP TRIGGER audit_update", "postgresql": "DROP TRIGGER audit_guard ON audit"}
        session.execute(text(guard[session.get_bind().dialect.name]))
        session.execute(update(Audit).where(Audit.number == 2).values(detail={"films": []}))

    with pytest.raises(BrokenError, match="row 2 was changed"):
        audit_of(site)


def test_nobody_without_the_key_empties_a_row_unseen(site):
    sealed(site)
    with site.sessions.begin() as session:
        session.execute(insert(Redaction).values(number=2, audit_number=3, seal="0" * 64))
        session.execute(update(Audit).where(Audit.number == 2).values(detail={"films": ["1"]}))

    with pytest.raises(BrokenError, match="row 2 was changed"):
        audit_of(site)


def test_a_row_is_emptied_only_where_another_row_says_so(site):
    sealed(site)
    with site.sessions.begin() as session:
        searched.empty(session, [], [2], 3)

    with pytest.raises(BrokenError, match="row 2 was emptied, and row 3 does not say so"):
        audit_of(site)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (Opinion, {"comment": ""}),
        (Opinion, {"comment": "", "shapes": [], "label": "no_pathology"}),
        (Opinion, {"comment": "other", "shapes": []}),
        (Assessment, {"contours": [], "body": {"classes": {"no_pathology": 0.9}}}),
        (Assessment, {"contours": [], "body": {"cautions": []}}),
        (Assessment, {"contours": [], "body": {}, "outcome": "refused"}),
        (Audit, {"detail": {}}),
        (Audit, {"detail": {"films": ["0"]}, "action": "log_out"}),
    ],
)
def test_the_database_lets_a_row_be_emptied_and_nothing_else(site, table, values):
    film = site.film(body={"cautions": ["child"], "classes": {"no_pathology": 0.5}})
    site.opinion(film, site.reader("ada"), "other_pathology", comment=COMMENT, shapes=[{"kind": "box"}])
    site.keep()
    sealed(site)
    with pytest.raises(DBAPIError, match="only added to"), site.sessions.begin() as session:
        session.execute(update(Opinion).values(comment="", shapes=[]))  # no tombstone yet
    with site.sessions.begin() as session:
        session.execute(insert(Forgotten).values(film_id=film["id"], audit_number=1))
        session.execute(insert(Redaction).values(number=1, audit_number=1, seal=""))

    with pytest.raises(DBAPIError, match="only added to"), site.sessions.begin() as session:
        session.execute(update(table).values(**values))


@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET audit_number = 2"])
@pytest.mark.parametrize("table", ["forgotten", "redaction"])
def test_tombstones_stay(site, table, statement):
    film = site.film()
    site.keep()
    sealed(site)
    with site.sessions.begin() as session:
        session.execute(insert(Forgotten).values(film_id=film["id"], audit_number=1))
        session.execute(insert(Redaction).values(number=1, audit_number=1, seal=""))

    with pytest.raises(DBAPIError, match="only added to"), site.sessions.begin() as session:
        session.execute(text(statement.format(table)))


def test_a_hospitals_postgresql_forgets_too(site, tmp_path):
    from erasure.asked import Asked as Whom
    from erasure.tombstones import Tombstones
    from review.arrivals.pictures import Pictures
    from review.forgetting.forget import Forgetter

    film = site.film(patient_id=PATIENT, patient_name=NAME, search=NAME.casefold(), body={"cautions": ["child"]})
    site.opinion(film, site.reader("ada"), "other_pathology", comment=COMMENT, shapes=[{"kind": "box"}])
    site.keep()
    sealed(site)

    forgetter = Forgetter(site.sessions, Pictures(tmp_path / "pictures"), Tombstones(tmp_path))
    gone = forgetter.forget(Whom("asked for it", PATIENT))

    assert (gone.films, gone.opinions, gone.audit_rows) == (1, 1, 3)
    with site.session() as session:
        assert (session.scalar(select(Opinion.comment)), session.get_one(Film, film["id"]).patient_name) == ("", "")
    assert audit_of(site).emptied == 3
