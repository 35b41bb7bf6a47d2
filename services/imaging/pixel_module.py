"""The attributes that tell how pixels are stored, completed where a header leaves them out or writes them oddly.

Source: PS3.3, C.7.6.3 (image pixel module).
"""

from pydicom import Dataset

from imaging.reading import number, word

COLOURS = {1: "MONOCHROME2", 3: "RGB"}
"""Samples of a pixel to the photometric interpretation that is meant where none is told."""


def mend(dataset: Dataset) -> None:
    """Have every attribute that pydicom needs; what is told and can be read stays."""
    if "PixelData" not in dataset:
        return
    samples = _whole(dataset, "SamplesPerPixel", 1)
    _whole(dataset, "PixelRepresentation", 0)
    dataset.PhotometricInterpretation = word(dataset, "PhotometricInterpretation") or COLOURS.get(samples, "RGB")
    allocated = _whole(dataset, "BitsAllocated", 16)
    if not 0 < _whole(dataset, "BitsStored", allocated) <= allocated:
        dataset.BitsStored = allocated
    if not dataset.BitsStored - 1 <= _whole(dataset, "HighBit", dataset.BitsStored - 1) < allocated:
        dataset.HighBit = dataset.BitsStored - 1
    if "NumberOfFrames" in dataset:
        _whole(dataset, "NumberOfFrames", 1)


def whole_words(dataset: Dataset) -> Dataset:
    """The same, but every allocated bit is told to be stored: pydicom thinks that the stored ones are the lowest.

    Older films have them elsewhere. Source: PS3.5, 8.1.1 of editions before 2014 (High Bit).
    """
    if dataset.HighBit == dataset.BitsStored - 1:
        return dataset
    same = Dataset()
    same.update(dataset)
    same.file_meta = dataset.file_meta
    same.set_original_encoding(*dataset.original_encoding)
    same.BitsStored, same.HighBit = dataset.BitsAllocated, dataset.BitsAllocated - 1
    return same


def _whole(dataset: Dataset, keyword: str, otherwise: int) -> int:
    """A whole number, which is in the data set afterwards."""
    found = number(dataset, keyword)
    value = otherwise if found is None else round(found)
    setattr(dataset, keyword, value)
    return value
