"""The two sets of the National Library of Medicine: Montgomery (MCUCXR_0001_0.png) and Shenzhen (CHNCXR_0001_0.png).

A name's last figure is 1 for tuberculosis and 0 for none, so ClinicalReadings/ is not needed. All films are PA.

Source: Jaeger et al. 2014, Two public chest X-ray datasets; Shenzhen's masks, Stirenko et al. 2018.
"""

import re
from collections.abc import Callable
from pathlib import Path

from cxr.lungs import LUNG_CONVENTIONS
from training.layouts.listing import NOTHING, OTHER, Entry, LayoutError, Listing, images, root

LICENCE = "NLM, freely available; cite Jaeger et al. 2014 / Candemir et al. 2014"
FILMS = "CXR_png"
LABELS = {"0": ("normal", NOTHING), "1": ("tuberculosis", OTHER)}

Masks = Callable[[Path], tuple[Path, ...]]
"""The masks of a film."""


def montgomery(folder: Path) -> Listing:
    """Every film, with a mask of each lung.

    Raises:
        LayoutError: no films.
    """
    folder = root(folder, (FILMS,), ("MontgomerySet", "Montgomery/MontgomerySet"))
    return _films(folder, "montgomery", "NLM, Montgomery County X-ray Set", "MCUCXR", _both_lungs)


def shenzhen(folder: Path) -> Listing:
    """Every film, with its mask where mask/ has one.

    Raises:
        LayoutError: no films.
    """
    folder = root(folder, (FILMS,), ("ChinaSet_AllFiles", "ChinaSet_AllFiles/ChinaSet_AllFiles"))
    return _films(folder, "shenzhen", "NLM, Shenzhen Hospital X-ray Set", "CHNCXR", _one_mask)


def _both_lungs(film: Path) -> tuple[Path, ...]:
    masks = film.parent.parent / "ManualMask"
    both = masks / "leftMask" / film.name, masks / "rightMask" / film.name
    return both if all(mask.is_file() for mask in both) else ()


def _one_mask(film: Path) -> tuple[Path, ...]:
    mask = film.parent.parent / "mask" / f"{film.stem}_mask.png"
    return (mask,) if mask.is_file() else ()


def _films(folder: Path, dataset: str, repository: str, prefix: str, masks_of: Masks) -> Listing:
    listing = Listing(dataset, repository, LICENCE, LUNG_CONVENTIONS[0])
    for path in images(folder / FILMS):
        source = path.relative_to(folder).as_posix()
        if match := re.fullmatch(rf"{prefix}_\d+_([01])", path.stem):
            label, three_class = LABELS[match[1]]
            masks = masks_of(path)
            listing.entries.append(Entry(path, source, path.stem, label, three_class, "PA", masks=masks))
        else:
            listing.skip(source, f"not named {prefix}_number_0 or _1")
    if not listing.entries:
        raise LayoutError(f"{folder / FILMS}: expected films named {prefix}_0001_0.png and so on")
    return listing
