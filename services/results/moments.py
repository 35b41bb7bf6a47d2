"""When a film, its series and its study were taken, as FHIR writes times (FHIR R4, 2.24.0.1: dateTime).

A time of day needs a time zone there, which a film's header rarely has: without one, the date is told alone.
"""

import re
from datetime import datetime

from pydicom import Dataset

STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")
"""A date, with or without a time; seconds are zero where there are none. Source: PS3.5, table 6.2-1: DT."""

ZONE = re.compile(r"[+-]\d{4}$")
"""At the end of a DT, and as Timezone Offset From UTC. Source: PS3.3, C.12.1.1.8; PS3.5, table 6.2-1."""

NEAREST_FIRST = ("Acquisition", "Content", "Series", "Study")
"""Whose date and time are nearest to the exposure. Source: PS3.3, C.7.6.1, C.7.3.1 and C.7.2.1."""


def taken(header: Dataset) -> str | None:
    """When the film was taken, or else when what it belongs to was; None where no date is known.

    Args:
        header: from imaging.header.
    """
    exact = _written(str(header.get("AcquisitionDateTime") or ""), header)
    return exact or next((told for what in NEAREST_FIRST if (told := begun(header, what))), None)


def begun(header: Dataset, what: str) -> str | None:
    """When the acquisition, content, series or study was made or begun; None where its date is not known.

    Args:
        header: from imaging.header.
        what: the start of the attributes' keywords, such as Study.
    """
    date, time = (str(header.get(f"{what}{part}") or "") for part in ("Date", "Time"))
    return _written(date + time, header)


def _written(stamp: str, header: Dataset) -> str | None:
    found = STAMP.match(stamp)
    if found is None:
        return None
    year, month, day, hour, minute, second = found.groups()
    date = f"{year}-{month}-{day}"
    zone = ZONE.search(stamp) or ZONE.search(str(header.get("TimezoneOffsetFromUTC") or ""))
    exact = f"{date}T{hour}:{minute}:{second or '00'}{zone[0][:3]}:{zone[0][3:]}" if hour and zone else date
    return next((each for each in (exact, date) if _is_valid(each)), None)


def _is_valid(written: str) -> bool:
    try:
        return bool(datetime.fromisoformat(written))
    except ValueError:
        return False
