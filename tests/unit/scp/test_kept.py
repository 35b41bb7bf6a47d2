"""Films that are kept after their assessment, and given up before a new one is refused."""

import os
import shutil
from collections import namedtuple

import pytest
from pydicom import dcmread

from scp.errors import NoRoomError
from scp.kept import KeptFilms
from scp.outbox import Outbox
from scp.spool import Spool
from tests.trials.traffic.exposures import exposures
from tests.unit.scp.conftest import concluded, send

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def three(tmp_path, monkeypatch):
    """Three kept films of 100 bytes, a, b and c, on a disk of 400 bytes that holds nothing else."""
    kept = KeptFilms(tmp_path, wanted=True)
    for second, film in enumerate("abc"):
        path = tmp_path / film
        path.write_bytes(bytes(100))
        kept.keep(film, [path])
        os.utime(kept.path(film), (second, second))

    def usage(path: object) -> Usage:
        used = sum(each.stat().st_size for each in tmp_path.rglob("*") if each.is_file())
        return Usage(400, used, 400 - used)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    return kept


def left(kept: KeptFilms) -> str:
    return "".join(film for film in "abc" if kept.path(film).exists())


@pytest.mark.parametrize(("least", "stay"), [(100, "abc"), (101, "bc"), (200, "bc"), (300, "c"), (400, "")])
def test_the_oldest_films_go_first_and_no_more_than_room_is_wanted(three, tmp_path, least, stay):
    Spool(tmp_path, 10, least, 10, three.give_up).check_room()

    assert left(three) == stay


def test_a_new_film_is_refused_only_when_none_is_left_to_give_up(three, tmp_path):
    with pytest.raises(NoRoomError):
        Spool(tmp_path, 10, 401, 10, three.give_up).check_room()

    assert left(three) == ""


def test_room_for_a_film_that_comes_is_made_too(three, tmp_path):
    spool = Spool(tmp_path, 150, 0, 10, three.give_up)

    assert (spool.can_receive(), left(three)) == (True, "bc")


def test_a_film_goes_with_its_results_when_their_time_is_over(three, tmp_path):
    outbox = Outbox(tmp_path, [])
    outbox.keep("a", {"sr": b"report"})

    assert outbox.prune(keep_s=-1) == 3
    assert left(three) == ""


def test_a_film_that_became_urgent_meanwhile_is_kept_too(tmp_path):
    kept, spool = KeptFilms(tmp_path, wanted=True), Spool(tmp_path, 10**9, 0, 10)
    (tmp_path / "new").write_bytes(b"film")
    spool.keep(tmp_path / "new", "a")
    paths = spool.paths("a")
    spool.hasten("a")

    kept.keep("a", paths)

    assert kept.path("a").read_bytes() == b"film"
    assert kept.path("a").stat().st_mode & 0o777 == 0o600
    assert spool.count_waiting() == 0


@pytest.mark.parametrize("wanted", [True, False])
async def test_an_assessed_film_is_kept_beside_its_results_unless_nobody_wants_it(listen, client, wanted):
    (film,) = exposures(1)
    service = listen(gateway=str(client.base_url), keep_films=wanted)
    await send(service, film)
    assert await concluded(service, "assessed")

    ((film_id, _, _),) = service.ledger.films()
    kept = KeptFilms(service.settings.folder, wanted).path(film_id)
    assert service.spool.count_waiting() == 0
    assert {"sr", "lungs", "overlay"} <= set(service.outbox.kinds(film_id))
    assert kept.exists() == wanted
    if wanted:
        assert dcmread(kept).PixelData == film.PixelData
