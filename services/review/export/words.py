"""What a table of an export is made of."""

import csv
from collections.abc import Sequence
from pathlib import Path

Row = dict[str, str]


def inert(text: str) -> str:
    """Text that a spreadsheet takes for text, and not for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def write_table(path: Path, columns: Sequence[str], rows: list[Row]) -> None:
    """As a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
