"""Whether low values are shown white, and whether a header contradicts itself about it."""

from pydicom import Dataset

from imaging.reading import word


def inverted(dataset: Dataset) -> bool:
    """Whether low values are shown white: by the presentation LUT shape where there is one, else by the photometry.

    A header that says both means it once. Of one that contradicts itself, what is more often right: that they are; the
    pixels decide then (gateway).

    Source: PS3.3, C.11.6.1.2 (INVERSE) and C.7.6.3.1.2 (MONOCHROME1).
    """
    return _photometry(dataset) == "MONOCHROME1" or _shape(dataset) == "INVERSE"


def contradictory(dataset: Dataset) -> bool:
    """Whether photometry and shape say different things.

    Source: PS3.3, C.8.11.3.1.1 and C.11.6.1.2: MONOCHROME1 goes with INVERSE, MONOCHROME2 with IDENTITY.
    """
    expected = {"MONOCHROME1": "INVERSE", "MONOCHROME2": "IDENTITY"}.get(_photometry(dataset))
    return _shape(dataset) in ("INVERSE", "IDENTITY") and expected not in (None, _shape(dataset))


def _shape(dataset: Dataset) -> str:
    return word(dataset, "PresentationLUTShape")


def _photometry(dataset: Dataset) -> str:
    return word(dataset, "PhotometricInterpretation")
