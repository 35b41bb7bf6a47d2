"""The DICOM conformance statement, written from what the code accepts and sends: docs/conformance.md."""

from scp.acceptance import SOP_CLASSES, TRANSFER_SYNTAXES
from scp.listener import CANNOT_UNDERSTAND, OUT_OF_RESOURCES, SUCCESS
from scp.peers.dicom import CONTEXTS
from scp.settings import Settings

HEAD = """# DICOM conformance statement

Written by `make generated` from the code. Research use: not a medical device.

Implementation: CXR Cascade, on pynetdicom and highdicom. Results are written in UTF-8 (ISO_IR 192), whatever the film
was in.

## Application entity {aet}

| | |
|---|---|
| role | SCP of Verification and Storage; SCU of Storage and of Study Root Query/Retrieve - FIND |
| called AE title | must be {aet} (`CXR_SCP_AET`) |
| calling AE titles | those of `CXR_SCP_PEERS`; others are rejected (permanent, not recognised) |
| associations | {max_associations} at once; one more is rejected (transient, local limit exceeded) |
| asynchronous operations | none |
| time-outs | {network_timeout_s:g} s without a message end an association |
| security | TLS 1.2 or newer, with or without client certificates (`CXR_SCP_TLS_*`); or none |
| extended negotiation | none |
"""

STATUSES = {
    SUCCESS: "the film is on the disk and in the ledger (again, where it had come before)",
    OUT_OF_RESOURCES: "too little disk, too many films wait, or the disk failed: send it again",
    CANNOT_UNDERSTAND: "larger than is taken: do not send it again",
}

TAIL = """
A film that the networks or the decoder cannot use is accepted all the same, ends in the ledger as refused or failed,
and is reported: a modality shall not have to know. The Verification SOP Class (C-ECHO) is accepted in Implicit VR
Little Endian, Explicit VR Little Endian, Deflated Explicit VR Little Endian and Explicit VR Big Endian.

The Priority (0000,0700) of a C-STORE is heeded: films of HIGH are assessed before those of MEDIUM and LOW. So are films
whose header fits the rule of `CXR_SCP_ROUTES`.

## Results, sent as SCU

| SOP class | transfer syntaxes proposed |
|---|---|
{sent}

Results lie in the film's study, in series of their own. Their UIDs (2.25.) are made from the film's SOP Instance UID,
its pixels and the models' archives, so that the same film and models give the same objects. A report names the one
that it supersedes in its Predecessor Documents Sequence. C-STORE warnings (Bxxx) count as stored, A7xx is tried
again, and any other failure is put aside for `python -m scp resend`.

A reader's opinion on such a result is one more Comprehensive 3D SR (TID 1500; the reader is its person observer, TID
1003), for peers whose route lists `amendment`. It is COMPLETE, PRELIMINARY and UNVERIFIED; its Predecessor Documents
Sequence names the AI's report and the same reader's earlier one. One that is withdrawn is PARTIAL, and its title says
so. What the reader drew are closed POLYLINEs (TID 1410) in the film's own pixels.

## DICOMweb

`POST /dicomweb/studies` and `POST /dicomweb/studies/{{study}}` of the gateway (STOW-RS, PS3.18, 10.5):
multipart/related with parts of application/dicom; the same SOP classes and transfer syntaxes; answers in
application/dicom+json. With the header `Priority: urgent` all instances of the request are as those of a C-STORE of
HIGH.
"""


def statement() -> str:
    """The whole document, in Markdown."""
    settings = {name: field.default for name, field in Settings.model_fields.items()}
    accepted = [f"| {storage.name} | {storage} | {what} |" for storage, what in SOP_CLASSES.items()]
    syntaxes = [f"| {syntax.name} | {syntax} |" for syntax in TRANSFER_SYNTAXES]
    sent = "\n".join(
        f"| {storage.name} | {', '.join(each.name for each in offered)} |" for storage, offered in CONTEXTS
    )
    return "\n".join(
        [
            HEAD.format(**settings),
            "## Films, accepted as SCP of Storage\n",
            "| SOP class | UID | what becomes of it |\n|---|---|---|",
            *accepted,
            "\nEach in every one of these transfer syntaxes, in this order of preference:\n",
            "| transfer syntax | UID |\n|---|---|",
            *syntaxes,
            "\n| C-STORE status | when |\n|---|---|",
            *(f"| {status:04X} | {when} |" for status, when in STATUSES.items()),
            TAIL.format(sent=sent),
        ]
    )
