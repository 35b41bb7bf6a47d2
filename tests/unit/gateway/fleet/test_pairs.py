"""What is kept of films that two releases answered: what learning needs, and nothing of whom they are."""

import asyncio
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from certificates.pairs import Answer, Pair, name_of, read_pairs
from cxr.wire import Classification
from gateway import pairs
from gateway.pairs import Pairs
from gateway.vault import Vault
from tests import films
from tests.unit.gateway.fleet.conftest import PATH, metric, write

OTHER = {"interstitial_pneumonia": 0.123456, "other_pathology": 0.2, "no_pathology": 0.676544}
DICOM = {"Content-Type": "application/dicom"}
SAID = Answer(release="stable", versions={}, outcome="assessed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pairs"


@pytest.fixture
def sides(torchserve, another, tmp_path) -> Path:
    """A file of two releases whose classifiers say something else; the other one is the shadow."""
    another.digests["classifier"] = "second"
    answer = another.answers["classifier"]
    another.answers["classifier"] = Classification(OTHER, {}, answer.heatmaps)
    addresses = {"stable": torchserve.address, "next": another.address}
    return write(tmp_path / "releases.yaml", addresses, shadow={"release": "next"})


async def found(folder: Path, count: int) -> list[Pair]:
    while len(kept := _read(folder)) < count:
        await asyncio.sleep(0.02)
    return kept


def _read(folder: Path) -> list[Pair]:
    return list(read_pairs(folder)) if folder.exists() else []


def dicom(seed: int, **attributes: object) -> bytes:
    return films.dicom(films.pixels(bits=12, seed=seed), **attributes)


async def test_a_compared_film_leaves_both_answers_and_nothing_of_whom_it_is(start, sides, folder):
    client = await start(releases=sides, pairs=folder)
    known = {"PatientSex": "F", "PatientAge": "067Y", "PatientBirthDate": "19590203", "StudyDate": "20260304"}
    known |= {"PatientID": "NUMBER", "IssuerOfPatientID": "WARD", "AccessionNumber": "ORDER", "ViewPosition": "AP"}
    film = dicom(1, **known)
    response = await client.post(PATH, content=film, headers=DICOM)
    (pair,) = await found(folder, 1)

    assert (pair.answered.release, pair.compared.release) == ("stable", "next")
    assert pair.answered.classes == {name: round(value, 4) for name, value in response.json()["classes"].items()}
    assert pair.compared.classes == {name: round(value, 4) for name, value in OTHER.items()}
    assert pair.compared.versions == dict.fromkeys(("discriminator", "segmenter", "classifier"), "1.0.0")
    assert (pair.answered.outcome, pair.answered.refusal, pair.answered.quality) == ("assessed", None, 0.9)
    assert (pair.view, pair.sex, pair.decade, pair.day) == ("AP", "F", 60, datetime.now(UTC).date())
    path = folder / name_of(pair.day)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    hidden = [value for keyword, value in known.items() if keyword not in ("PatientSex", "ViewPosition")]
    for secret in (films.PATIENT_NAME, *hidden, response.json()["id"]):
        assert secret not in text, secret


async def test_films_of_one_patient_have_one_key_and_are_told_apart(start, sides, folder):
    client = await start(releases=sides, pairs=folder)
    for seed, patient in enumerate(("P1", "P1", "P2")):
        await client.post(PATH, content=dicom(seed, PatientID=patient), headers=DICOM)
    await client.post(PATH, content=films.png(), headers={"Content-Type": "image/png"})
    kept = await found(folder, 4)

    assert sorted(sum(pair.patient == other.patient for other in kept) for pair in kept) == [1, 1, 2, 2]
    assert len({pair.film for pair in kept}) == 4
    assert {pair.sex for pair in kept} == {None}


async def test_a_refusal_is_kept_with_its_reason(start, sides, folder, another):
    another.refuse("lateral_view")
    client = await start(releases=sides, pairs=folder)
    await client.post(PATH, content=dicom(1), headers=DICOM)
    (pair,) = await found(folder, 1)

    assert (pair.compared.outcome, pair.compared.refusal, pair.compared.classes) == ("refused", "lateral_view", None)


async def test_a_refusal_that_a_doctor_overrode_is_overridden_for_both(start, sides, folder, torchserve, another):
    for each in (torchserve, another):
        each.refuse("inverted")
    client = await start(releases=sides, pairs=folder)
    await client.post(f"{PATH}?despite_refusal=true", content=dicom(1), headers=DICOM)
    (pair,) = await found(folder, 1)

    assert [(each.outcome, each.refusal) for each in (pair.answered, pair.compared)] == [("assessed", "inverted")] * 2


async def test_what_the_canary_answered_is_compared_with_the_serving_release(start, sides, folder):
    sides.write_text(f"canary: {{release: next, share: 1.0}}\n{sides.read_text()}")
    client = await start(releases=sides, pairs=folder)
    await client.post(PATH, content=dicom(1), headers=DICOM)
    (pair,) = await found(folder, 1)

    assert (pair.answered.release, pair.compared.release) == ("next", "stable")


async def test_an_unwritable_folder_is_logged_once_and_fails_no_film(start, sides, tmp_path):
    (tmp_path / "file").write_text("")
    with capture_logs() as logged:
        client = await start(releases=sides, pairs=tmp_path / "file")
        statuses = [(await client.post(PATH, content=dicom(seed), headers=DICOM)).status_code for seed in range(3)]
        while await metric(client, 'cxr_shadow_total{agreement="other_class"}') < 3:
            await asyncio.sleep(0.02)

    assert statuses == [200] * 3
    assert [each["reason"] for each in logged if each["event"] == "pairs not kept"] in (["EEXIST"], ["ENOTDIR"])


async def test_a_full_disk_costs_the_line_and_the_next_one_is_whole(folder, monkeypatch):
    kept = Pairs(folder, Vault())
    real = pairs.os.write
    with monkeypatch.context() as full, capture_logs() as logged:
        full.setattr(pairs.os, "write", lambda handle, data: real(handle, data[:50]))
        await kept.keep("a" * 64, None, "chest", SAID, SAID)
        await kept.keep("b" * 64, None, "chest", SAID, SAID)
    await kept.keep("c" * 64, None, "chest", SAID, SAID)

    assert [each["reason"] for each in logged] == ["ENOSPC"]
    assert len(list(read_pairs(folder))) == 1


async def test_a_day_has_a_largest_size(folder, monkeypatch):
    kept = Pairs(folder, Vault())
    monkeypatch.setattr(pairs, "MAX_DAY_BYTES", 1000)
    for number in range(20):
        await kept.keep(f"{number:064}", None, "chest", SAID, SAID)

    assert 1 < len(list(read_pairs(folder))) < 10


async def test_files_are_removed_after_90_days_and_others_are_left(folder):
    folder.mkdir()
    today = datetime.now(UTC).date()
    young, old = (folder / name_of(today - timedelta(days)) for days in (90, 91))
    other = folder / "notes-2020-01-01.txt"
    for path in (young, old, other):
        path.write_text("")

    async with Pairs.at(folder, Vault()):
        while old.exists():
            await asyncio.sleep(0.02)

    assert young.exists()
    assert other.exists()


async def test_without_a_folder_nothing_is_kept(start, sides, tmp_path):
    before = set(tmp_path.iterdir())
    client = await start(releases=sides)
    await client.post(PATH, content=dicom(1), headers=DICOM)
    while await metric(client, 'cxr_shadow_total{agreement="other_class"}') < 1:
        await asyncio.sleep(0.02)

    assert set(tmp_path.iterdir()) == before


async def test_the_pair_of_a_film_that_is_forgotten_is_overwritten_and_others_stay(start, sides, folder):
    client = await start(releases=sides, pairs=folder)
    ids = [(await client.post(PATH, content=dicom(seed), headers=DICOM)).json()["id"] for seed in range(3)]
    kept = await found(folder, 3)
    (path,) = folder.iterdir()
    size = path.stat().st_size

    assert (await client.delete(f"{PATH}/{ids[1]}")).status_code == 204

    left = _read(folder)
    (gone,) = {pair.film for pair in kept} - {pair.film for pair in left}
    assert len(left) == 2
    assert gone not in path.read_text()
    assert path.stat().st_size == size  # other gateways may be adding to it
    await client.post(PATH, content=dicom(4), headers=DICOM)
    await found(folder, 3)
