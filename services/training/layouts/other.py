"""Images that are no chest films, for the discriminator: a folder with one sub-folder for each kind.

A kind is any word: photo, ct, document, knee-radiograph. Two have a meaning: ct and ct-64px, or photo and photo-32px,
show the same things, and other-radiograph, which may show a chest, is judged but not learned from.
"""

from pathlib import Path

from training.layouts.listing import Entry, LayoutError, Listing, images

LICENCE = "licence.txt"
"""A kind's licence, in one line; "none stated" where there is no such file."""


def read(folder: Path) -> Listing:
    """Every image of every kind.

    Raises:
        LayoutError: no kinds, or a kind that means a chest film.
    """
    listing = Listing("ood", f"folder {folder.name}", "none stated")
    folder = folder.resolve()
    kinds = sorted(path for path in folder.glob("*") if path.is_dir())
    for kind in kinds:
        if kind.name.startswith("cxr"):
            raise LayoutError(f"{kind}: kinds that begin with cxr are chest films; expected images of anything else")
        licence = (kind / LICENCE).read_text().strip() if (kind / LICENCE).is_file() else ""
        for path in images(kind, deep=True):
            source = path.relative_to(folder).as_posix()
            listing.entries.append(Entry(path, source, "", kind.name, kind=kind.name, licence=licence))
    if not listing.entries:
        raise LayoutError(f"{folder}: expected a sub-folder with images for each kind, such as photo/ or document/")
    return listing
