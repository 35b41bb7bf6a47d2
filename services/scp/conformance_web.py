"""What the conformance statement says of DICOMweb."""

from collections.abc import Mapping

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from scp.holdings.frames import MEDIA_TYPES, NATIVE
from scp.holdings.query import MAX_RESULTS
from scp.http.searching import SEARCHED

STORE = """## DICOMweb

`POST /dicomweb/studies` and `POST /dicomweb/studies/{study}` of the gateway (STOW-RS, PS3.18, 10.5):
multipart/related with parts of application/dicom, or one application/dicom; the same SOP classes and transfer
syntaxes; Content-Encoding gzip or deflate; answers in application/dicom+json, or in application/dicom+xml for who asks
for that. Retrieve URL (0008,1190) is the address of the instance, or of the study that all instances are of; it is
empty where nothing can be retrieved. Parts that name no instance are in the Other Failures Sequence (0008,119A). The
header `Priority: urgent` is like HIGH, for all instances of the request. More than 2,000 parts in a request are
answered 413; instances for which there was no time are failures of reason A700 (out of resources): send them again.
"""

SEARCH = """\
UPS-RS (PS3.18, 11) and Unified Procedure Step (PS3.4, CC) are not offered: nothing is scheduled here. A film that
arrives is the order, and its result is out within seconds. docs/integration.md says who is told of it, and how: by
C-STORE and STOW-RS, and outside of DICOM by FHIR R4, signed webhooks and HL7 v2.5.1 (ORU^R01 over MLLP).

### Search (QIDO-RS, PS3.18, 10.6)

Films are found from their reception on, and results, for `CXR_SCP_KEEP_S`; those of the newest study come first.
Answers are in application/dicom+json only, and 204 where nothing matches.
"""

MATCHING = {
    "matched and returned": "the attributes of PS3.18, tables 10.6.1-5 and 10.6.3-3 to 10.6.3-5; also Study "
    "Description, Series Date and Time, Body Part Examined, Available Transfer Syntax UID",
    "other attributes": "not matched (Warning 299); returned for `includefield`, from the header",
    "`includefield=all`": "at instance level all of the header; above it no more than usual",
    "matching": "single value, UID list, range of dates and of times (combined where both are ranges), wild cards, "
    "universal, sequence; a list of words for CS",
    "person names": "literal or with wild cards, upper and lower case alike, each component group; `fuzzymatching` is "
    "not supported (Warning 299)",
    "levels": "hierarchical: attributes of the level and of those above",
    "`limit`, `offset`": f"{MAX_RESULTS} results at most; Warning 299 tells how many more there are",
}

RETRIEVE = """### Retrieve (WADO-RS, PS3.18, 10.4)

`GET` of studies, series and instances; of their `/metadata` and `/thumbnail`; of an instance's `/rendered`,
`/frames/{list}` and `/bulkdata/7FE00010`. Nothing is transcoded: another transfer syntax than the stored one gets 406,
and the problem's detail names that. 410 says that it was here and is kept no longer.
"""

FORMS = {
    "study, series, instance": 'multipart/related; type="application/dicom" with transfer-syntax=* or the stored one '
    "(without: Explicit VR Little Endian); an instance also as application/dicom",
    "metadata": "application/dicom+json; Bulk Data URI for Pixel Data only; values of more than 1 MiB are left out",
    "frames, pixel data": "multipart/related of the types below; a single frame also as the body itself",
    "rendered, thumbnail": "image/jpeg (default) or image/png of CR, DX and secondary capture images, and of each "
    "frame of a segmentation; parameters `viewport` (width, height) and `quality`; others change nothing (Warning 299)",
}

END = """
Compressed frames are also sent as application/octet-stream with transfer-syntax=* or the stored one. Deflated films
have no frames here; they are retrieved whole, and rendered.
"""


def web_statement() -> str:
    """The section, in Markdown."""
    searched = {f"`GET /dicomweb{path}`": f"searches {level}" for path, level in SEARCHED.items()}
    frames = dict.fromkeys((ExplicitVRLittleEndian, ImplicitVRLittleEndian), NATIVE) | MEDIA_TYPES
    named = {syntax.name: kind for syntax, kind in frames.items()}
    return "\n".join(
        [
            STORE,
            SEARCH,
            _table("address", "does", searched),
            _table("", "", MATCHING),
            RETRIEVE,
            _table("resource", "media types", FORMS),
            _table("transfer syntax", "frames", named).rstrip("\n"),
            END,
        ]
    )


def _table(first: str, second: str, rows: Mapping[str, str]) -> str:
    """With an empty line behind it."""
    heads = "| | |" if not first else f"| {first} | {second} |"
    return "\n".join([heads, "|---|---|", *(f"| {name} | {what} |" for name, what in rows.items()), ""])
