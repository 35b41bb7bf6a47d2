"""The command cxr, at a gateway over real HTTP."""

import asyncio
import io
import json
import re
import stat
import sys

import httpx
import pytest

from client.cli import main
from client.films import films as named
from tests import films

REFUSAL = "rotated"

LOGGED = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[.*\n", re.MULTILINE)
"""Lines of the gateway's log, which in these tests is in the same process."""


@pytest.fixture
def cxr(client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]):
    """Runs the command: its exit code, and what it said."""

    async def run(verb: str, *words: object):
        command = [verb, "--gateway", str(client.base_url), *map(str, words)]
        code = await asyncio.to_thread(main, command)
        return code, LOGGED.sub("", capsys.readouterr().out)

    return run


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.dcm"
    path.write_bytes(films.dicom())
    return path


async def test_an_assessed_film_is_told_with_what_it_may_be_used_for(cxr, film):
    code, said = await cxr("assess", film, "--wait")

    assert code == 0
    assert "Interstitial pneumonia 70.0%" in said
    assert "Research use, not a medical device" in said


async def test_a_refused_film_never_looks_normal(cxr, film, torchserve):
    torchserve.refuse(REFUSAL)

    code, said = await cxr("assess", film)

    assert code == 3
    assert "REFUSED, not assessed: Rotated" in said
    assert "%" not in said and "No pathology" not in said


async def test_what_is_refused_is_assessed_where_a_doctor_says_so_and_it_is_told(cxr, film, torchserve):
    torchserve.refuse(REFUSAL)

    code, said = await cxr("assess", "--despite-refusal", film)

    assert code == 0
    assert "Caution: The film was refused (Rotated)" in said


async def test_a_failed_film_is_an_error_and_never_looks_normal(cxr, tmp_path):
    (tmp_path / "page.png").write_bytes(b"GIF89a" + bytes(200))

    code, said = await cxr("assess", tmp_path / "page.png")

    assert code == 1
    assert "FAILED, not assessed" in said and "(unsupported-type)" in said
    assert "%" not in said


async def test_of_several_films_each_is_told_and_the_worst_is_the_exit_code(cxr, film, tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "other").write_bytes(films.png(films.pixels(120, 130)))
    (tmp_path / "notes.txt").write_text("no film")

    code, said = await cxr("assess", tmp_path)
    missing, told = await cxr("assess", film, tmp_path / "missing.dcm")

    assert code == 0
    assert "[1/2]" in said and "[2/2]" in said and "notes.txt" not in said
    assert missing == 1
    assert "missing.dcm: FAILED, not assessed: No such file" in told


async def test_a_folder_without_films_is_an_error(cxr, tmp_path):
    assert (await cxr("assess", tmp_path))[0] == 1


async def test_a_film_is_read_from_standard_input(cxr, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(films.png())))

    code, said = await cxr("assess", "-", "--json")

    told = json.loads(said)
    assert (code, told["file"], told["assessment"]["outcome"]) == (0, "standard input", "assessed")


async def test_who_does_not_wait_gets_an_id_and_the_results_later(cxr, film, tmp_path, torchserve):
    held = asyncio.Event()
    torchserve.before = lambda name: held.wait()

    code, said = await cxr("assess", "--no-wait", "--json", film)
    name = json.loads(said)["assessment"]["id"]
    while_running, told = await cxr("results", name, "--out", tmp_path / "never")
    held.set()
    while (finished := await cxr("results", name, "--out", tmp_path / "out"))[0] == 4:
        await asyncio.sleep(0.05)

    assert (code, while_running) == (4, 4)
    assert "not finished" in told and not (tmp_path / "never").exists()
    assert finished[0] == 0
    suffixes = ("fhir.json", "heatmap.png", "lungs.dcm", "overlay.dcm", "sr.dcm")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"{name}.{each}" for each in suffixes]
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700  # they hold patient data


async def test_only_the_results_that_are_named_are_saved_and_a_missing_one_is_told(cxr, film, tmp_path, torchserve):
    torchserve.refuse(REFUSAL)
    name = json.loads((await cxr("assess", film, "--json"))[1])["assessment"]["id"]

    code, _ = await cxr("results", name, "--out", tmp_path / "out", "--sr", "--heatmap")

    assert code == 3
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{name}.sr.dcm"]


async def test_the_feed_lists_what_is_finished(cxr, film):
    name = json.loads((await cxr("assess", film, "--json"))[1])["assessment"]["id"]
    while name not in (said := (await cxr("feed"))[1]):
        await asyncio.sleep(0.05)

    assert said.splitlines()[0].endswith(f"{name}  assessed")


async def test_ready_is_said(cxr):
    assert await cxr("ready") == (0, "ready\n")


async def test_what_there_is_not_is_an_error(cxr):
    assert await cxr("results", "unknown") == (1, "")


def test_where_nobody_answers_it_says_so(film, capsys):
    assert main(["assess", "--gateway", "http://127.0.0.1:9", str(film)]) == 1
    assert "FAILED, not assessed: the gateway cannot be reached (gateway-away)" in capsys.readouterr().out


def test_a_file_that_is_named_is_a_film_whatever_it_holds_and_one_in_a_folder_only_if_it_is(tmp_path):
    (tmp_path / "a.txt").write_text("x")

    assert [each.name for each in named([str(tmp_path / "a.txt")])] == [str(tmp_path / "a.txt")]
    assert list(named([str(tmp_path)])) == []
