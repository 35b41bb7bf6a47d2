"""Kermany's chest_xray: {train,val,test}/{NORMAL,PNEUMONIA}/*.jpeg, children of 1 to 5 years.

The published split is not used. Its val holds sixteen films, and its numbers of persons begin anew in test, so that
nobody can tell whether a person of test is one of train; films with one number stay together here.

Source: Kermany et al., Cell 2018; Mendeley Data rscbjbr9sj, of which one version names films person1_virus_6 or
IM-0115-0001, another VIRUS-1008087-0001. Its lung masks (V7) are a data set of their own, which is not read.
"""

import re
from pathlib import Path

from training.layouts.listing import INTERSTITIAL, NOTHING, OTHER, Entry, LayoutError, Listing, images, root

SPLITS = ("train", "val", "test")
LICENCE = "CC BY 4.0 (Kermany et al. 2018, Mendeley Data rscbjbr9sj)"
CLASSES = {
    "virus": ("viral pneumonia", INTERSTITIAL),
    "bacteria": ("bacterial pneumonia", OTHER),
    "normal": ("normal", NOTHING),
}
"""Label and class of the word that a film's name has, or of normal."""

NAMES = (
    (re.compile(r"person(?P<number>\d+)_(?P<word>virus|bacteria)_\d+"), "kermany-p"),
    (re.compile(r"NORMAL2-IM-(?P<number>\d+)-"), "kermany-n2-"),
    (re.compile(r"IM-(?P<number>\d+)-"), "kermany-n-"),
    (re.compile(r"(?P<word>VIRUS|BACTERIA|NORMAL)-(?P<number>\d+)-\d+"), "kermany-"),
)
"""How films are named, and what to put before the number to make a patient of it."""


def read(folder: Path) -> Listing:
    """Every film whose name tells its patient and its class.

    Raises:
        LayoutError: none of the folders is there, or no such film in them.
    """
    listing = Listing("kermany", "Mendeley Data, rscbjbr9sj", LICENCE)
    folder = root(folder, SPLITS, ("chest_xray", "CellData/chest_xray"))
    for place in (folder / split / name for split in SPLITS for name in ("NORMAL", "PNEUMONIA")):
        for path in images(place):
            source = path.relative_to(folder).as_posix()
            patient, word = named(path.name)
            if not patient or (word == "normal") != (place.name == "NORMAL"):
                listing.skip(source, "a name that tells no patient, or another class than its folder")
                continue
            label, three_class = CLASSES[word]
            listing.entries.append(Entry(path, source, patient, label, three_class, "AP"))
    if not listing.entries:
        raise LayoutError(f"{folder}: expected films such as train/NORMAL/IM-0115-0001.jpeg")
    return listing


def named(name: str) -> tuple[str, str]:
    """The patient and one of the words of CLASSES that a film's name tells; both empty if it does not."""
    for pattern, prefix in NAMES:
        if match := pattern.match(name):
            return f"{prefix}{match['number']}", match.groupdict().get("word", "normal").lower()
    return "", ""
