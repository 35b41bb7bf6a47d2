"""The processes that write results beside the listener's own."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from imaging.header import header
from imaging.part10 import read_header
from results.reading import Reading
from scp import writers
from scp.errors import UnwritableError
from scp.writers import Writers, write
from tests.unit.results.conftest import KEY, assessment, refused, result

SAMPLES = Path(__file__).parents[2] / "data"
KINDS = {"sr", "lungs", "overlay", "fhir"}


@pytest.fixture(scope="module")
def pool() -> Iterator[Writers]:
    with Writers(1) as running:
        yield running


@pytest.fixture(scope="module")
def reading() -> Reading:
    pixels = np.asarray(cv2.imread(str(SAMPLES / "normal.png"), cv2.IMREAD_GRAYSCALE), np.uint8)
    known = header(read_header((SAMPLES / "film.dcm").read_bytes()))
    return Reading(known, assessment(), result(), pixels, KEY)


def test_process_writes_the_same_bytes_as_the_listener_would(pool: Writers, reading: Reading) -> None:
    written = pool.write(reading, KINDS, None)

    assert written.keys() == KINDS
    assert written == write(reading, KINDS, None)


def test_process_and_listener_write_the_same_system_of_patient_ids(reading: Reading) -> None:
    with Writers(1, "urn:oid:1.2.3") as pool:
        written = pool.write(reading, {"fhir"}, None)

    assert written == write(reading, {"fhir"}, None, "urn:oid:1.2.3")
    assert b"urn:oid:1.2.3" in written["fhir"]


def test_film_that_was_refused_before_the_segmenter_has_no_lungs(pool: Writers, reading: Reading) -> None:
    early = replace(reading, assessment=refused(), result=result("refused"))

    assert pool.write(early, KINDS, None).keys() == KINDS - {"lungs"}


def test_result_that_cannot_be_written_is_named_without_the_librarys_words(pool: Writers, reading: Reading) -> None:
    broken = replace(reading, assessment=assessment(models={}))

    with pytest.raises(UnwritableError, match=r"^no (sr|fhir|overlay|lungs) can be written of it: [A-Z][a-z]+Error$"):
        pool.write(broken, KINDS, None)


def test_writing_that_ends_its_process_costs_one_film(
    pool: Writers, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(writers, "write", _die)
        with pytest.raises(UnwritableError, match="died"):
            pool.write(reading, KINDS, None)

    assert pool.write(reading, {"fhir"}, None).keys() == {"fhir"}


def test_writing_that_never_ends_is_ended(pool: Writers, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(writers, "write", _hang)
        changed.setattr(writers, "MAX_WRITING_S", 0.2)
        with pytest.raises(UnwritableError, match="not written after"):
            pool.write(reading, KINDS, None)

    assert pool.write(reading, {"fhir"}, None).keys() == {"fhir"}


def _die(*_: object) -> None:
    os._exit(1)


def _hang(*_: object) -> None:
    time.sleep(3600)
