"""Instances of a STOW-RS request, and the answer that says what became of each (PS3.18, 10.5.3 and annex I)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, BinaryIO, Self

from scp.acceptance import SOP_CLASSES
from scp.films import header_at, identifier
from scp.intake import CANNOT_UNDERSTAND, OUT_OF_RESOURCES

NOT_SUPPORTED, MISMATCH = 0x0122, 0xA900
"""Failure reasons beside those of scp.intake. Source: PS3.18, table I.2-2."""

FAILED, STORED, OTHER = "00081198", "00081199", "0008119A"
"""Sequences of failed and of stored instances, and of failures of what names none. Source: PS3.18, table I.1-1."""

TAGS = ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID"]


@dataclass(frozen=True)
class Instance:
    """One part of the request; UIDs that cannot be read are empty."""

    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str

    @classmethod
    def at(cls, file: BinaryIO) -> Self:
        """The instance in a Part 10 file."""
        header = header_at(file)
        return cls(*(identifier(header, tag) for tag in TAGS))

    @property
    def named(self) -> bool:
        """Whether it can be told which one it is."""
        return bool(self.sop_class_uid and self.sop_instance_uid)

    def failure(self, study: str | None) -> int | None:
        """Why it cannot be stored, before anybody is asked to; study is the one that the request is for."""
        if not (self.named and self.study_instance_uid):
            return CANNOT_UNDERSTAND
        if self.sop_class_uid not in SOP_CLASSES:
            return NOT_SUPPORTED
        return MISMATCH if study not in (None, self.study_instance_uid) else None


NOWHERE: Mapping[Instance, str] = {}


@dataclass
class Outcome:
    """What became of the request's instances."""

    study: str | None
    """Of the request's address, if it names one."""
    instances: list[tuple[Instance, int | None]] = field(default_factory=list)

    def add(self, instance: Instance, reason: int | None) -> None:
        """One was stored, or not for this reason."""
        self.instances.append((instance, reason))

    @property
    def stored(self) -> int:
        """How many were."""
        return sum(reason is None for _, reason in self.instances)

    @property
    def full(self) -> bool:
        """Whether some failed because there was no room: the same request may succeed later."""
        return any(reason == OUT_OF_RESOURCES for _, reason in self.instances)

    def status(self) -> HTTPStatus:
        """200 where all were stored, 202 where some were, 409 where none was (PS3.18, table 10.5.3-1)."""
        if self.stored == len(self.instances):
            return HTTPStatus.OK
        return HTTPStatus.ACCEPTED if self.stored else HTTPStatus.CONFLICT

    def module(self, urls: Mapping[Instance, str] = NOWHERE, study_url: str | None = None) -> dict[str, Any]:
        """The Store Instances Response Module in the DICOM JSON Model.

        Args:
            urls: where instances can be retrieved, those that can be.
            study_url: where the study can be that all that were stored are of, if it can.

        Source:
            PS3.18, table I.1-1. Retrieve URL is of type 2: empty where nothing can be retrieved.
        """
        answer = _retrieve_url(study_url)
        failed = [(instance, reason) for instance, reason in self.instances if reason is not None]
        sequences = {
            FAILED: [_item(instance) | _reason(reason) for instance, reason in failed if instance.named],
            STORED: [
                _item(instance) | _retrieve_url(urls.get(instance))
                for instance, reason in self.instances
                if reason is None
            ],
            OTHER: [_reason(reason) for instance, reason in failed if not instance.named],
        }
        return answer | {tag: {"vr": "SQ", "Value": items} for tag, items in sequences.items() if items}


def _item(instance: Instance) -> dict[str, Any]:
    uids = {"00081150": instance.sop_class_uid, "00081155": instance.sop_instance_uid}
    return {tag: {"vr": "UI", "Value": [uid]} if uid else {"vr": "UI"} for tag, uid in uids.items()}


def _retrieve_url(url: str | None) -> dict[str, Any]:
    return {"00081190": {"vr": "UR", "Value": [url]} if url else {"vr": "UR"}}


def _reason(reason: int) -> dict[str, Any]:
    return {"00081197": {"vr": "US", "Value": [reason]}}
