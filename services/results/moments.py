"""When a film, its series and its study were taken, as FHIR and HL7 version 2 write times."""

import re
from dataclasses import dataclass
from datetime import datetime

from pydicom import Dataset

STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")
"""A date, with or without a time; seconds are zero where there are none. Source: PS3.5, table 6.2-1: DT."""

ZONE = re.compile(r"[+-]\d{4}$")
"""At the end of a DT, and as Timezone Offset From UTC. Source: PS3.3, C.12.1.1.8; PS3.5, table 6.2-1."""

UNPUNCTUATED = str.maketrans("", "", "-:")

NEAREST_FIRST = ("Acquisition", "Content", "Series", "Study")
"""Whose date and time are nearest to the exposure. Source: PS3.3, C.7.6.1, C.7.3.1 and C.7.2.1."""


@dataclass(frozen=True)
class Moment:
    """A date, and what is known of the time of day."""

    date: str
    """YYYY-MM-DD."""
    time: str = ""
    """HH:MM:SS; empty where it is not known."""
    zone: str = ""
    """+HHMM or -HHMM; empty where it is not known."""

    def fhir(self) -> str:
        """As a dateTime: without a time zone, the date alone. Source: FHIR R4, 2.24.0.1."""
        return f"{self.date}T{self.time}{self.zone[:3]}:{self.zone[3:]}" if self.time and self.zone else self.date

    def hl7(self) -> str:
        """As a TS of HL7 version 2: without a time zone, it is the sender's. Source: HL7 v2.5.1, 2.A.22 and 2.A.77."""
        return (self.date + self.time).translate(UNPUNCTUATED) + (self.zone if self.time else "")


def taken(header: Dataset) -> Moment | None:
    """When the film was taken, or else when what it belongs to was; None where no date is known.

    Args:
        header: from imaging.header.
    """
    exact = _read(str(header.get("AcquisitionDateTime") or ""), header)
    return exact or next((told for what in NEAREST_FIRST if (told := begun(header, what))), None)


def begun(header: Dataset, what: str) -> Moment | None:
    """When the acquisition, content, series or study was made or begun; None where its date is not known.

    Args:
        header: from imaging.header.
        what: the start of the attributes' keywords, such as Study.
    """
    date, time = (str(header.get(f"{what}{part}") or "") for part in ("Date", "Time"))
    return _read(date + time, header)


def _read(stamp: str, header: Dataset) -> Moment | None:
    found = STAMP.match(stamp)
    if found is None:
        return None
    year, month, day, hour, minute, second = found.groups()
    date = f"{year}-{month}-{day}"
    known = ZONE.search(stamp) or ZONE.search(str(header.get("TimezoneOffsetFromUTC") or ""))
    time, zone = f"{hour}:{minute}:{second or '00'}" if hour else "", known[0] if known else ""
    several = (Moment(date, time, zone), Moment(date, time), Moment(date))
    return next((each for each in several if _is_valid(each)), None)


def _is_valid(moment: Moment) -> bool:
    try:
        return bool(datetime.fromisoformat(f"{moment.date}T{moment.time or '00:00'}{moment.zone}"))
    except ValueError:
        return False
