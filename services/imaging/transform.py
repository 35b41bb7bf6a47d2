"""What each stored value is shown as: modality LUT, VOI LUT or window, presentation LUT.

Source: PS3.4, N.2 (the order).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import DigitalXRayImageStorageForProcessing

from cxr.radiograph import Pixels, to_display
from imaging.contrast import BY_PERCENTILES, Counts, by_percentiles, instead, readable
from imaging.polarity import inverted
from imaging.reading import number, word

NARROWEST = {"LINEAR": 1.0, "LINEAR_EXACT": 1e-9, "SIGMOID": 1e-9}
"""VOILUTFunction to the least width. Source: PS3.3, C.11.2.1.2.1 (1) and C.11.2.1.3 (more than 0)."""

Values = NDArray[np.generic]


@dataclass(frozen=True)
class Window:
    """Values of interest, which of them are black and white, and the transform's name."""

    values: Values
    black: float
    white: float
    name: str


@dataclass(frozen=True)
class Shown:
    """The grey of each stored value, and how it came about."""

    greys: Pixels
    name: str
    replaced: str = ""
    """The transform that would have shown the film so that nobody could read it; empty where it was used."""


def shown(axis: NDArray[np.int64], counts: Counts, dataset: Dataset) -> Shown:
    """Transform the stored values that occur.

    Args:
        axis: the values, ascending.
        counts: how many pixels have each, without padding.
        dataset: whose header tells the transform.

    Raises:
        UniformPixelsError: all pixels are shown alike, whatever is tried.
    """
    values = _rescaled(axis, dataset)
    found = _voi_lut(values, dataset) or _windowed(values, dataset)
    if found is None and dataset.get("SOPClassUID") == DigitalXRayImageStorageForProcessing:
        return _raw(values, counts, dataset)
    used = values[counts > 0]
    window = found or Window(values, float(used.min()), float(used.max()), "full range")
    made = _shown_by(window, values, counts)
    return Shown(255 - made.greys, f"{made.name}, inverted", made.replaced) if inverted(dataset) else made


def _shown_by(window: Window, values: Values, counts: Counts) -> Shown:
    """Through the window where the film can be read so, else by its own values."""
    if window.white > window.black:
        greys = to_display(window.values, window.black, window.white)
        if readable(greys, counts):
            return Shown(greys, window.name)
    greys = by_percentiles(values, counts)
    if _falls(window.values, values, counts):
        greys = 255 - greys
    return Shown(greys, instead(window.name), window.name)


def _falls(after: Values, before: Values, counts: Counts) -> bool:
    """Whether a transform shows higher values darker, as a table may."""
    weights, x, y = counts.astype(np.float64), before.astype(np.float64), after.astype(np.float64)
    mean_x, mean_y = np.average(x, weights=weights), np.average(y, weights=weights)
    return bool((weights * (x - mean_x) * (y - mean_y)).sum() < 0)


def _rescaled(axis: NDArray[np.int64], dataset: Dataset) -> Values:
    """Through the modality LUT, or slope and intercept; a film that has neither, or unusable ones, has none."""
    if (table := _table(dataset, "ModalityLUTSequence")) is not None:
        return table.of(axis)
    slope, intercept = number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")
    if slope is None or intercept is None or slope == 0:
        return axis
    return axis * slope + intercept


def _voi_lut(values: Values, dataset: Dataset) -> Window | None:
    """Through the first VOI LUT, where there is a usable one."""
    table = _table(dataset, "VOILUTSequence")
    return None if table is None else Window(table.of(values), 0.0, table.white, "VOI LUT")


@dataclass(frozen=True)
class Table:
    """A look-up table."""

    entries: NDArray[np.int64]
    first: int
    """The value that the first entry is for; lower ones have it too, and higher ones than the last's, the last."""
    bits: int
    """Of an entry, as told."""

    def of(self, values: Values) -> NDArray[np.int64]:
        """What it makes of values."""
        last = self.first + len(self.entries) - 1
        return self.entries[np.clip(np.rint(values), self.first, last).astype(np.int64) - self.first]

    @property
    def white(self) -> float:
        """The entry that is white: the largest one that the bits can hold.

        Devices tell 16 bits of tables of 12, and 8 of words. So it is the largest that there is where that is above
        what was told, or not even half of it.
        """
        largest, told = int(self.entries.max()), 2**self.bits - 1 if 0 < self.bits <= 16 else 0
        return float(told if told / 2 < largest <= told else largest)


def _table(dataset: Dataset, keyword: str) -> Table | None:
    """The first table of a sequence, where it is as long as it says.

    Source: PS3.3, C.11.1.1.1 and C.11.2.1.1 (entries, where 0 is 65,536; first value; bits of an entry).
    """
    try:
        if not dataset.get(keyword):
            return None
        item = dataset[keyword].value[0]
        count, first, bits = (int(each) for each in item.LUTDescriptor)
        return Table(_entries(item, count or 65536, dataset.file_meta.TransferSyntaxUID.is_little_endian), first, bits)
    except Exception:  # pydicom raises all kinds for a descriptor or data that are missing, too short, or no numbers
        return None


def _entries(item: Dataset, entries: int, little: bool) -> NDArray[np.int64]:
    """The table's entries; bytes where there are not enough for words. Raises ValueError where there are too few."""
    data = item.LUTData
    if not isinstance(data, bytes):
        found = np.asarray(data, np.int64).ravel() & 0xFFFF
    elif len(data) >= 2 * entries:
        found = np.frombuffer(data[: len(data) // 2 * 2], "<u2" if little else ">u2").astype(np.int64)
    else:
        found = np.frombuffer(data, np.uint8).astype(np.int64)
    if len(found) < entries:
        raise ValueError("the table ends early")
    return found[:entries]


def _windowed(values: Values, dataset: Dataset) -> Window | None:
    """Through the first window, where there is a usable one: it is the one that the modality prefers.

    Source: PS3.3, C.11.2.1.2 and C.11.2.1.3, with an output range from 0 to 1.
    """
    center, width = number(dataset, "WindowCenter"), number(dataset, "WindowWidth")
    function = word(dataset, "VOILUTFunction") or "LINEAR"
    if center is None or width is None or width < NARROWEST.get(function, np.inf):
        return None
    x = values.astype(np.float64)
    if function == "SIGMOID":
        y = 1 / (1 + np.exp(np.clip(-4 * (x - center) / width, -700, 700)))
    elif function == "LINEAR_EXACT":
        y = (x - center) / width + 0.5
    else:
        y = (x - (center - 0.5)) / max(width - 1, 1e-9) + 0.5
    return Window(y, 0.0, 1.0, f"window {center:g}/{width:g} {function.lower()}")


def _raw(values: Values, counts: Counts, dataset: Dataset) -> Shown:
    """Detector values for processing: their logarithm where they are linear in dose, and more dose shown darker.

    Source: PS3.3, C.8.11.3.1.2 (pixel intensity relationship and its sign: 1, more dose has higher values).
    """
    name, dose = "for processing", values.astype(np.float64)
    if word(dataset, "PixelIntensityRelationship") == "LIN":
        dose, name = np.log1p(dose - dose.min()), "for processing, logarithm"
    greys, name = by_percentiles(dose, counts), f"{name}, {BY_PERCENTILES}"
    sign = number(dataset, "PixelIntensityRelationshipSign")
    darker = sign == 1 if sign in (1, -1) else inverted(dataset)
    return Shown(255 - greys, f"{name}, inverted") if darker else Shown(greys, name)
