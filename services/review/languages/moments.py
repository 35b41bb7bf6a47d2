"""Days and times of day as they are written in the language of the request. In English they are ISO 8601's."""

from datetime import date, datetime

from babel.dates import format_skeleton

from review.languages.catalogue import SOURCE
from review.languages.spoken import spoken

DAY = "yMd"


def day(given: date | str | None) -> str:
    """A day. A text that is no day, such as an empty one, stays as it is."""
    if isinstance(given, str):
        try:
            given = date.fromisoformat(given)
        except ValueError:
            return str(given)
    if given is None:
        return ""
    return given.strftime("%Y-%m-%d") if spoken() == SOURCE else format_skeleton(DAY, given, locale=spoken())


def moment(given: datetime) -> str:
    """A day with its time, to a minute; in the zone that it is given in."""
    return f"{day(given)} {given:%H:%M}"
