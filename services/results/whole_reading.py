"""A reading as one ZIP file, for who writes results of a film whose header they have themselves."""

import zipfile
from io import BytesIO
from typing import Any

from pydantic import Field

from imaging.picture import read_pgm, write_pgm
from results.measured import Measured
from results.reading import Answered, NumberReading, Reading
from results.schema import Assessment, Maps, Model, Result

MEDIA_TYPE = "application/zip"

ASSESSMENT, MAPS, RADIOGRAPH = "assessment.json", "maps.json", "radiograph.pgm"
"""Its members."""

MEASURED = "measured.json"
"""Its only member where a number was asked."""


class NamedMaps(Maps):
    """Maps, and the name of what they are of."""

    key: str = Field(description="names the pixels and the archives that assessed them")


class Named(Model):
    """A number, and the name of what it is of."""

    measured: Measured
    key: str


def write_whole_reading(reading: Answered) -> bytes:
    """A finished reading as a ZIP file, all but the film's header. Nothing is compressed: it does not travel far.

    Args:
        reading: assessed or refused; of classes, with result and film.
    """
    if isinstance(reading, NumberReading):
        named = Named(measured=reading.assessment, key=reading.key)
        return _zipped({MEASURED: named.model_dump_json()})
    if reading.result is None or reading.film is None:
        raise ValueError("a reading that failed has no maps")
    maps = NamedMaps(**_maps(reading.result), key=reading.key)
    assessment = reading.assessment.model_dump_json(by_alias=True)
    return _zipped({ASSESSMENT: assessment, MAPS: maps.model_dump_json(), RADIOGRAPH: write_pgm(reading.film)})


def read_whole_reading(data: bytes) -> Answered:
    """The reading in a ZIP file; its header is None.

    Raises:
        ValueError: it is no such file.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if MEASURED in archive.namelist():
                named = Named.model_validate_json(archive.read(MEASURED))
                return NumberReading(None, named.measured, named.key)
            assessment = Assessment.model_validate_json(archive.read(ASSESSMENT))
            maps = NamedMaps.model_validate_json(archive.read(MAPS))
            film = read_pgm(archive.read(RADIOGRAPH))
    except (zipfile.BadZipFile, KeyError, RuntimeError, EOFError) as error:
        raise ValueError("not a whole reading") from error
    return Reading(None, assessment, Result(**_maps(maps), conclusion=assessment), film, maps.key)


def _zipped(members: dict[str, str | bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def _maps(found: Maps) -> dict[str, Any]:
    return {name: getattr(found, name) for name in Maps.model_fields}
