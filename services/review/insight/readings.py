"""What readers said, as tables: only what is counted is read from the database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Executable, Select, func, select
from sqlalchemy.orm import Session

from review.people import Reader
from review.reading.standing import blind_readings, drawn, standing_opinions, stood_by
from review.tables import Assessment, Film, Opinion
from vocabulary.conditions import CLASSES
from vocabulary.problems.chest import CHEST

PROBABILITIES = [f"p_{name}" for name in CLASSES]
"""Columns of the models' probabilities."""


@dataclass(frozen=True)
class Asked:
    """Which readings: given in a time, by a reader; None is all."""

    since: date | None = None
    until: date | None = None
    """The last day, included; days are UTC."""
    reader: str | None = None
    """Id."""


@dataclass(frozen=True)
class Readings:
    """All of them; the column asked says which count, the others are there to compare with."""

    asked: Asked
    blind: pd.DataFrame
    """One row a reader and film that was drawn by chance to be read blind: what they said before they saw the models'
    answer, even if they took it back later, since that came after the answer was shown. The column first: by the film's
    first reader. Films that were read blind because they are worth labelling are not here: those are the hard ones."""
    seen: pd.DataFrame
    """The same: what stands now, said after the answer was shown."""
    films: pd.DataFrame
    """One row a film; verdict is what the newest opinion of its refusal says of it."""
    names: dict[str, str]
    """Reader's id to name."""
    taken_back: int
    """Blind readings that were taken back."""

    @property
    def firsts(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Blind and seen, of those that were asked for, by the first reader of each film.

        Whoever reads second mostly gets films whose first reader disagreed with the models: counted with the rest,
        these would make the models look worse than they are.
        """
        blind, seen = (rows[rows["asked"] & rows["first"]] for rows in (self.blind, self.seen))
        return blind, seen


def read(session: Session, asked: Asked) -> Readings:
    """Read them."""
    films, names = _films(session), {id_: name for id_, name in session.execute(select(Reader.id, Reader.name))}
    stands = opinions_of(session, standing_opinions)
    blind = opinions_of(session, blind_readings, stood_by=stood_by(), drawn=drawn())
    blind = blind[blind["drawn"]].drop(columns="drawn")
    first_reader = first_readers(session)
    start, end = span(asked)
    mine = stands if asked.reader is None else stands[stands["reader"] == asked.reader]
    judged = mine.rename(columns={"judged": "refusal"}).sort_values("number")
    verdicts = judged[judged["refusal"].notna()].drop_duplicates(["film", "refusal"], keep="last")
    films = films.merge(verdicts[["film", "refusal", "verdict"]], on=["film", "refusal"], how="left")
    films["asked"] = films["arrived"].between(start, end, inclusive="left")
    rest = films[["film", "patient", "settled"]].merge(_assessments(session), on="film", how="left")

    def table(opinions: pd.DataFrame) -> pd.DataFrame:
        found = opinions[opinions["label"].notna()].merge(rest, on=["film", "assessment"], how="inner")
        found["first"] = found["reader"] == found["film"].map(first_reader)
        found["asked"] = found["at"].between(start, end, inclusive="left")
        if asked.reader is not None:
            found["asked"] &= found["reader"] == asked.reader
        found["week"] = found["at"].dt.tz_localize(None).dt.to_period("W-SUN").dt.start_time
        return found.sort_values("number").reset_index(drop=True)

    back = int((~blind["stood_by"]).sum())
    return Readings(asked, table(blind), table(stands[~stands["blind"]]), films, names, back)


def span(asked: Asked) -> tuple[pd.Timestamp, pd.Timestamp]:
    since, until = asked.since or date(1900, 1, 1), asked.until or date(2199, 12, 31)
    end = datetime.combine(until + timedelta(days=1), time(), UTC)
    return pd.Timestamp(datetime.combine(since, time(), UTC)), pd.Timestamp(end)


def _frame(session: Session, query: Executable, names: list[str]) -> pd.DataFrame:
    found = session.connection().execute(query).all()  # rows without objects of the ORM: twice as fast
    table = pd.DataFrame({name: [row[at] for row in found] for at, name in enumerate(names)}, columns=names)
    return table if found else table.astype(object)  # of no rows, the library takes numbers for granted


def _films(session: Session) -> pd.DataFrame:
    query = select(
        Film.id, Film.patient_id, Film.state, Film.label, Film.scanner, Film.refusal, Film.arrived
    ).where(Film.problem == CHEST.name)  # fmt: skip
    films = _frame(session, query, ["film", "patient", "state", "label", "scanner", "refusal", "arrived"])
    films["patient"] = np.where(films["patient"] == "", "film " + films["film"], "patient " + films["patient"])
    films["settled"] = films["label"].where(films["state"] == "settled")
    films["arrived"] = pd.to_datetime(films["arrived"], utc=True)
    return films


def first_readers(session: Session) -> "pd.Series[Any]":
    """Film's id to who said something of it first, even if they took it back."""
    first = select(func.min(Opinion.number)).group_by(Opinion.film_id)
    query = select(Opinion.film_id, Opinion.reader_id).where(Opinion.number.in_(first))
    return _frame(session, query, ["film", "reader"]).set_index("film")["reader"]


def opinions_of(session: Session, which: Callable[..., Select[Any]], **more: ColumnElement[bool]) -> pd.DataFrame:
    """Those that a rule of review.reading.standing selects, one row each; and more columns."""
    columns: dict[str, Any] = {
        "number": Opinion.number,
        "film": Opinion.film_id,
        "reader": Opinion.reader_id,
        "assessment": Opinion.assessment_id,
        "at": Opinion.at,
        "blind": Opinion.blind,
        "label": Opinion.label,
        "value": Opinion.value,
        "verdict": Opinion.refusal,
        "judged": Opinion.judged_refusal,
        "sureness": Opinion.sureness,
        "seconds": Opinion.seconds,
        "arbitration": Opinion.arbitration,
    } | more
    query = which(*columns.values()).order_by(Opinion.number)
    given = _frame(session, query, list(columns))
    given["at"] = pd.to_datetime(given["at"], utc=True)
    return given.astype({"blind": bool, "arbitration": bool, "seconds": float} | dict.fromkeys(more, bool))


def _assessments(session: Session) -> pd.DataFrame:
    """Those with a class; predicted is the most probable one."""
    query = select(
        Assessment.id,
        Assessment.film_id,
        Assessment.body["models"]["classifier"].as_string(),
        *(Assessment.body["classes"][name].as_float() for name in CLASSES),
    ).where(Assessment.outcome == "assessed")
    found = _frame(session, query, ["assessment", "film", "version", *PROBABILITIES])
    found = found.astype(dict.fromkeys(PROBABILITIES, float)).dropna(subset=PROBABILITIES)
    probable = found[PROBABILITIES].to_numpy().argmax(axis=1) if len(found) else []
    found["predicted"] = np.array(CLASSES, object)[np.asarray(probable, int)]
    return found
