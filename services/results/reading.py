"""What every result is written from."""

from dataclasses import dataclass

from pydicom import Dataset

from cxr.radiograph import Pixels
from results.schema import Assessment, Result


@dataclass(frozen=True)
class Reading:
    """One assessment, with all that belongs to it."""

    header: Dataset | None
    """Of the DICOM film, from imaging.header; None for a picture."""
    assessment: Assessment
    result: Result | None
    """What pictures are drawn from; None where the assessment failed."""
    film: Pixels | None
    """The pixels that were assessed, shape (rows, columns)."""
    key: str
    """Names the pixels and the archives that assessed them; empty where the assessment failed."""
