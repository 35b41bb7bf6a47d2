"""A reading as one ZIP file, for who writes results of a film whose header they have themselves."""

import zipfile
from io import BytesIO
from typing import Any

from pydantic import Field

from imaging.picture import read_pgm, write_pgm
from results.reading import Reading
from results.schema import Assessment, Maps, Result

MEDIA_TYPE = "application/zip"

ASSESSMENT, MAPS, RADIOGRAPH = "assessment.json", "maps.json", "radiograph.pgm"
"""Its members."""


class NamedMaps(Maps):
    """Maps, and the name of what they are of."""

    key: str = Field(description="names the pixels and the archives that assessed them")


def write_whole_reading(reading: Reading) -> bytes:
    """A finished reading as a ZIP file, all but the film's header. Nothing is compressed: it does not travel far.

    Args:
        reading: assessed or refused, with result and film.
    """
    if reading.result is None or reading.film is None:
        raise ValueError("a reading that failed has no maps")
    maps = NamedMaps(**_maps(reading.result), key=reading.key)
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(ASSESSMENT, reading.assessment.model_dump_json(by_alias=True))
        archive.writestr(MAPS, maps.model_dump_json())
        archive.writestr(RADIOGRAPH, write_pgm(reading.film))
    return file.getvalue()


def read_whole_reading(data: bytes) -> Reading:
    """The reading in a ZIP file; its header is None.

    Raises:
        ValueError: it is no such file.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            assessment = Assessment.model_validate_json(archive.read(ASSESSMENT))
            maps = NamedMaps.model_validate_json(archive.read(MAPS))
            film = read_pgm(archive.read(RADIOGRAPH))
    except (zipfile.BadZipFile, KeyError, RuntimeError, EOFError) as error:
        raise ValueError("not a whole reading") from error
    return Reading(None, assessment, Result(**_maps(maps), conclusion=assessment), film, maps.key)


def _maps(found: Maps) -> dict[str, Any]:
    return {name: getattr(found, name) for name in Maps.model_fields}
