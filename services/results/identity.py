"""Who made a result, and which it is: names, versions, and UIDs that are the same for the same film and models."""

import functools
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from pydicom import Dataset
from pydicom.uid import UID

from imaging.header import named_uid
from results.reading import Answered, Reading

MAKER, MODEL = "CXR Cascade", "CXR Cascade"
"""Manufacturer and ManufacturerModelName of everything that we write."""

RESEARCH = "AI result for research use. Not a medical device. The doctor has the last word."


@dataclass(frozen=True)
class Identity:
    """Of the results that one reading, or one notice, gives."""

    source: Dataset
    """Header of the film."""
    entropy: str
    """What makes this reading another one than the last: pixels and archives; or why there is none."""
    created: datetime
    """Every date and time in the results, so that they are the same whenever they are written."""

    @classmethod
    def of(cls, reading: Answered) -> "Identity":
        """The identity of a reading of a DICOM film."""
        assert reading.header is not None  # noqa: S101 - for the type checker: only DICOM films have DICOM results
        problem = reading.assessment.problem if isinstance(reading, Reading) else None
        failed = problem.code if problem else reading.assessment.outcome
        return cls(reading.header, reading.key or failed, reading.assessment.created)

    def uid(self, kind: str) -> UID:
        """For one kind of thing: an object, a series, a finding that is tracked.

        Source: PS3.5, B.2 (2.25. and a UUID; here one of version 5, made from a name).
        """
        return named_uid(f"{self.source.SOPInstanceUID} {self.entropy} {kind}")

    def stamp(self, dataset: Dataset, description: str) -> None:
        """Names, versions and times in an object; in place."""
        # In this machine's time zone, which has to be the hospital's: the film's own times are local too.
        date, time = self.created.astimezone().strftime("%Y%m%d %H%M%S.%f").split()
        dataset.SeriesDescription = description
        dataset.Manufacturer, dataset.ManufacturerModelName = MAKER, MODEL
        dataset.SoftwareVersions, dataset.DeviceSerialNumber = release(), "1"
        dataset.InstanceCreationDate = dataset.ContentDate = dataset.SeriesDate = date
        for equipment in dataset.get("ContributingEquipmentSequence") or []:
            equipment.ContributionDateTime = f"{date}{time}"
        dataset.InstanceCreationTime = dataset.ContentTime = dataset.SeriesTime = time


@functools.cache  # reading it takes 3 ms, and an object asks several times
def release() -> str:
    """Of the software around the models."""
    return version("cxr-cascade")


def series_number(offset: int) -> int:
    """Behind the film's own series, at a number that no modality uses."""
    return 9000 + offset


def algorithm(stage: str) -> str:
    """The name of a stage as an algorithm."""
    return f"{MAKER} {stage}"


@dataclass(frozen=True)
class Superseded:
    """An earlier report of the same film, in the same study."""

    sop_instance_uid: str
    series_instance_uid: str
