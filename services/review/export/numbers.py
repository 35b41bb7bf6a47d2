"""Rows of an export for problems that ask for a number: an index that training reads, and every opinion beside it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from review.export.patients import patient_row
from review.export.precision import Merged, merged
from review.export.rows import LICENCE, Names
from review.export.said import Choice, influence
from review.export.summary import Summary
from review.export.words import Row, inert, write_table
from review.measured import PLACES, interval_of, number_of
from review.reading.label import decide
from review.tables import Film
from vocabulary.films import split
from vocabulary.problems.known import NUMBERS

MORE = ("patient_id", "dataset", "readers", "merged", "blind", "drawn", "settled", "licence")
"""Columns beside those that the problem's declaration names."""

OPINION = (
    *("image", "reader", "value", "unit", "blind", "influence", "seconds", "sureness", "arbitration"),
    *("ai_value", "ai_low", "ai_high", "within", "model", "given"),
)
"""Columns of a problem's opinions. The models' numbers are of the answer of that moment, shown or not."""


def index_columns(problem: str) -> tuple[str, ...]:
    """Of a problem's index: those of its declaration first."""
    own = NUMBERS[problem].columns
    return tuple(filter(None, (own.image, own.truth, own.group, own.split, *MORE)))


class NumberTables:
    """Those of all such problems of an export."""

    def __init__(
        self, names: Names, choice: Choice, summary: Summary, precisions: Mapping[str, Mapping[str, float]]
    ) -> None:
        """Empty ones.

        Args:
            names: what stands for films, patients and readers.
            choice: what is exported.
            summary: is told what there is.
            precisions: problem to precision.precisions_of.
        """
        self._names, self._choice, self._summary, self._precisions = names, choice, summary, precisions
        self._rows: dict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
        """Problem to the rows of its index and of its opinions."""

    def left_out(self, film: Film, opinions: Sequence[Any]) -> str:
        """Why a film is left out, or nothing."""
        if self._choice.settled_only and film.state != "settled":
            return "not settled"
        if decide(opinions, number_of(film.problem)).how == "disputed":
            return "readers disagree on the number"
        return "" if any(each.value is not None for each in opinions) else "no number"

    def add(self, film: Film, opinions: Sequence[Any]) -> None:
        """A film that is not left out."""
        said = [each for each in opinions if each.value is not None]
        found = merged(said, self._precisions.get(film.problem, {}))
        index, rows = self._rows[film.problem]
        index.append(index_row(film, found, said, self._names))
        rows += [opinion_row(film, each, self._names, self._choice.comments) for each in said]
        self._summary.numbers[film.problem] += 1
        self._summary.merged[found.how] += 1

    def write(self, folder: Path) -> None:
        """NAME.csv and NAME-opinions.csv of each problem of which there is anything."""
        columns = (*OPINION, *(["comment"] if self._choice.comments else []))
        for problem, (index, said) in self._rows.items():
            write_table(folder / f"{problem}.csv", index_columns(problem), index)
            write_table(folder / f"{problem}-opinions.csv", columns, said)


def index_row(film: Film, found: Merged, said: Sequence[Any], names: Names) -> Row:
    """The film's row of its problem's index."""
    own, patient = NUMBERS[film.problem].columns, names.patient(film)
    known = patient_row(film)
    row = {
        own.image: f"films/{names.film(film)}.png",
        own.truth: f"{found.value:.{PLACES + 1}f}",
        own.split: split(patient),
        "patient_id": patient,
        "dataset": names.dataset(film),
        "readers": str(found.readers),
        "merged": found.how,
        "blind": _told(all(each.blind for each in said)),
        "drawn": _told(film.blind),
        "settled": _told(film.state == "settled"),
        "licence": LICENCE,
    }
    return row | ({own.group: known.get(own.group, "")} if own.group else {})


def opinion_row(film: Film, opinion: Any, names: Names, comments: bool) -> Row:
    """An opinion's row."""
    number, models = number_of(film.problem), opinion.models if isinstance(opinion.models, dict) else {}
    measured = interval_of({"asked": film.problem, "value": opinion.measured})
    row = {
        "image": f"films/{names.film(film)}.png",
        "reader": names.reader(opinion.reader_id),
        "value": f"{opinion.value:.{PLACES}f}",
        "unit": number.unit if number else "",
        "blind": _told(opinion.blind),
        "influence": influence(opinion),
        "seconds": f"{opinion.seconds:.1f}",
        "sureness": opinion.sureness or "",
        "arbitration": _told(opinion.arbitration),
        "within": "" if opinion.agrees is None else _told(opinion.agrees),
        "model": inert(str(models.get(film.problem) or "")),
        "given": f"{opinion.at:%Y-%m}",
    }
    ends = zip(("ai_value", "ai_low", "ai_high"), measured or ("", "", ""), strict=True)
    row |= {name: f"{each:.{PLACES}f}" if measured else "" for name, each in ends}
    return row | ({"comment": inert(opinion.comment)} if comments else {})


def _told(value: bool) -> str:
    return str(bool(value)).lower()
