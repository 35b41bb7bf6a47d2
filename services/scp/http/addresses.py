"""Addresses of what is held: those that are asked for, and those that clients are told, which are the gateway's."""

from starlette.requests import Request

from cxr.errors import MalformedError
from scp.holdings.attributes import UID

PUBLIC = "X-Public-URL"
"""Header in which the gateway says under which URL its clients know it. Only it, and ops, can reach this door."""

PATH = "/dicomweb"

STUDY = "/studies/{study}"
SERIES = f"{STUDY}/series/{{series}}"
INSTANCE = f"{SERIES}/instances/{{instance}}"


def base(request: Request) -> str:
    """URL of the DICOMweb service, as whoever asks knows it."""
    return f"{(request.headers.get(PUBLIC) or str(request.base_url)).rstrip('/')}{PATH}"


def warnings(request: Request, several: list[str]) -> dict[str, str]:
    """The Warning header that says so, if there is anything to say. Source: PS3.18, 8.3.4; RFC 7234, 5.5."""
    return {"Warning": ", ".join(f'299 {base(request)}: "{each}"' for each in several)} if several else {}


def uids(request: Request) -> list[str]:
    """Of study, series and instance, as far as the address names them.

    Raises:
        MalformedError: one is no UID.
    """
    found = [request.path_params[name] for name in ("study", "series", "instance") if name in request.path_params]
    if not all(UID.fullmatch(each) for each in found):
        raise MalformedError("not understood: a UID in the address")
    return found
