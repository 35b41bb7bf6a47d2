"""Films on the listener's disk: encrypted from their first byte on, and gone with their key."""

import asyncio
import contextlib
import os
import shutil

import pytest

from erasure.sealed.errors import NoKeyError
from scp import cli, spool
from scp.errors import PeerAwayError
from scp.forgetting.forget import forget_again
from scp.outbox import Outbox, Parcel
from scp.service import running
from scp.settings import Settings
from scp.stores import stores
from tests.trials.traffic.exposures import part10
from tests.unit.scp.conftest import SHORT, concluded, door, eventually, send
from tests.unit.scp.test_forgetting import ISSUER, NAME, PATIENT, WHY, films_of

KEY, NEWER = "11" * 32, "22" * 32
LEDGER = ("ledger.sqlite", "ledger.sqlite-wal", "held.sqlite", "held.sqlite-wal")
"""Databases, which have UIDs in clear."""


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "disk.key"
    path.write_text(KEY)
    path.chmod(0o600)
    return path


@pytest.fixture
def sealed(listen, client, key, pacs, tmp_path, monkeypatch):
    """Starts a listener that encrypts; commands have its settings."""
    for name, value in {"FOLDER": tmp_path / "films", "ROUTES": tmp_path / "routes.yaml", "DISK_KEY": key}.items():
        monkeypatch.setenv(f"CXR_SCP_{name}", str(value))
    return lambda **more: listen(**{"gateway": str(client.base_url), "disk_key": str(key)} | more)


@contextlib.asynccontextmanager
async def earlier(tmp_path, **settings):
    """A listener that has ended when the block has."""
    nobody = {"gateway": "http://127.0.0.1:9", "port": 0, "writers": 0, "least_free_bytes": 0}
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(running(Settings(**nobody | {"folder": tmp_path / "films"} | settings), SHORT))
        await asyncio.to_thread(stack.close)


