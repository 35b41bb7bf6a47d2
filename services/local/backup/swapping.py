"""Putting files and folders in the place of others, which are kept under another name."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Swap:
    """One of them."""

    new: Path
    """On the same disk as target."""
    target: Path
    beside: tuple[Path, ...] = ()
    """What belongs to what is there now, and goes with it: a database's journals."""


def aside(path: Path, moment: str) -> Path:
    """The name under which something is kept."""
    return path.with_name(f"{path.name}.before-{moment}")


def swap(swaps: Iterable[Swap], moment: str) -> list[Path]:
    """All of them or none; where what was there is now. Raises OSError, after everything is where it was."""
    done: list[tuple[Path, Path]] = []
    kept = []
    try:
        for each in swaps:
            for path in (each.target, *each.beside):
                if path.exists():
                    _rename(path, aside(path, moment), done)
                    kept.append(aside(path, moment))
            each.target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _rename(each.new, each.target, done)
    except OSError:
        for before, after in reversed(done):
            after.rename(before)
        raise
    return kept


def _rename(before: Path, after: Path, done: list[tuple[Path, Path]]) -> None:
    before.rename(after)
    done.append((before, after))
