"""The queue of films that are worth labelling next: by uncertainty, disagreement and novelty, balanced by class."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sqlalchemy import false, select
from sqlalchemy.orm import Session

from review.languages.texts import gettext as _
from review.reading.label import disagree
from review.reading.standing import can_be_blind, hidden, read_by, standing_opinions
from review.tables import Assessment, Film, Opinion
from review.verdict import percent
from vocabulary.conditions import CLASSES
from vocabulary.problems.chest import CHEST

MAX_FILMS_LISTED = 50
"""Films on the page."""

FILMS_OF_DIFFERENT_PATIENTS = 20
"""First films of the queue, of which no two are of the same patient: such films are much alike."""

UNSURE, DISAGREE, NOVEL = 1.0, 0.5, 0.5
"""What each part, 0 to 1, counts for. Source: uncertainty is what most of active learning rests on (Settles 2009); that
the others are half of it is a judgement. How much the queue gains over chance, and when it gains nothing, is measured
in tests/unit/review/test_learning.py, on made-up data; what it brings on real films, nobody has measured."""

TOLD_UNSURE = 0.2
"""Difference of the two most probable classes below which the page says so."""

TOLD_NOVEL = 0.9
"""Share of the site's films that are better known, from which the page says so."""

HIDDEN = "hidden"
"""The group of the films whose class the reader must not learn, not even from the place in the queue."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """A film in the queue."""

    film_id: str
    score: float
    """Of no meaning but its order."""
    hidden: bool
    """The reader has to read it blind: reasons say nothing about it."""
    reasons: list[str]


@dataclass(frozen=True)
class Candidate:
    """A film that may come into it."""

    film_id: str
    patient: str
    group: str
    worth: Worth


def queue(session: Session, reader_id: str, limit: int, blind_first: bool = False) -> list[Worth]:
    """Assessed films that are not settled, and that the reader has no opinion of; those most worth labelling first.

    Args:
        limit: how many.
        blind_first: whether the reader reads blind whatever they can be the first to read blind. The classes are
            balanced all the same, but not in turn: a film's place would tell its class.
    """
    said = _said(session)
    candidates = _candidates(session, reader_id, said, blind_first)
    listed = [each.worth for each in _balanced(candidates, _rarest_first(candidates, said.values()), limit)]
    return _by_score(listed) if blind_first else listed


def _by_score(listed: list[Worth]) -> list[Worth]:
    """The same films; the first ones, of which no two are of the same patient, stay the first ones."""
    parts = listed[:FILMS_OF_DIFFERENT_PATIENTS], listed[FILMS_OF_DIFFERENT_PATIENTS:]
    return [each for part in parts for each in sorted(part, key=lambda one: (-one.score, one.film_id))]


def _said(session: Session) -> dict[str, list[Any]]:
    """Film's id to the opinions of it that stand: rows with label, and agrees with the models."""
    found: dict[str, list[Any]] = defaultdict(list)
    query = standing_opinions(Opinion.film_id, Opinion.label, Opinion.agrees)
    for row in session.connection().execute(query):
        found[row.film_id].append(row)
    return found


def _rarest_first(candidates: list[Candidate], said: Iterable[list[Any]]) -> list[str]:
    """The groups of the queue: classes by how many films readers have called so; then the hidden ones.

    A newer gateway may have classes that we do not know.
    """
    called = Counter(label for opinions in said for label in {each.label for each in opinions})
    classes = dict.fromkeys([*CLASSES, *(each.group for each in candidates if each.group != HIDDEN)])
    return [*sorted(classes, key=lambda name: called[name]), HIDDEN]


