"""The DICOM conformance statement, written from what the code accepts and sends: docs/conformance.md."""

from scp.acceptance import SOP_CLASSES, TRANSFER_SYNTAXES
from scp.conformance_web import web_statement
from scp.intake import CANNOT_UNDERSTAND, OUT_OF_RESOURCES, SUCCESS
from scp.peers.dicom import CONTEXTS
from scp.settings import Settings

HEAD = """# DICOM conformance statement

Written by `make generated` from the code. Research use: not a medical device.

Implementation: CXR Cascade, on pynetdicom and highdicom. Results are in UTF-8 (ISO_IR 192), whatever the film's
character set.

## Application entity {aet}

| | |
|---|---|
| role | SCP of Verification and Storage; SCU of Storage and of Study Root Query/Retrieve - FIND |
| called AE title | must be {aet} (`CXR_SCP_AET`) |
| calling AE titles | those in `CXR_SCP_PEERS`, from their addresses; others are rejected (permanent, not recognised) |
| associations | {max_associations} at once; more are rejected (transient, local limit exceeded) |
| asynchronous operations | none |
| time-outs | an association ends after {network_timeout_s:g} s without a message |
| security | TLS 1.2 or newer, with or without client certificates (`CXR_SCP_TLS_*`); or none |
| extended negotiation | none |
"""

STATUSES = {
    SUCCESS: "the film is on the disk and in the ledger, also if it came before",
    OUT_OF_RESOURCES: "too little disk space, too many waiting films, or a disk error: send it again",
    CANNOT_UNDERSTAND: "too large: do not send it again",
}

TAIL = """
A film that the networks or the decoder cannot use is accepted too; it ends in the ledger as refused or failed, and is
reported. The Verification SOP Class (C-ECHO) is accepted in Implicit VR Little Endian, Explicit VR Little Endian,
Deflated Explicit VR Little Endian and Explicit VR Big Endian.

Films with Priority (0000,0700) HIGH are assessed before those with MEDIUM and LOW. So are films whose header matches
the rule in `CXR_SCP_ROUTES`.

## Results, sent as SCU

| SOP class | transfer syntaxes proposed |
|---|---|
{sent}

Results are in the film's study, each in its own series. Their UIDs (2.25.) are made from the film's SOP Instance UID,
its pixels and the models' archives: the same film and models give the same objects. A report names the one that it
supersedes in its Predecessor Documents Sequence. C-STORE warnings (Bxxx) count as stored, A7xx is retried, and any
other failure is set aside for `python -m scp resend`.

A reader's opinion is another Comprehensive 3D SR (TID 1500; the reader is its person observer, TID 1003), for routes
that list `amendment`. It is COMPLETE, PRELIMINARY and UNVERIFIED; its Predecessor Documents Sequence names the AI's
report and the same reader's earlier one. A withdrawn opinion is PARTIAL, and its title says so. Drawings are closed
POLYLINEs (TID 1410) in the film's pixels. Where a number is asked, it holds the reader's as a measurement (TID 300),
and the AI's with its uncertainty (TID 310).
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
            "| SOP class | UID | what happens to it |\n|---|---|---|",
            *accepted,
            "\nEach in all of these transfer syntaxes, in this order of preference:\n",
            "| transfer syntax | UID |\n|---|---|",
            *syntaxes,
            "\n| C-STORE status | when |\n|---|---|",
            *(f"| {status:04X} | {when} |" for status, when in STATUSES.items()),
            TAIL.format(sent=sent),
            web_statement(),
        ]
    )
