"""A patient is forgotten by the listener: nothing of them is in any file, and the ledger still counts."""

import asyncio
import contextlib
import json
import shutil
import socket
import sqlite3
import threading
import time

import httpx
import pytest
import redis
import sqlalchemy
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from erasure.errands import Errands
from scp import cli
from scp.films import Film
from scp.forgetting.book import Book
from scp.forgetting.forget import forget_again
from scp.ledger import Ledger, Made
from scp.settings import Settings
from scp.spool import Spool
from tests import films
from tests.postgresql import new_database
from tests.trials.traffic.exposures import exposures, part10
from tests.unit.scp.conftest import concluded, door, eventually, send
from tests.unit.scp.test_standstill import is_locked

NAME, PATIENT, ISSUER = "Mustermann", "PID-4711-77", "KLINIKUM-NORD"
WHY = ["--reason", "asked for it in writing"]


def films_of(patient, name, issuer="", count=1, at=0):
    """Films of one study each."""
    made = list(exposures(at + count))[at:]
    for film in made:
        film.PatientID, film.PatientName, film.IssuerOfPatientID = patient, f"{name}^Erika", issuer
    return made


def traces_of(films, folder):
    """What of these films is in the bytes of a folder's files; and in which."""
    told = {NAME, PATIENT, *(film[uid].value for film in films for uid in ("StudyInstanceUID", "SOPInstanceUID"))}
    told |= {film.SeriesInstanceUID for film in films}
    files = [(path.name, path.read_bytes().lower()) for path in folder.rglob("*") if path.is_file()]
    return {f"{each} in {name}" for each in told for name, data in files if each.lower().encode() in data}


@pytest.fixture
async def service(listen, client: httpx.AsyncClient, pacs, tmp_path, monkeypatch):
    """A listener that runs on while a patient is forgotten from the command line."""
    monkeypatch.setenv("CXR_SCP_FOLDER", str(tmp_path / "films"))
    monkeypatch.setenv("CXR_SCP_ROUTES", str(tmp_path / "routes.yaml"))
    return listen(gateway=str(client.base_url))


async def ask(*arguments):
    return await asyncio.to_thread(cli.main, ["forget", *arguments])


async def searched(service, film):
    """What a viewer finds of its study."""
    async with door(service) as client:
        found = await client.get("/dicomweb/studies", params={"StudyInstanceUID": film.StudyInstanceUID})
        gone = await client.get(f"/dicomweb/studies/{film.StudyInstanceUID}/metadata")
    return found.status_code, gone.status_code


@pytest.mark.parametrize("by", ["patient", "study"])
async def test_nothing_of_a_forgotten_patient_is_left_in_the_listeners_folder(service, tmp_path, capsys, by):
    (hers,), (other,) = films_of(PATIENT, NAME, ISSUER), films_of("P-OTHER", "Doe", at=1)
    assert await send(service, hers, other) == [0, 0]
    assert await concluded(service, "assessed", 2)
    await searched(service, hers)  # so that it is in the index
    assert {each.rpartition(" ")[2] for each in traces_of([hers], tmp_path / "films")} >= {"film", "sr", "held.sqlite"}

    whom = ["--patient", PATIENT] if by == "patient" else ["--study", hers.StudyInstanceUID]
    assert await ask(*whom, *WHY, "--yes") == 0

    assert traces_of([hers], tmp_path / "films") == set()
    assert traces_of([other], tmp_path / "films")
    told = capsys.readouterr()
    assert "forgotten: 1 films, 4 files, 1 ledger rows" in told.out and "cannot be reached from here" in told.err
    assert service.ledger.counts()["assessed"] == 2
    assert await searched(service, hers) == (204, 404)


async def feed_of(client):
    """Ids of assessments of which the gateway's feed tells."""
    return [each["id"] for each in (await client.get("/v1/assessments")).json()["assessments"]]


