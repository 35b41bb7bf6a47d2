"""Readers' numbers against the models', of each problem that asks for one: bias and limits of agreement."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from review.insight.estimates import Draws, Estimate, Values
from review.insight.readings import Asked, first_readers, opinions_of, span
from review.measured import interval_of
from review.reading.standing import blind_readings, drawn, standing_opinions
from review.tables import Assessment, Film
from vocabulary.problems.known import NUMBERS

WITHIN = 1.96
"""Standard deviations from the bias to the limits, between which 95 of 100 differences lie if they are normal.

Source: Bland and Altman 1986."""


@dataclass(frozen=True)
class Against:
    """Readings of one kind, against the models' number of that moment; all in the problem's unit."""

    means: Values
    """Of the reader's number and the models', shape (n,)."""
    differences: Values
    """The reader's number less the models', shape (n,)."""
    bias: Estimate
    lower: Estimate
    upper: Estimate
    """Limits of agreement."""
    error: Estimate
    """Mean of the absolute differences."""
    within: Estimate
    """Share of readings whose number is within the models' interval."""


@dataclass(frozen=True)
class Numbers:
    """Of one problem."""

    problem: str
    against: dict[str, Against]
    """By gathered.KINDS: on the first reader of each film, as all of the page."""
    readers: list[tuple[str, dict[str, Against]]]
    """Reader's id to the same, with all that they read."""


def numbers(session: Session, asked: Asked) -> list[Numbers]:
    """Of each problem of which there is a film."""
    there = set(session.scalars(select(Film.problem).distinct()))
    problems = [name for name in NUMBERS if name in there]
    if not problems:
        return []
    readings = {"blind": _readings(session, asked, blind=True), "seen": _readings(session, asked, blind=False)}
    return [
        _of_problem(name, {kind: rows[rows["problem"] == name] for kind, rows in readings.items()}, asked)
        for name in problems
    ]


def against(rows: pd.DataFrame) -> Against:
    """Of readings, with the columns patient, value (the reader's), model, low and high."""
    reader, model = rows["value"].to_numpy(float), rows["model"].to_numpy(float)
    apart, draws = reader - model, Draws(rows["patient"].to_numpy())
    sums = np.column_stack([np.ones(len(apart)), apart, apart**2])
    held = (rows["low"].to_numpy(float) <= reader) & (reader <= rows["high"].to_numpy(float))
    return Against(
        (reader + model) / 2,
        apart,
        draws.estimate(sums, _bias),
        draws.estimate(sums, lambda each: _bias(each) - WITHIN * _deviation(each)),
        draws.estimate(sums, lambda each: _bias(each) + WITHIN * _deviation(each)),
        draws.mean(np.abs(apart)),
        draws.share(held),
    )


def _bias(sums: Values) -> Values:
    """Of sums of 1, x and x squared, shape (any, 3): the mean of x."""
    return np.asarray(sums[:, 1] / sums[:, 0])


def _deviation(sums: Values) -> Values:
    """The standard deviation of x, of such sums."""
    squares = sums[:, 2] - sums[:, 1] ** 2 / sums[:, 0]
    return np.asarray(np.sqrt(np.maximum(squares, 0) / (sums[:, 0] - 1)))


def _of_problem(name: str, readings: dict[str, pd.DataFrame], asked: Asked) -> Numbers:
    every = pd.concat(readings.values())["reader"].value_counts().index
    whole = {kind: rows if asked.reader else rows[rows["first"]] for kind, rows in readings.items()}
    return Numbers(
        name,
        {kind: against(rows) for kind, rows in whole.items()},
        [(str(id_), {kind: against(rows[rows["reader"] == id_]) for kind, rows in readings.items()}) for id_ in every],
    )


def _readings(session: Session, asked: Asked, blind: bool) -> pd.DataFrame:
    """Numbers that were asked for, one row a reader and film; blind: of films that chance had chosen for it."""
    given = opinions_of(session, blind_readings, drawn=drawn()) if blind else opinions_of(session, standing_opinions)
    given = given[given["drawn"]] if blind else given[~given["blind"]]
    given = given[given["value"].notna()]
    start, end = span(asked)
    given = given[given["at"].between(start, end, inclusive="left")]
    if asked.reader is not None:
        given = given[given["reader"] == asked.reader]
    given = given.merge(_measured(session), on=["film", "assessment"], how="inner")
    given["first"] = given["reader"] == given["film"].map(first_readers(session))
    return given


def _measured(session: Session) -> pd.DataFrame:
    """What the models measured: one row an answer."""
    query = select(Assessment.id, Film.id, Film.problem, Film.patient_id, Assessment.body)
    query = query.join(Film, Film.id == Assessment.film_id).where(Film.problem.in_(NUMBERS))
    rows = [
        (id_, film, problem, f"patient {patient}" if patient else f"film {film}", *found)
        for id_, film, problem, patient, body in session.connection().execute(query)
        if (found := interval_of(body)) is not None
    ]
    return pd.DataFrame(rows, columns=["assessment", "film", "problem", "patient", "model", "low", "high"])
