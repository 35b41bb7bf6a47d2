"""Files that survive a crash: written whole and forced to the disk before anybody is told that they are there."""

from pathlib import Path

from auditing.disk import sync, write_whole


def make(folder: Path) -> Path:
    """A folder that only we can read, made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def write(path: Path, data: bytes) -> None:
    """Write a file so that it is either there whole or not at all."""
    write_whole(path, data)
    sync(path.parent)


def move(source: Path, target: Path) -> None:
    """Rename within one disk, and force the new name to the disk; the content has to be there already."""
    source.replace(target)
    sync(target.parent)
