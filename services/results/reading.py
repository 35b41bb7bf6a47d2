"""What every result is written from.

Answered
├── Reading           classes, by the cascade
└── NumberReading     a number
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr.radiograph import Pixels
from results.errors import NotFoundError
from results.measured import Measured
from results.schema import Assessment, Result

if TYPE_CHECKING:
    from pydicom import Dataset  # the reading room gets along without it until a DICOM film comes


@dataclass(frozen=True)
class Reading:
    """One assessment, with all that belongs to it."""

    header: "Dataset | None"
    """Of the DICOM film, from imaging.header; None for a picture."""
    assessment: Assessment
    result: Result | None
    """What pictures are drawn from; None where the assessment failed."""
    film: Pixels | None
    """The pixels that were assessed, shape (rows, columns)."""
    key: str
    """Names the pixels and the archives that assessed them; empty where the assessment failed."""


@dataclass(frozen=True)
class NumberReading:
    """One film of which a number was asked, with all that belongs to it."""

    header: "Dataset | None"
    """As of a Reading."""
    assessment: Measured
    key: str
    """Names the pixels and the archive that measured them."""


Answered = Reading | NumberReading
"""What a gateway answers of a film."""


def of_classes(reading: Answered) -> Reading:
    """The reading of a film that the cascade has answered.

    Raises:
        NotFoundError: it was asked for a number, of which there are no pictures.
    """
    if isinstance(reading, NumberReading):
        raise NotFoundError("no pictures: the film was asked for a number")
    return reading
