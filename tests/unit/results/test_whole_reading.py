"""A reading as one file: what is written of it elsewhere is what would have been written here."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from results.fhir import write_fhir
from results.overlay import write_overlay
from results.schema import Refusal
from results.seg import write_lungs
from results.sr import write_sr
from results.whole_reading import ASSESSMENT, MAPS, RADIOGRAPH, read_whole_reading, write_whole_reading
from tests.unit.results.conftest import assessment, failed, refused
from vocabulary.refusals import REFUSALS


def without(data: bytes, name: str) -> bytes:
    """The file without one of its members."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as whole, zipfile.ZipFile(file, "w") as part:
        for member in whole.namelist():
            if member != name:
                part.writestr(member, whole.read(member))
    return file.getvalue()


def changed(data: bytes, name: str, content: bytes) -> bytes:
    """The file with something else in one of its members."""
    file = BytesIO(without(data, name))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("what", [assessment, refused], ids=["assessed", "refused"])
def test_all_but_the_header_comes_through(read, what):
    reading = read(what())

    found = read_whole_reading(write_whole_reading(reading))

    assert (found.header, found.assessment, found.key) == (None, reading.assessment, reading.key)
    assert np.array_equal(found.film, reading.film)
    assert found.result.model_dump(exclude={"conclusion"}) == reading.result.model_dump(exclude={"conclusion"})


def test_a_refusal_for_a_reason_that_only_a_newer_gateway_knows_comes_through_and_is_reported(read):
    newer = refused()
    newer = newer.model_copy(update={"refusal": newer.refusal.model_copy(update={"reason": "too_blurred"})})
    reading = read(newer)

    found = replace(read_whole_reading(write_whole_reading(reading)), header=reading.header)

    assert found.assessment.refusal.reason == "too_blurred"
    for write in (write_sr, write_fhir):
        assert write(found)


def test_the_schema_names_the_reasons_that_this_version_gives():
    reason = Refusal.model_json_schema()["properties"]["reason"]

    assert reason["examples"] == list(REFUSALS)
    assert "enum" not in reason  # generated clients would fail at a newer stage's


def test_every_result_is_the_same_written_from_it(read):
    reading = read()

    found = replace(read_whole_reading(write_whole_reading(reading)), header=reading.header)

    for write in (write_sr, write_lungs, write_overlay, write_fhir):
        assert write(found) == write(reading), write.__name__


def test_no_value_of_the_header_is_in_it(read):
    reading = read()
    assert str(reading.header.PatientID)

    data = write_whole_reading(reading)

    for secret in (reading.header.PatientID, reading.header.PatientName, reading.header.StudyInstanceUID):
        assert str(secret).encode() not in data


def test_a_reading_that_failed_has_none(read):
    with pytest.raises(ValueError, match="no maps"):
        write_whole_reading(read(failed()))


@pytest.mark.parametrize(
    "broken",
    [
        lambda data: b"",
        lambda data: b"{}",
        lambda data: data[:-30],
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"P5\n", b"P6\n"),
        lambda data: without(data, ASSESSMENT),
        lambda data: without(data, MAPS),
        lambda data: without(data, RADIOGRAPH),
        lambda data: changed(data, ASSESSMENT, b"{}"),
        lambda data: changed(data, MAPS, b"[]"),
        lambda data: changed(data, RADIOGRAPH, b"P5\n9 9\n255\n\0"),
        lambda data: changed(data, RADIOGRAPH, b"P5\n1 1\n"),
        lambda data: changed(data, RADIOGRAPH, b"P6\n1 1\n255\n\0"),
    ],
)
def test_what_is_not_whole_is_no_reading(read, broken: Callable[[bytes], bytes]):
    data = write_whole_reading(read())

    with pytest.raises(ValueError, match=r".+"):
        read_whole_reading(broken(data))
