"""Films with what readers say of them, in the form that training reads, without who patients and readers are."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from erasure.sealed.vault import Vault
from review.export import exported
from review.export.numbers import NumberTables
from review.export.precision import precisions_of
from review.export.pseudonyms import Pseudonyms
from review.export.rows import INDEX, OPINION, Names, index_row, opinion_row
from review.export.said import Choice, Labelled, labelled, said
from review.export.summary import Summary
from review.export.whole import whole
from review.export.words import Row, write_table
from review.tables import Film
from vocabulary.problems.known import NUMBERS

BURNED_IN = "00280301"
"""BurnedInAnnotation. Source: DICOM PS3.3, C.7.6.1."""

FILMS_BETWEEN_REPORTS = 100
"""Films after which progress is told."""


def export(
    session: Session,
    pictures: Path,
    out: Path,
    choice: Choice | None = None,
    tell: Callable[[int], None] = lambda _: None,
    vault: Vault | None = None,
) -> Summary:
    """Write films/, masks/, index.csv, opinions.csv, shapes.json and about.txt: all of them, or nothing.

    Of each problem that asks for a number, and of which there is one, NAME.csv and NAME-opinions.csv.

    Args:
        pictures: where films' pictures are kept; the pseudonyms' key is in the folder around it.
        out: the folder to make.
        choice: what; everything but comments and burned-in text unless given.
        tell: called with the number of films written so far.
        vault: decrypts pictures; without one, they are in clear.

    Raises:
        InvalidError: out is there already, no such reader, or the key is damaged.
        WriteError: the disk is full, or the like.
    """
    choice = choice or Choice()
    summary = Summary(out, choice.comments)
    opinions = said(session, choice)
    with whole(out) as folder:
        names = Names(Pseudonyms.kept(pictures.parent))
        precisions = {problem: precisions_of(session, problem) for problem in NUMBERS}
        Writer(folder, pictures, names, choice, summary, vault or Vault(), precisions).write(
            _films(session, opinions), opinions, tell
        )
        (folder / "about.txt").write_text(f"{summary}\n", encoding="utf-8")
    return summary


class Writer:
    """Writes an export into a folder."""

    def __init__(
        self,
        folder: Path,
        pictures: Path,
        names: Names,
        choice: Choice,
        summary: Summary,
        vault: Vault,
        precisions: dict[str, dict[str, float]],
    ) -> None:
        self._folder, self._pictures, self._names = folder, pictures, names
        self._choice, self._summary, self._vault = choice, summary, vault
        self._index: list[Row] = []
        self._opinions: list[Row] = []
        self._shapes: dict[str, list[dict[str, Any]]] = {}
        self._numbers = NumberTables(names, choice, summary, precisions)

    def write(self, films: Iterable[Film], opinions: dict[str, list[Any]], tell: Callable[[int], None]) -> None:
        """All of it."""
        for name in ("films", "masks"):
            (self._folder / name).mkdir()
        for film in films:
            if why := self._film(film, opinions[film.id]):
                self._summary.left_out[why] += 1
            elif len(self._index) % FILMS_BETWEEN_REPORTS == 0:
                tell(len(self._index))
        write_table(self._folder / "index.csv", INDEX, self._index)
        columns = [*OPINION, *(["comment"] if self._choice.comments else [])]
        write_table(self._folder / "opinions.csv", columns, self._opinions)
        self._numbers.write(self._folder)
        (self._folder / "shapes.json").write_text(json.dumps(self._shapes, indent=1, sort_keys=True) + "\n")
        self._summary.opinions = len(self._opinions)

    def _film(self, film: Film, opinions: list[Any]) -> str:
        """Write a film; why it is left out, or nothing."""
        burned_in = _burned_in(film)
        if burned_in == "YES" and not self._choice.burned_in:
            return "text is burned into the pixels (--burned-in)"
        why = self._number(film, opinions) if film.problem in NUMBERS else self._classes(film, opinions)
        self._summary.unstated += not why and self._choice.pictures and burned_in == ""
        return why

    def _classes(self, film: Film, opinions: list[Any]) -> str:
        """The same of a film of which classes are asked."""
        found = labelled(film, opinions, self._choice)
        if isinstance(found, str):
            return found
        if not self._choice.pictures:
            self._tell(film, found, opinions, masked=False)
            return ""
        pixels, by = self._read(film)
        if isinstance(pixels, str):
            return pixels
        self._keep(film, found, opinions, pixels, by)
        return ""

    def _number(self, film: Film, opinions: list[Any]) -> str:
        """The same of a film of which a number is asked."""
        why = self._numbers.left_out(film, opinions)
        if not why and self._choice.pictures:
            pixels, _ = self._read(film)
            if isinstance(pixels, str):
                return pixels
            exported.write(self._folder / "films" / f"{self._names.film(film)}.png", pixels)
        if not why:
            self._numbers.add(film, opinions)
        return why

    def _read(self, film: Film) -> tuple[exported.Pixels | str, float]:
        """The film's pixels as they are exported, or why they cannot be; and what its sides were multiplied by."""
        shape = (film.rows, film.columns)
        pixels = exported.read(self._pictures / film.id / "radiograph.png", shape, self._vault)
        by = exported.scale(shape, self._choice.longest)
        return (pixels if isinstance(pixels, str) else exported.resized(pixels, by)), by

    def _keep(self, film: Film, found: Labelled, opinions: list[Any], pixels: exported.Pixels, by: float) -> None:
        name = f"{self._names.film(film)}.png"
        exported.write(self._folder / "films" / name, pixels)
        mask = exported.lungs(opinions, (pixels.shape[0], pixels.shape[1]), by)
        if mask is not None:
            exported.write(self._folder / "masks" / name, mask)
        self._tell(film, found, opinions, mask is not None)
        self._summary.masks += mask is not None
        drawings = [
            {"reader": self._names.reader(each.reader_id)} | drawing
            for each in opinions
            for drawing in exported.drawn(each, by)
        ]
        if drawings:
            self._shapes[f"films/{name}"] = drawings
        self._summary.drawings += len(drawings)

    def _tell(self, film: Film, found: Labelled, opinions: list[Any], masked: bool) -> None:
        """The rows of both tables."""
        self._index.append(index_row(film, found, masked, self._names))
        self._opinions += [opinion_row(film, each, self._names, self._choice.comments) for each in opinions]
        if found.label is None:
            self._summary.disputed += 1
        else:
            self._summary.labels[found.label] += 1


def _films(session: Session, opinions: dict[str, list[Any]]) -> Iterable[Film]:
    """Those that anybody has said anything of; in an order that tells nothing of when they came."""
    there = select(Film).where(Film.forgotten.is_(None)).order_by(Film.digest)
    films = session.scalars(there.execution_options(yield_per=500))
    return (film for film in films if film.id in opinions)


def _burned_in(film: Film) -> str:
    values = film.header.get(BURNED_IN, {}).get("Value") or [""]
    return str(values[0]).upper()
