"""Instances of a STOW-RS request, and the answer that says what became of each (PS3.18, 10.5.3 and annex I.2)."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self

from pydicom import Dataset

from imaging.dicom import SOP_CLASSES
from imaging.part10 import read_header

NO_ROOM, NOT_SUPPORTED, MISMATCH, NOT_UNDERSTOOD = 0xA700, 0x0122, 0xA900, 0xC000
"""Failure reasons. Source: PS3.18, table I.2-2; PS3.4, table B.2-1."""

TOO_LARGE = NOT_UNDERSTOOD
"""No reason of its own in the standard."""

TAGS = ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID"]


@dataclass(frozen=True)
class Instance:
    """One part of the request; UIDs that cannot be read are empty."""

    part10: bytes
    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str

    @classmethod
    def of(cls, part10: bytes) -> Self:
        """The instance in a Part 10 file."""
        dataset = Dataset()
        try:
            dataset = read_header(part10)
        except Exception:  # noqa: S110 - hostile bytes fail in many ways, and all mean: not understood
            pass
        return cls(part10, *(str(dataset.get(tag) or "") for tag in TAGS))

    def failure(self, study: str | None) -> int | None:
        """Why it cannot be stored, before anybody is asked to; study is the one that the request is for."""
        if not (self.sop_class_uid and self.sop_instance_uid and self.study_instance_uid):
            return NOT_UNDERSTOOD
        if self.sop_class_uid not in SOP_CLASSES:
            return NOT_SUPPORTED
        return MISMATCH if study not in (None, self.study_instance_uid) else None


@dataclass
class Outcome:
    """What became of the request's instances."""

    study: str | None
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
        return any(reason == NO_ROOM for _, reason in self.instances)

    def status(self) -> HTTPStatus:
        """200 where all were stored, 202 where some were, 409 where none was (PS3.18, table 10.5.3-1)."""
        if self.stored == len(self.instances):
            return HTTPStatus.OK
        return HTTPStatus.ACCEPTED if self.stored else HTTPStatus.CONFLICT

    def body(self, base_url: str) -> str:
        """The Store Instances Response Module in the DICOM JSON model (PS3.18, table I.1-1)."""
        answer: dict[str, Any] = {}
        if self.study:
            answer["00081190"] = {"vr": "UR", "Value": [f"{base_url}dicomweb/studies/{self.study}"]}
        failed = [_item(instance) | _reason(reason) for instance, reason in self.instances if reason is not None]
        stored = [_item(instance) for instance, reason in self.instances if reason is None]
        if failed:
            answer["00081198"] = {"vr": "SQ", "Value": failed}
        if stored:
            answer["00081199"] = {"vr": "SQ", "Value": stored}
        return json.dumps(answer)


def _item(instance: Instance) -> dict[str, Any]:
    uids = {"00081150": instance.sop_class_uid, "00081155": instance.sop_instance_uid}
    return {tag: {"vr": "UI", "Value": [uid]} if uid else {"vr": "UI"} for tag, uid in uids.items()}


def _reason(reason: int) -> dict[str, Any]:
    return {"00081197": {"vr": "US", "Value": [reason]}}