async def test_the_gateway_forgets_at_once_what_it_said_of_the_patients_films(
    service, client, valkey, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("CXR_SCP_GATEWAY", str(client.base_url))
    (hers,), (other,) = films_of(PATIENT, NAME), films_of("P-OTHER", "Doe", at=1)
    await send(service, hers, other)
    assert await concluded(service, "assessed", 2)
    async with asyncio.timeout(30):
        while len(before := await feed_of(client)) < 2:
            await asyncio.sleep(0.02)
    assert await ask("--patient", PATIENT, *WHY, "--yes") == 0

    (left,) = await feed_of(client)
    (gone,) = set(before) - {left}
    assert [(await client.get(f"/v1/assessments/{each}")).status_code for each in (gone, left)] == [404, 200]
    with contextlib.closing(redis.Redis(port=valkey.port)) as kept:
        assert len(list(kept.scan_iter("cxr:film:*"))) == 1
    told = capsys.readouterr().err
    assert "1 assessments are gone from its memory" in told and "24 h" not in told
    assert Errands(tmp_path / "films").left() == []


async def test_a_gateway_that_is_away_is_asked_when_it_is_back(service, client, tmp_path, monkeypatch, capsys):
    hers = films_of(PATIENT, NAME)
    await send(service, *hers)
    assert await concluded(service, "assessed")
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as nobody:
        monkeypatch.setenv("CXR_SCP_GATEWAY", f"http://127.0.0.1:{nobody.getsockname()[1]}")
    assert await ask("--patient", PATIENT, *WHY, "--yes") == 0

    told = capsys.readouterr().err
    assert "1 assessments may still be in its memory: the gateway cannot be reached" in told and "24 h" in told
    (left,) = Errands(tmp_path / "films").left()
    assert (await client.get(f"/v1/assessments/{left}")).status_code == 200
    monkeypatch.setenv("CXR_SCP_GATEWAY", str(client.base_url))
    assert await ask("--again") == 0
    assert "1 assessments are gone from its memory" in capsys.readouterr().err
    assert (await client.get(f"/v1/assessments/{left}")).status_code == 404


async def test_a_listener_that_starts_asks_the_gateway_for_what_is_left(listen, client, tmp_path):
    body = (await client.post("/v1/assessments", content=films.png(), headers={"Content-Type": "image/png"})).json()
    Errands(tmp_path / "films").add([body["id"], "of-long-ago"])

    service = listen(gateway=str(client.base_url))

    assert await eventually(lambda: Errands(service.settings.folder).left() == [])
    assert (await client.get(f"/v1/assessments/{body['id']}")).status_code == 404


async def test_first_it_is_only_told_how_much_would_go(service, tmp_path, capsys):
    hers = films_of(PATIENT, NAME)
    await send(service, *hers)
    assert await concluded(service, "assessed")

    assert await ask("--patient", PATIENT, *WHY) == 0

    told = capsys.readouterr().out
    assert "would be forgotten: 1 films, 4 files, 1 ledger rows" in told and "--yes" in told
    assert NAME not in told and PATIENT not in told
    assert traces_of(hers, tmp_path / "films") and not (tmp_path / "films" / "forgotten.jsonl").exists()


async def test_the_same_film_that_is_sent_again_is_a_new_one_and_stays(service, tmp_path):
    hers = films_of(PATIENT, NAME)
    await send(service, *hers)
    assert await concluded(service, "assessed")
    await ask("--patient", PATIENT, *WHY, "--yes")

    assert await send(service, *hers) == [0]
    assert await concluded(service, "assessed", 2)
    assert await ask("--again") == 0

    assert traces_of(hers, tmp_path / "films")
    assert [uid for _, uid, _ in service.ledger.films()] == ["", hers[0].SOPInstanceUID]


async def test_a_restored_backup_brings_nobody_back(service, tmp_path):
    hers = films_of(PATIENT, NAME)
    await send(service, *hers)
    assert await concluded(service, "assessed")
    with contextlib.closing(sqlite3.connect(tmp_path / "films" / "ledger.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = shutil.copytree(tmp_path / "films", tmp_path / "backup", copy_function=shutil.copyfile)
    await ask("--patient", PATIENT, *WHY, "--yes")
    assert traces_of(hers, backup)

    gone = await asyncio.to_thread(forget_again, Settings(folder=backup), tmp_path / "films")

    assert (gone.films, gone.ledger) == (1, 1)
    assert traces_of(hers, backup) == set()


async def test_a_film_that_is_at_the_gateway_meanwhile_leaves_no_results(service, client, tmp_path, monkeypatch):
    (hers,) = films_of(PATIENT, NAME)
    read, forgotten = service.gateway.read, []

    def slow(part10, *more):
        forgotten.append(cli.main(["forget", "--patient", PATIENT, *WHY, "--yes"]))
        return read(part10, *more)

    monkeypatch.setattr(service.gateway, "read", slow)
    await send(service, hers)

    assert await eventually(lambda: forgotten == [0] and service.spool.count_waiting() == 0)
    assert await eventually(lambda: traces_of([hers], tmp_path / "films") == set())
    assert service.outbox.due("pacs") == []
    assert await eventually(lambda: len(Errands(tmp_path / "films").left()) == 1)  # which answered after it was asked
    monkeypatch.setenv("CXR_SCP_GATEWAY", str(client.base_url))
    assert await ask("--again") == 0
    assert await feed_of(client) == []


async def test_a_film_that_is_forgotten_while_it_arrives_is_in_no_row_of_the_ledger(service, tmp_path, monkeypatch):
    (hers,) = films_of(PATIENT, NAME)
    keep, done = service.spool.keep, []
    forget = threading.Thread(target=lambda: done.append(cli.main(["forget", "--patient", PATIENT, *WHY, "--yes"])))

    def keep_and_be_found(*arguments, **more):
        keep(*arguments, **more)
        forget.start()  # it finds the file, of which there is no row yet
        while forget.is_alive() and not is_locked(tmp_path / "films" / "locks" / "door"):
            time.sleep(0.01)

    monkeypatch.setattr(service.spool, "keep", keep_and_be_found)
    await send(service, hers)

    assert await eventually(lambda: done == [0] and service.spool.count_waiting() == 0)
    assert await eventually(lambda: traces_of([hers], tmp_path / "films") == set())


async def test_results_say_the_id_that_survives_a_merge(service, pacs, tmp_path, capsys):
    words = ["merge", "--from", PATIENT, "--into", "P-SURVIVES", "--reason", "entered twice"]
    assert await asyncio.to_thread(cli.main, words) == 0
    assert not (tmp_path / "films" / "merged.json").exists()
    assert await asyncio.to_thread(cli.main, [*words, "--yes"]) == 0

    await send(service, *films_of(PATIENT, NAME), *films_of("P-OTHER", "Doe", at=1))
    assert await concluded(service, "assessed", 2)

    assert {each.PatientID for each in pacs.of("SR")} == {"P-SURVIVES", "P-OTHER"}
    assert PATIENT not in capsys.readouterr().out
    await ask("--patient", PATIENT, *WHY, "--yes")
    assert PATIENT not in (tmp_path / "films" / "merged.json").read_text()


@pytest.mark.parametrize("reason", ["", f"{PATIENT} was entered twice"])
def test_a_merge_needs_a_reason_that_does_not_say_who_it_is(tmp_path, monkeypatch, capsys, reason):
    monkeypatch.setenv("CXR_SCP_FOLDER", str(tmp_path))

    assert cli.main(["merge", "--from", PATIENT, "--into", "P-SURVIVES", "--reason", reason, "--yes"]) == 1

    assert "--reason" in capsys.readouterr().err and not (tmp_path / "merged.json").exists()


def kept(folder):
    """A listener's folder with a dead letter and a film that waits, both hers."""
    dead, waits = films_of(PATIENT, NAME, count=2)
    book, spool = Ledger(f"sqlite:///{folder / 'ledger.sqlite'}"), Spool(folder, 10**9, 0, 10)
    for film in (dead, waits):
        known = Film.of(data := part10(film))
        (spool.incoming / "film.dcm").write_bytes(data)
        spool.keep(spool.incoming / "film.dcm", known.id, urgent=film is waits)
        book.receive(known, "CR1")
        if film is dead:
            book.conclude(known.id, "failed", [], code="malformed")
            spool.bury(known.id, "malformed")
    book.close()
    return dead, waits


def test_dead_letters_and_films_that_wait_go_too(tmp_path, monkeypatch):
    monkeypatch.setenv("CXR_SCP_FOLDER", str(tmp_path))
    films = kept(tmp_path)
    assert traces_of(films, tmp_path)

    assert cli.main(["forget", "--patient", PATIENT, *WHY, "--yes"]) == 0

    assert traces_of(films, tmp_path) == set()
    assert [list((tmp_path / name).iterdir()) for name in ("waiting", "dead")] == [[], []]
    (stone,) = (tmp_path / "forgotten.jsonl").read_text().splitlines()
    assert json.loads(stone)["reason"] == WHY[1]


def test_the_listeners_audit_says_who_forgot_and_why_but_not_whom(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CXR_SCP_FOLDER", str(tmp_path / "films"))
    monkeypatch.setenv("CXR_SCP_AUDIT_FOLDER", str(tmp_path / "audit"))
    (tmp_path / "films").mkdir()
    films = kept(tmp_path / "films")

    assert cli.main(["forget", "--patient", PATIENT, *WHY, "--yes"]) == 0
    assert cli.main(["merge", "--from", PATIENT, "--into", "P-2", "--reason", "entered twice", "--yes"]) == 0

    (day,) = (tmp_path / "audit").iterdir()
    forgot, merged = [json.loads(line) for line in day.read_text().splitlines()]
    assert (forgot["action"], forgot["detail"]["reason"], forgot["detail"]["films"]) == ("patient.forget", WHY[1], 2)
    assert (merged["action"], len(merged["detail"]["names"])) == ("patient.merge", 2)
    assert traces_of(films, tmp_path / "audit") == set()
    assert cli.main(["audit", "verify"]) == 0


@pytest.mark.parametrize("reason", ["", f"letter of {PATIENT}"])
def test_a_reason_is_given_and_does_not_say_who_it_is(tmp_path, monkeypatch, capsys, reason):
    monkeypatch.setenv("CXR_SCP_FOLDER", str(tmp_path))
    films = kept(tmp_path)

    assert cli.main(["forget", "--patient", PATIENT, "--reason", reason, "--yes"]) == 1

    assert "--reason" in capsys.readouterr().err and traces_of(films, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Of a ledger with a film that was assessed, and one that was not."""
    if request.param == "sqlite":
        made = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    else:
        made = new_database(request.getfixturevalue("postgresql"))
    book = Ledger(made)
    for film in ("a" * 32, "b" * 32):
        book.receive(Film(film, f"1.2.{film[0]}", "1.2.840", f"1.3.{film[0]}", "1.4"), "CR1")
    book.conclude("a" * 32, "assessed", [Made("a" * 32, "sr", "1.5", "1.3.a", "1.6")], models={})
    book.close()
    return made


def rows(url, statement):
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(statement)).all()
    engine.dispose()
    return found


def test_the_ledger_keeps_what_happened_and_loses_which_film_it_was(url):
    book = Book(url)
    assert book.forget(["a" * 32, "c" * 32], {"reason": "asked for it"}) == 1
    assert book.forget(["a" * 32], {}) == 0
    book.scrub()
    book.close()

    (new,) = {each for (each,) in rows(url, "SELECT id FROM instance")} - {"b" * 32}
    assert rows(url, f"SELECT sop_instance_uid, study_instance_uid, sender FROM instance WHERE id = '{new}'") == [  # noqa: S608
        ("", "", "CR1")
    ]
    kinds = rows(url, f"SELECT kind FROM event WHERE instance = '{new}' ORDER BY number")  # noqa: S608
    assert [kind for (kind,) in kinds] == ["received", "assessed", "forgotten"]
    ((made, study),) = rows(url, "SELECT sop_instance_uid, study_instance_uid FROM object")
    assert len(made) == 32 and "." not in made and study == ""
    ledger = Ledger(url)
    assert ledger.counts() == {"received": 1, "assessed": 1, "refused": 0, "failed": 0}
    assert not ledger.had("1.3.a") and ledger.had("1.3.b")
    ledger.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM instance",
        "DELETE FROM forgotten",
        "UPDATE forgotten SET id = 'x'",
        "UPDATE instance SET sop_instance_uid = ''",
        "UPDATE instance SET sender = 'X'",
        "UPDATE event SET detail = '{}'",
        "UPDATE event SET instance = (SELECT id FROM forgotten), detail = '{}' WHERE instance LIKE 'bb%'",
        "UPDATE object SET kind = 'notice'",
    ],
)
def test_the_ledger_can_be_emptied_where_a_film_was_forgotten_and_not_be_changed(url, statement):
    book = Book(url)
    book.forget(["a" * 32], {})
    book.close()
    engine = sqlalchemy.create_engine(url)

    with pytest.raises(DBAPIError, match="only added to"), engine.begin() as connection:
        connection.execute(text(statement))

    engine.dispose()
