"""What answers of DICOMweb mean to the audit: of a search the attributes that were asked for, never their values."""

import re
from urllib.parse import parse_qsl

from pydicom.datadict import tag_for_keyword
from starlette.types import Scope

from auditing.tally import HOURLY, ONCE
from auditing.trail import Trail
from doors.audited import Note

PATH = re.compile(r"/dicomweb(/studies/(?P<study>[0-9.]+))?(?P<rest>(/.*)?)")

LEVEL = re.compile(r"(/series/[^/]+)?/(studies|series|instances)")
"""Of what is searched for; any other address is of what is retrieved. Source: PS3.18, table 10.6.1-1."""

KINDS = ("metadata", "frames", "bulkdata", "rendered", "thumbnail")


def note(scope: Scope, trail: Trail) -> Note | None:
    """Of a GET that was answered, where its address is one of DICOMweb's."""
    found = PATH.fullmatch(scope["path"])
    if not found:
        return None
    detail = {"study_digest": trail.digest(found["study"])} if found["study"] else {}
    if level := LEVEL.fullmatch(found["rest"]):
        return Note("study.search", None, HOURLY, detail | {"level": level[2], "by": _asked(scope)})
    parts = found["rest"].split("/")
    kind = next((each for each in reversed(KINDS) if each in parts), "objects")
    return Note("study.read", None, ONCE, detail | {"kind": kind})


def _asked(scope: Scope) -> list[str]:
    """Attributes that were asked for, those that there are; what else stands there may be anything."""
    try:
        named = {name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=1000)}
    except ValueError:
        return []
    return sorted(name for name in named if tag_for_keyword(name) is not None)