def _candidates(session: Session, reader_id: str, said: dict[str, list[Any]], blind_first: bool) -> list[Candidate]:
    columns = (Film.id, Film.patient_id, Film.digest, Film.state, Film.predicted_class, Film.nearness, Film.dismissed)
    fresh = can_be_blind(reader_id) if blind_first else false()
    mine = hidden(reader_id).label("hidden"), read_by(reader_id).label("read_by_me"), fresh.label("fresh")
    probabilities = [Assessment.body["classes"][name].as_float() for name in CLASSES]
    query = select(*columns, *mine, *probabilities).join(Assessment, Assessment.id == Film.assessment_id)
    query = query.where(Film.outcome == "assessed", Film.problem == CHEST.name, Film.forgotten.is_(None))
    query = query.order_by(Film.id)
    rows = session.connection().execute(query).all()
    novelty = _novelty(np.array([row.nearness for row in rows], np.float64))
    return [
        _candidate(row, how_novel, said.get(row.id, []))
        for row, how_novel in zip(rows, novelty.tolist(), strict=True)
        if row.state != "settled" and not row.dismissed and not row.read_by_me and None not in row[-len(CLASSES) :]
    ]


def _novelty(nearness: Values) -> Values:
    """The share of the site's films that are nearer to what the models know, 0 to 1; 0 where that is not known."""
    known = np.isfinite(nearness)
    found = np.zeros(len(nearness))
    if known.sum() > 1:
        found[known] = (rankdata(-nearness[known], "min") - 1) / (known.sum() - 1)
    return found


def _candidate(row: Any, novelty: float, said: list[Any]) -> Candidate:
    probabilities = np.array(row[-len(CLASSES) :], np.float64)
    entropy = float(-(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum() / np.log(len(CLASSES)))
    readers = disagree(said)
    models = any(each.agrees is False for each in said)
    disagreement = 1.0 if readers else 0.5 if models else 0.0
    score = UNSURE * entropy + DISAGREE * disagreement + NOVEL * novelty
    blind = bool(row.hidden or row.fresh)
    reasons = [_("worth reading")] if blind else _reasons(probabilities, readers, models, novelty)
    return Candidate(
        row.id,
        f"patient {row.patient_id}" if row.patient_id else f"picture {row.digest}",
        HIDDEN if row.hidden else row.predicted_class,
        Worth(row.id, score, blind, reasons),
    )


def _reasons(probabilities: Values, readers: bool, models: bool, novelty: float) -> list[str]:
    """In words; the class that is meant is on the film's page."""
    second, first = np.sort(probabilities)[-2:]
    reasons = []
    if first - second < TOLD_UNSURE:
        reasons.append(_("unsure: %(first)s against %(second)s", first=percent(first), second=percent(second)))
    if readers:
        reasons.append(_("readers disagree"))
    elif models:
        reasons.append(_("a reader disagrees with the models"))
    if novelty >= TOLD_NOVEL:
        reasons.append(_("unlike known films"))
    return reasons or [_("for the balance of classes")]


def _balanced(candidates: Iterable[Candidate], groups: list[str], limit: int) -> list[Candidate]:
    """The best of each group in turn, so that the queue has as many of each as there are; the rarest label first."""
    waiting: dict[str, list[Candidate]] = {group: [] for group in groups}
    for each in sorted(candidates, key=lambda each: (each.worth.score, each.film_id)):
        waiting[each.group].append(each)
    chosen: list[Candidate] = []
    patients: set[str] = set()
    while len(chosen) < limit and any(waiting.values()):
        before = len(chosen)
        for group in groups:
            apart = patients if len(chosen) < FILMS_OF_DIFFERENT_PATIENTS else set()
            if len(chosen) < limit and (best := _next(waiting[group], apart)):
                chosen.append(best)
                patients.add(best.patient)
        if len(chosen) == before:  # only patients that are there already: no reason to show fewer films
            patients = set()
    return chosen


def _next(waiting: list[Candidate], patients: set[str]) -> Candidate | None:
    """Take the best one, which is last, of no patient that was chosen before."""
    for at in range(len(waiting) - 1, -1, -1):
        if waiting[at].patient not in patients:
            return waiting.pop(at)
    return None