def found(folder, films):
    """What of films is in clear in which file: their bytes, names, and UIDs but where databases have them."""
    pixels = [film.PixelData[at : at + 32] for film in films for at in (0, len(film.PixelData) // 2)]
    runs = [run for run in pixels if len(set(run)) > 4]
    said = [NAME.encode(), PATIENT.encode(), ISSUER.encode(), *runs]
    uids = [uid.encode() for film in films for uid in (film.StudyInstanceUID, film.SOPInstanceUID)]
    told = set()
    for path in folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        needles = [*said, b"DICM"] if path.name in LEDGER else [*said, b"DICM", *uids]
        told |= {f"{needle[:16]!r} in {path.name}" for needle in needles if needle in data}
    assert runs
    return told


async def test_no_byte_of_a_film_is_on_the_disk_in_clear(sealed, tmp_path, pacs):
    films = films_of(PATIENT, NAME, ISSUER, count=2)
    service = sealed(gateway="http://127.0.0.1:9")
    assert await send(service, films[0]) == [0]
    assert service.spool.count_waiting() == 1
    async with door(service) as client:
        headers = {"Content-Type": "application/dicom"}
        assert (await client.post("/dicomweb/studies", content=part10(films[1]), headers=headers)).status_code == 200
        assert found(tmp_path / "films", films) == set()
        shown = await client.get("/dicomweb/studies", params={"PatientID": PATIENT})
        assert len(shown.json()) == 2, "and who may, finds them"
    assert found(tmp_path / "films", films) == set()


async def test_an_encrypted_film_is_read_delivered_and_shown_as_it_came(sealed, tmp_path, pacs):
    (film,) = films_of(PATIENT, NAME, ISSUER)
    service = sealed()
    await send(service, film)
    assert await concluded(service, "assessed")

    assert len(pacs.kept) == 3
    async with door(service) as client:
        study = f"/dicomweb/studies/{film.StudyInstanceUID}"
        whole = await client.get(f"{study}/series/{film.SeriesInstanceUID}/instances/{film.SOPInstanceUID}")
        frame = await client.get(
            f"{study}/series/{film.SeriesInstanceUID}/instances/{film.SOPInstanceUID}/frames/1",
            headers={"Accept": "application/octet-stream"},
        )
        picture = await client.get(f"{study}/thumbnail", headers={"Accept": "image/png"})
    assert film.PixelData in whole.content and frame.content == film.PixelData
    assert picture.status_code == 200
    assert found(tmp_path / "films", [film]) == set()


async def test_a_copy_of_the_folder_cannot_be_read_after_the_film_was_forgotten(sealed, tmp_path, key):
    (hers,), (other,) = films_of(PATIENT, NAME, ISSUER), films_of("P-OTHER", "Doe", at=1)
    service = sealed()
    await send(service, hers, other)
    assert await concluded(service, "assessed", 2)
    async with door(service) as client:
        await client.get("/dicomweb/studies")  # so that both are in the index
    copy = tmp_path / "copy"
    without = shutil.ignore_patterns("films.keys")
    shutil.copytree(tmp_path / "films", copy, ignore=without, copy_function=shutil.copyfile)

    assert await asyncio.to_thread(cli.main, ["forget", "--patient", PATIENT, *WHY, "--yes"]) == 0

    shutil.copyfile(tmp_path / "films" / "films.keys", copy / "films.keys")
    kept, *_ = stores(Settings(folder=copy, disk_key=str(key)))
    readable = {}
    for path in sorted((copy / "objects").glob("*/*")):
        try:
            readable.setdefault(path.parent.name, set()).add(kept.vault.read(path)[128:132])
        except OSError:
            readable.setdefault(path.parent.name, set())
    (left,) = [kinds for kinds in readable.values() if kinds]
    assert b"DICM" in left and len(readable) == 2
    assert found(copy, [hers]) == set()
    assert await send(service, hers) == [0], "the same film is a new one, with a new key"
    assert await concluded(service, "assessed", 3)


async def test_a_restored_backup_loses_the_keys_of_who_was_forgotten_since(sealed, tmp_path, key):
    (hers,) = films_of(PATIENT, NAME)
    service = sealed()
    await send(service, hers)
    assert await concluded(service, "assessed")
    backup = shutil.copytree(tmp_path / "films", tmp_path / "backup", copy_function=shutil.copyfile)
    await asyncio.to_thread(cli.main, ["forget", "--patient", PATIENT, *WHY, "--yes"])

    gone = await asyncio.to_thread(forget_again, Settings(folder=backup, disk_key=str(key)), tmp_path / "films")

    assert gone.films == 1
    assert set((backup / "films.keys").read_bytes()[128:]) == {0}
    assert list((backup / "objects").iterdir()) == []


async def test_films_of_before_are_encrypted_by_rekey_while_the_listener_runs(sealed, client, tmp_path, key, capsys):
    films = films_of(PATIENT, NAME, count=2)
    async with earlier(tmp_path, gateway=str(client.base_url), disk_key="none") as service:
        await send(service, films[0])
        assert await concluded(service, "assessed")
    old = next((tmp_path / "films" / "objects").iterdir())
    os.utime(old, (1_000_000, 1_000_000))
    running = sealed()
    await send(running, films[1])
    assert await eventually(lambda: running.ledger.counts()["assessed"] == 2)
    assert found(tmp_path / "films", films[:1]), "in clear, as they were"

    key.write_text(f"{NEWER}\n{KEY}\n")
    assert await asyncio.to_thread(cli.main, ["rekey"]) == 0
    key.write_text(NEWER)

    assert "2 films' keys" in (said := capsys.readouterr().out) and "4 files" in said
    assert found(tmp_path / "films" / "objects", films) == set()
    assert old.stat().st_mtime == 1_000_000, "it goes when its time is over, and not later"
    async with door(running) as client:
        for film in films:
            where = f"/dicomweb/studies/{film.StudyInstanceUID}/series/{film.SeriesInstanceUID}"
            assert film.PixelData in (await client.get(f"{where}/instances/{film.SOPInstanceUID}")).content


async def test_a_damaged_film_becomes_a_dead_letter_and_holds_up_nobody(sealed, tmp_path, key):
    hers, other = films_of(PATIENT, NAME, count=2)
    async with earlier(tmp_path, disk_key=str(key)) as service:
        await send(service, hers, other)
        path = service.spool.path(service.spool.waiting()[0].film)
    path.write_bytes(path.read_bytes()[:-7])

    again = sealed()

    assert await eventually(lambda: again.spool.dead() == {path.name.partition(".")[0]: "damaged-file"})
    assert await concluded(again, "assessed")


async def test_a_film_whose_key_did_not_get_to_the_disk_is_not_acknowledged(sealed, monkeypatch):
    service = sealed()

    def refuses(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(service.spool.vault, "adopt", refuses)

    assert await send(service, *films_of(PATIENT, NAME)) == [0xA700]
    assert (service.spool.count_waiting(), list(service.spool.incoming.iterdir())) == (0, [])


def test_a_power_cut_after_the_key_and_before_the_film_leaves_neither(tmp_path, key, monkeypatch):
    settings = Settings(folder=tmp_path / "films", disk_key=str(key))
    kept, *_ = stores(settings)
    with kept.create() as file:
        file.write(b"a film")
    monkeypatch.setattr(spool.folders, "move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        kept.keep(kept.incoming / file.name, "f" * 32)

    after, *_ = stores(settings)
    after.clear_incoming()

    assert after.waiting() == [] and list(after.incoming.iterdir()) == []


def test_a_damaged_result_is_put_aside_and_said_to_be(tmp_path, key):
    kept, *_ = stores(Settings(folder=tmp_path / "films", disk_key=str(key)))
    outbox = Outbox(tmp_path / "films", ["pacs"], kept.vault)
    outbox.keep("a" * 32, {"sr": b"a report"})
    parcel = Parcel("pacs", "a" * 32, "sr")
    assert outbox.open(parcel) == b"a report"
    path = tmp_path / "films" / "objects" / ("a" * 32) / "sr"
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(OSError, match="changed or cut short") as error:
        outbox.open(parcel)
    assert not isinstance(error.value, PeerAwayError)


@pytest.mark.parametrize("verb", [["status"], ["rekey"], ["forget", "--again"]])
def test_a_listener_without_its_key_does_not_start_and_says_why(tmp_path, key, monkeypatch, capsys, verb):
    settings = Settings(folder=tmp_path / "films", disk_key=str(key))
    stores(settings)[0].vault.seal("a" * 32, b"film")
    monkeypatch.setenv("CXR_SCP_FOLDER", str(settings.folder))

    for value, told in (("none", "has to name the key"), (str(tmp_path / "gone"), "No such file")):
        monkeypatch.setenv("CXR_SCP_DISK_KEY", value)
        assert cli.main(verb) == 1
        assert told in capsys.readouterr().err
        with pytest.raises(NoKeyError, match=told), running(Settings(port=0)):
            pass
