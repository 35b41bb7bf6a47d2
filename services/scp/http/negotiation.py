"""Which of the forms that a DICOM object, or a frame, has a request accepts (PS3.18, 8.7)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from starlette.requests import Request

from doors.accept import ranges
from doors.errors import NotAcceptableError
from scp.holdings.frames import NATIVE, Frames

DICOM = "application/dicom"
RELATED = "multipart/related"
ANY = "*"


class Offer(NamedTuple):
    """A form that there is."""

    kind: str
    """Media type."""
    syntax: str
    """UID of the transfer syntax."""
    default: bool
    """Whether it is meant where no transfer syntax is named."""

    @property
    def content_type(self) -> str:
        """As a part says what it is."""
        return f"{self.kind}; transfer-syntax={self.syntax}"


class Wanted(NamedTuple):
    """A form that is accepted."""

    kind: str
    """Media type, or a range of them."""
    syntax: str | None
    single: bool
    """Whether as the body itself, and not as a part of it."""

    def fits(self, offer: Offer) -> bool:
        """Whether an offer is such a form."""
        family = f"{offer.kind.partition('/')[0]}/*"
        if self.kind not in (offer.kind, family, "*/*"):
            return False
        if self.syntax is None:
            return offer.default or ANY in self.kind
        return self.syntax in (ANY, offer.syntax)


class Chosen(NamedTuple):
    """What is answered."""

    offer: Offer
    single: bool


def accepted(request: Request) -> str:
    """The Accept header, or what the URL says in its place; anything where neither does. Source: PS3.18, 8.7.6."""
    return request.query_params.get("accept") or request.headers.get("accept") or "*/*"


def choose(request: Request, offers: Sequence[Offer], alone: bool) -> Chosen | None:
    """The form that is wanted most; None where no offer is accepted.

    Args:
        request: what is asked.
        offers: the forms that there are, the best first.
        alone: whether there is one object only, so that it may be the body itself.
    """
    several = sorted(ranges(accepted(request)), key=lambda each: -each.quality)
    for each in (_wanted(each.kind, each.parameters) for each in several if each.quality > 0):
        for offer in offers:
            if each.fits(offer) and (alone or not each.single):
                return Chosen(offer, each.single)
    return None


def instance_offers(syntax: str) -> list[Offer]:
    """Of an object that is stored in a transfer syntax: that one."""
    return [Offer(DICOM, syntax, syntax == ExplicitVRLittleEndian)]


def frame_offers(frames: Frames) -> list[Offer]:
    """Of frames: as they are stored. What is not compressed is the same in both little endian syntaxes."""
    syntax = frames.syntax
    if frames.compressed:
        return [Offer(frames.media_type, syntax, True), Offer(NATIVE, syntax, False)]
    plain = syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
    return [Offer(NATIVE, ExplicitVRLittleEndian if plain else syntax, plain)]


def refusal(offers: Sequence[Offer]) -> NotAcceptableError:
    """Why none is answered, and what could be."""
    first = offers[0]
    name = UID(first.syntax).name
    known = " or ".join(f'{RELATED}; type="{each.kind}"; transfer-syntax={each.syntax}' for each in offers)
    return NotAcceptableError(
        f"it is stored in {name}, and nothing is transcoded; accept {known} (or transfer-syntax=*)"
    )


def _wanted(kind: str, parameters: Mapping[str, str]) -> Wanted:
    syntax = parameters.get("transfer-syntax")
    if kind == RELATED:
        return Wanted(parameters.get("type", "*/*").lower(), syntax, False)
    if kind in ("*/*", "multipart/*"):
        return Wanted("*/*", syntax, False)
    return Wanted(kind, syntax, True)
