"""Which films fall into a share: all of a patient's, or none."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset

from gateway.deadline import Deadline
from gateway.draws import Draws
from gateway.fleet.fleet import Connected
from gateway.fleet.releases import Plan
from gateway.fleet.stages import Stages
from gateway.vault import Vault
from gateway.work import Known, Work
from imaging.file import File
from imaging.header import header, pack
from tests import films
from tests.unit.gateway.fleet.conftest import PATH, metric, write

SHARED = "a secret that all gateways share"
DICOM = {"Content-Type": "application/dicom"}


def work(film: str, patient: str | None = None, issuer: str | None = None) -> Work:
    """A prepared film; a picture where there is no patient."""
    dataset = Dataset()
    dataset.PatientID, dataset.IssuerOfPatientID = patient, issuer
    packed = None if patient is None else pack(header(dataset))
    return Work(File(b"", "image/png"), "", Deadline(10), False, known=Known(film, "", packed))


@pytest.fixture
def draws() -> Draws:
    return Draws(Vault(SHARED))


def test_films_of_one_patient_are_drawn_alike_and_those_of_another_are_not(draws):
    earlier, later = work("a" * 64, "4711", "WARD"), work("b" * 64, "4711 ", "WARD")

    assert draws.of(earlier) == draws.of(later)
    assert draws.of(earlier) != draws.of(work("a" * 64, "4712", "WARD"))
    assert draws.of(earlier) != draws.of(work("a" * 64, "4711", "CLINIC")), "the same number, another hospital's"


@pytest.mark.parametrize("patient", [None, "", "  "])
def test_a_film_without_a_patient_is_drawn_by_itself(draws, patient):
    drawn = draws.of(work("a" * 64, patient))

    assert drawn == draws.of(work("a" * 64, None))
    assert drawn != draws.of(work("b" * 64, patient))


def test_gateways_that_share_a_secret_draw_alike_and_nobody_else_does(draws):
    film = work("a" * 64, "4711")

    assert Draws(Vault(SHARED)).of(film) == draws.of(film)
    assert Draws(Vault(SHARED + ".")).of(film) != draws.of(film)
    assert Draws(Vault()).of(film) != Draws(Vault()).of(film)


def test_digests_for_one_purpose_say_nothing_of_those_for_another():
    vault = Vault(SHARED)

    assert vault.digest("draw", "4711") != vault.digest("pair", "4711")
    assert vault.digest("draw", "ab", "c") != vault.digest("draw", "a", "bc")


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """The draws of as many patients as are too slow to make for each share."""
    draws = Draws(Vault(SHARED))
    return np.array([draws.of(work("a" * 64, f"{number}")) for number in range(2000)])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_share_is_given_about_its_share_of_the_patients(drawn, share):
    deviation = (share * (1 - share) / len(drawn)) ** 0.5
    assert abs((drawn < share).mean() - share) < 4 * deviation
    assert ((drawn >= 0) & (drawn < 1)).all()


def test_nothing_is_drawn_where_no_release_has_a_share():
    plan = Plan.single(dict.fromkeys(("discriminator", "segmenter", "classifier"), "a:1"))
    serving = Stages("stable", [])

    def draw() -> float:
        raise AssertionError("the header was unpacked for nothing")

    assert Connected(plan, {"stable": serving}).answering(draw) is serving
    assert Connected(plan, {"stable": serving}).compared(draw, "stable") is None


async def test_the_canary_answers_all_films_of_a_patient_or_none(start, torchserve, another, tmp_path: Path):
    another.digests["classifier"] = "second"
    file = write(
        tmp_path / "releases.yaml",
        {"stable": torchserve.address, "next": another.address},
        canary={"release": "next", "share": 0.5},
    )
    client = await start(releases=file, secret=SHARED)
    by_canary = []
    for patient in range(12):
        before = await metric(client, 'cxr_release_films_total{release="next"}')
        for seed in range(3):
            film = films.dicom(films.pixels(bits=12, seed=100 * patient + seed), PatientID=f"P{patient}")
            assert (await client.post(PATH, content=film, headers=DICOM)).status_code == 200
        by_canary.append(await metric(client, 'cxr_release_films_total{release="next"}') - before)

    assert set(by_canary) == {0, 3}
