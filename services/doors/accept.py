"""What a request's Accept header asks for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.request import parse_http_list

from python_multipart.multipart import parse_options_header


class Range(NamedTuple):
    """One media range of the header."""

    kind: str
    """In lower case, without parameters."""
    quality: float
    """Its weight, from 0 to 1."""
    place: int
    """In the header, from 0."""
    parameters: Mapping[str, str]
    """By name in lower case."""

    @property
    def precision(self) -> int:
        """2 for a type, 1 for a type's family, 0 for anything: the most precise that fits a type holds for it."""
        return 2 - self.kind.count("*")

    def fits(self, kind: str) -> bool:
        """Whether a media type, without parameters, is in it."""
        return self.kind in (kind, f"{kind.partition('/')[0]}/*", "*/*")


def preferred(accept: str, offered: Sequence[str]) -> str | None:
    """Which of the media types offered a request would have; None where it takes none of them.

    Without a header, or with an empty one, that is the first. Of those wanted alike it is the one that the header
    names, or names first, and then the first that is offered.

    Args:
        accept: the header.
        offered: media types in lower case, without parameters.

    Source:
        RFC 9110, 12.4.2 and 12.5.1.
    """
    found = list(ranges(accept))
    if not found:
        return offered[0]
    weighed = []
    for kind in offered:
        fitting = [each for each in found if each.fits(kind)]
        if fitting:
            best = max(fitting, key=lambda each: each.precision)
            weighed.append((best.quality, best.precision, -best.place, kind))
    taken = [each for each in weighed if each[0] > 0]
    return max(taken, key=lambda each: each[:3])[3] if taken else None


def ranges(accept: str) -> Iterator[Range]:
    """The header's media ranges, in their order; what is none is left out."""
    for place, each in enumerate(parse_http_list(accept)):
        kind, parameters = parse_options_header(each)
        if kind:
            named = {name.decode("latin-1"): value.decode("latin-1") for name, value in parameters.items()}
            yield Range(kind.decode("latin-1"), _quality(named.get("q", "1")), place, named)


def _quality(value: str) -> float:
    """A weight; one that cannot be read is as none, since a request shall not fail by it."""
    try:
        return float(value)
    except ValueError:
        return 1.0
