"""Which of all opinions are exported, and what follows from them for a film."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from review.errors import InvalidError
from review.people import Reader
from review.reading.label import decide
from review.reading.standing import blind_readings, standing_opinions, stood_by
from review.tables import Assessment, Film, Opinion
from vocabulary import sureness
from vocabulary.sureness import SURENESS, Sureness

INFORMED_WEIGHT = 0.7
"""Times what a label weighs by sureness, where the reader had seen the models' answer and agreed: some of it is the
models' own opinion."""

TURNED = ("rotated", "lateral_view", "inverted")
"""Refusals that say how a film lies, and not whether it is one."""


@dataclass(frozen=True)
class Choice:
    """What is exported."""

    since: date | None = None
    """Opinions given on that day (UTC) or later."""
    blind_only: bool = False
    """Only what was said before the models' answer was shown."""
    settled_only: bool = False
    """Only films that readers have settled on."""
    reader: str | None = None
    """Only this reader's, by log-in name."""
    min_sureness: Sureness | None = None
    """Only this sure or surer; an opinion that does not say how sure it is counts as less."""
    burned_in: bool = False
    """Films, too, whose header says that text is burned into the pixels."""
    comments: bool = False
    """With comments: free text, in which patients may be named."""
    longest: int | None = None
    """Pixels of the longer side; None keeps the size."""
    pictures: bool = True
    """With films and masks; without, the tables alone."""


@dataclass(frozen=True)
class Labelled:
    """What a film is exported as."""

    opinion: Any
    """The row of the opinion that says it; None where readers disagree."""
    label: str | None
    """None where readers disagree: all of them are in opinions.csv, to learn from."""
    kind: str
    view: str
    weight: float
    """0 where readers disagree."""


def said(session: Session, choice: Choice) -> dict[str, list[Any]]:
    """Film's id to its opinions that are chosen, one a reader, the oldest first.

    Rows have Opinion's columns and judged_refusal, and of the answer of that moment models, each stage's version,
    classes, their probabilities, measured, the number, and reported, the probabilities of findings; all as they were
    kept, None where they were not.

    Raises:
        InvalidError: no such reader.
    """
    which = blind_readings if choice.blind_only else standing_opinions
    of_answer = {"models": "models", "classes": "classes", "value": "measured", "findings": "reported"}
    answer = (Assessment.body[name].label(told) for name, told in of_answer.items())
    query = which(*Opinion.__table__.columns, Opinion.judged_refusal, *answer)
    query = query.join(Assessment, Assessment.id == Opinion.assessment_id, isouter=True).order_by(Opinion.number)
    if choice.blind_only:
        query = query.where(stood_by())
    if choice.reader is not None:
        reader = session.scalar(select(Reader.id).where(Reader.login == choice.reader))
        if reader is None:
            raise InvalidError(f"no reader logs in as {choice.reader}")
        query = query.where(Opinion.reader_id == reader)
    found: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(query):
        if _chosen(row, choice):
            found[row.film_id].append(row)
    return found


def labelled(film: Film, opinions: Sequence[Any], choice: Choice) -> Labelled | str:
    """What the film is exported as, or why it is left out."""
    if choice.settled_only and film.state != "settled":
        return "not settled"
    decision = decide(opinions)
    if decision.how == "disputed":
        return _disputed(film, opinions, choice)
    if decision.label is None:
        return "no label"
    if choice.settled_only and decision.label != film.label:
        return "settled on another label than the chosen opinions have"
    lies = ("not-a-chest-film", "") if decision.label == "not_a_chest_film" else _lies(film, opinions)
    if isinstance(lies, str):
        return lies
    return Labelled(decision.opinion, decision.label, *lies, 1.0 if decision.certain else _weight(decision.opinion))


def _disputed(film: Film, opinions: Sequence[Any], choice: Choice) -> Labelled | str:
    """A film that readers call differently: without a class, if it is at least a chest film to all of them."""
    if choice.settled_only:
        return "readers disagree"
    if any(each.label == "not_a_chest_film" for each in opinions):
        return "readers disagree whether it is a chest film"
    lies = _lies(film, opinions)
    return lies if isinstance(lies, str) else Labelled(None, None, *lies, 0.0)


def influence(opinion: Any) -> str:
    """What the reader had seen: blind, saw_ai, saw_ai_and_heat, saw_ai_and_lungs, saw_ai_and_heat_and_lungs; not_shown
    where it was on the screen neither then, nor surely never before."""
    if opinion.blind:
        return "blind"
    shown = opinion.shown
    if not shown.get("answer"):
        return "not_shown"
    return "_and_".join(
        ["saw_ai", *(["heat"] if shown.get("heat") else []), *(["lungs"] if shown.get("lungs") else [])]
    )


def _weight(opinion: Any) -> float:
    """What it is made of has columns, too."""
    informed = INFORMED_WEIGHT if opinion.agrees and not opinion.blind else 1
    return round(sureness.weight(opinion.sureness) * informed, 3)


def _chosen(row: Any, choice: Choice) -> bool:
    if choice.since and row.at < datetime.combine(choice.since, time(), UTC):
        return False
    if choice.min_sureness is None:
        return True
    return row.sureness in SURENESS and SURENESS.index(row.sureness) >= SURENESS.index(choice.min_sureness)


def _lies(film: Film, opinions: Sequence[Any]) -> tuple[str, str] | str:
    """Kind and view of a chest film, in the words of the training index; why it is left out, where they are open."""
    view = {"PA": "PA", "AP": "AP", "LL": "L", "RL": "L", "LATERAL": "L"}.get(film.view_position.upper(), "")
    verdicts = {each.judged_refusal: each.refusal for each in opinions if each.refusal}
    if film.refusal in TURNED and film.refusal not in verdicts:
        return f"refused as {film.refusal.replace('_', ' ')}, and no reader says whether that is right"
    right = [reason for reason in TURNED if verdicts.get(reason) == "right"]
    if not right:
        return "cxr", view
    if "inverted" in right:
        return "inverted: training inverts films itself"
    return ("cxr-rotated", view) if "rotated" in right else ("cxr", "L")
