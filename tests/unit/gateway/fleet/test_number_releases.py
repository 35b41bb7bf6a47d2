"""Releases of a stage that reads a number: served, tried on a share and taken back, each on its certificate."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from certificates.certificate import Archive, Release
from certificates.pairs import read_pairs
from certificates.signatures import make_keys
from certificates.signing import write
from cxr import wire
from gateway import release
from gateway.fleet import numbers
from gateway.fleet.releases import ReleasesError
from gateway.settings import Settings
from tests import films
from tests.fakes import serving
from tests.hand import ESTIMATES, HEATS, Hand
from tests.unit.certificates.test_certificates import certificate
from tests.unit.gateway.fleet.conftest import PNG, different, metric
from tests.unit.gateway.fleet.conftest import write as write_chest

ASKED = "/v1/assessments?problem=bone-age"
SHARED = "a secret that several gateways share, of 32 bytes"
TAUGHT, OTHER = "b" * 64, "c" * 64


@pytest.fixture
async def hand():
    fake = Hand()
    async with serving(fake):
        yield fake


@pytest.fixture
async def taught():
    """The stage of a lesson: its readers say a year more."""
    fake = Hand()
    fake.digest = TAUGHT
    moved = {group: wire.Estimate(each.value + 12, each.low, each.high) for group, each in ESTIMATES.items()}
    fake.answer = wire.Measurement(moved, HEATS, 0.9, -0.25)
    async with serving(fake):
        yield fake


@pytest.fixture
def file(tmp_path: Path, hand: Hand, taught: Hand, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CXR_AUDIT_FOLDER", raising=False)
    path = tmp_path / "releases-bone-age.yaml"
    own = {"stable": {"bone-age": hand.address}, "lesson1": {"bone-age": taught.address}}
    path.write_text(yaml.safe_dump({"serve": "stable", "releases": own}))
    return path


def certified(file: Path, digest: str = TAUGHT) -> list[str]:
    """The arguments that name a certificate of an archive of the stage."""
    make_keys(file.parent)
    parent, candidate = (
        Release(archives={"bone-age": Archive(version="1.0.0", digest=each)}) for each in (OTHER, digest)
    )
    now = datetime.now(UTC)
    path = file.with_name("certificate.json")
    dated = {"issued": now, "expires": now + timedelta(days=90)}
    write(certificate(parent=parent, candidate=candidate, **dated), path, file.with_name("signing.key"))
    return ["--certificate", str(path), "--key", str(file.with_name("signing.pub"))]


def change(file: Path, *words: str) -> int:
    return release.main(["--file", str(file), *words])


async def switched(client, count: int) -> None:
    while await metric(client, 'cxr_release_switches_total{result="done"}') < count:
        await asyncio.sleep(0.02)


async def months(client, film: bytes, headers: dict[str, str] = PNG) -> float:
    response = await client.post(ASKED, content=film, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()["value"]["months"]


async def test_a_lesson_s_number_answers_once_it_serves_and_a_rollback_takes_it_back(start, hand, file):
    client = await start(problem_releases=f"bone-age={file}")
    film = films.png()
    assert await months(client, film) == 120.0
    assert change(file, "serve", "lesson1", *certified(file)) == 0
    await switched(client, 1)
    assert await months(client, film) == 132.0
    assert change(file, "rollback") == 0
    await switched(client, 2)
    assert await months(client, film) == 120.0
    assert yaml.safe_load(file.read_text())["serve"] == "stable"


async def test_another_archive_than_the_certified_one_does_not_answer(start, hand, taught, file):
    assert change(file, "serve", "lesson1", *certified(file, digest=OTHER)) == 0
    client = await start(problem_releases=f"bone-age={file}", deadline_s=1)
    response = await client.post(ASKED, content=films.png(), headers=PNG)
    assert response.status_code == 503
    assert (hand.asked, taught.asked) == ([], [])


async def test_a_canary_answers_all_films_of_a_patient_or_none_and_where_it_is_gone_the_other_does(
    start, hand, taught, file
):
    assert change(file, "canary", "lesson1", "0.5", *certified(file)) == 0
    client = await start(problem_releases=f"bone-age={file}", secret=SHARED)
    dicom = {"Content-Type": "application/dicom"}
    said = []
    for patient in range(12):
        pixels = [films.pixels(bits=12, seed=100 * patient + seed) for seed in range(2)]
        own = [films.dicom(each, PatientID=f"P{patient}") for each in pixels]
        said.append({await months(client, each, dicom) for each in own})
    assert {120.0} in said and {132.0} in said and {120.0, 132.0} not in said
    await taught.server.stop(None)
    again = [films.dicom(films.pixels(bits=12, seed=7000 + at), PatientID=f"P{at}") for at in range(12)]
    assert {await months(client, each, dicom) for each in again} == {120.0}
    assert await metric(client, "cxr_canary_fallbacks_total") > 0


async def test_without_evidence_or_with_the_chest_s_nothing_changes(file, capsys):
    before = file.read_text()
    assert change(file, "serve", "lesson1") == 1
    assert "needs evidence" in capsys.readouterr().err
    words = certified(file)
    now = datetime.now(UTC)
    chest = certificate(issued=now, expires=now + timedelta(days=90))
    write(chest, file.with_name("certificate.json"), file.with_name("signing.key"))
    assert change(file, "serve", "lesson1", *words) == 1
    assert "releases here are of the bone-age" in capsys.readouterr().err
    assert file.read_text() == before


async def test_a_shadow_s_numbers_are_kept_beside_those_that_were_answered_and_nobody_sees_them(
    start, taught, file, tmp_path
):
    farther = {group: wire.Estimate(each.value + 23, each.low, each.high) for group, each in ESTIMATES.items()}
    assert change(file, "shadow", "lesson1") == 0
    client = await start(problem_releases=f"bone-age={file}", pairs=tmp_path / "pairs")
    assert await months(client, films.dicom(PatientSex="F"), {"Content-Type": "application/dicom"}) == 126.0
    while await metric(client, 'cxr_shadow_total{agreement="same"}') < 1:
        await asyncio.sleep(0.02)
    taught.answer = wire.Measurement(farther, HEATS, 0.9, -0.25)
    assert await months(client, different(1)[0]) == 120.0
    while await metric(client, 'cxr_shadow_total{agreement="other_number"}') < 1:
        await asyncio.sleep(0.02)
    taught.answer = wire.Measurement({}, {}, 0.1, -9.0, "not_a_hand_radiograph")
    assert await months(client, different(2)[1]) == 120.0
    while len(kept := list(read_pairs(tmp_path / "pairs"))) < 3:
        await asyncio.sleep(0.02)
    assert {pair.problem for pair in kept} == {"bone-age"}
    assert [(pair.answered.value, pair.compared.value) for pair in kept] == [(126, 138), (120, 143), (120, None)]
    assert [pair.compared.outcome for pair in kept] == ["assessed", "assessed", "refused"]
    assert (kept[0].sex, kept[2].compared.refusal) == ("F", "not_a_hand_radiograph")
    assert all(pair.compared.versions == {"bone-age": "1.0.0"} for pair in kept)


async def test_a_file_of_another_problem_is_refused(file, tmp_path):
    chest = write_chest(tmp_path / "releases.yaml", {"stable": "a:1"})
    with pytest.raises(ReleasesError, match="its releases are of chest, and not of bone-age"):
        numbers.plans({}, {"bone-age": chest})
    mixed = yaml.safe_load(file.read_text())
    mixed["releases"]["stable"] = yaml.safe_load(chest.read_text())["releases"]["stable"]
    file.write_text(yaml.safe_dump(mixed))
    with pytest.raises(ReleasesError, match="releases of one problem belong into a file"):
        numbers.plans({}, {"bone-age": file})
    with pytest.raises(ValueError, match="there is no problem toe-length"):
        Settings(problem_releases="toe-length=/a")


async def test_the_metrics_tell_of_the_number_s_releases_beside_the_cascade_s(start, torchserve, hand, file):
    client = await start(problem_releases=f"bone-age={file}")
    await months(client, different(1)[0])
    told = 'cxr_releases{release="stable",role="serve",stage="bone-age",version="1.0.0"}'
    assert await metric(client, told) == 1
    assert await metric(client, told.replace("bone-age", "classifier")) == 1
