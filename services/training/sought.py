"""Which findings a classifier learns: ours, or those of whoever trains it, with what these are called."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import pandas as pd

from training.findings import TRAINED_FINDINGS
from vocabulary.conditions import CLASSES
from vocabulary.findings import Declared, FindingError, checked, declared

FILE = "findings.csv"
"""Beside an index: name, words and, where there is one, scheme and code of findings of one's own."""

COLUMNS = ("name", "words", "scheme", "code")


@dataclass(frozen=True)
class Sought:
    """Findings, in the order of their logits, which follow those of the classes."""

    names: tuple[str, ...] = TRAINED_FINDINGS
    declared: Mapping[str, Declared] = field(default_factory=dict)
    chosen: bool = False
    """Whether somebody named them: the labels of sources that we do not know are then lists of findings."""

    @property
    def outputs(self) -> int:
        """Logits of the classifier."""
        return len(CLASSES) + len(self.names)

    @property
    def told(self) -> list[dict[str, str]]:
        """As weights say it of themselves; of is the way back."""
        return [{"name": name} | (asdict(self.declared[name]) if name in self.declared else {}) for name in self.names]

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> Self:
        """Of weights or a checkpoint, by what they say of where they come from."""
        if "findings" not in about:
            return cls()
        own = {each["name"]: {k: v for k, v in each.items() if k != "name"} for each in about["findings"]}
        return cls(tuple(own), {name: Declared(**said) for name, said in own.items() if said}, True)

    def shared(self, other: Self) -> dict[int, int]:
        """Place among the logits to that of the same class or finding among the other's."""
        theirs = {name: at for at, name in enumerate((*CLASSES, *other.names))}
        return {at: theirs[name] for at, name in enumerate((*CLASSES, *self.names)) if name in theirs}


SHIPPED = Sought()
"""Those of the shipped weights."""


def chosen(names: Sequence[str], indexes: Sequence[Path]) -> Sought:
    """Findings that somebody names, with what is declared of them beside the indexes.

    Raises:
        FindingError: a name or a declaration cannot be.
    """
    known = checked(names)
    said: dict[str, Declared] = {}
    for folder in dict.fromkeys(index.parent for index in indexes):
        if (path := folder / FILE).exists():
            for name, each in _read(path).items():
                if said.setdefault(name, each) != each:
                    raise FindingError(f"{path}: the finding {name} is declared in another way beside another index")
    return Sought(known, {name: said[name] for name in known if name in said}, True)


def _read(path: Path) -> dict[str, Declared]:
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FindingError(f"{path}: not a CSV file: {error}") from error
    if missing := [name for name in COLUMNS[:2] if name not in table]:
        raise FindingError(f"{path}: there is no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    rows = [{name: str(row.get(name, "")).strip() for name in COLUMNS} for row in table.to_dict("records")]
    try:
        checked([row["name"] for row in rows])
        return {row["name"]: declared(**row) for row in rows}
    except FindingError as error:
        raise FindingError(f"{path}: {error}") from None
