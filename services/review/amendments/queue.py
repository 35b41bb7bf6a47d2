"""What readers settle on waits here for the listener, which amends the AI's report with it.

Which opinions are out is brought up to what stands after every opinion: of a film that is read or settled, those that
say what the film is called, or of a number what is alike; of any other film none, and what was out before is withdrawn.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import ForeignKey, Index, Integer, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from results import amendment as wire
from review.base import Table
from review.findings import declared_in
from review.measured import number_of
from review.settings import Settings
from review.tables import Assessment, Film, Opinion
from vocabulary.problems.chest import CHEST

FINAL = ("read", "settled")
"""States of a film of which readers have said what there is to say."""

HOLD_S = 60.0
"""How long an opinion waits before it leaves, so that one that is undone at once never does."""


class Amendment(Table):
    """An opinion on its way to the listener, or that one is withdrawn."""

    __tablename__ = "amendment"
    __table_args__ = (
        Index("amendment_by_film", "film_id", "reader_id", "number"),
        Index("amendment_due", "sent", "due"),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    """The same whenever it is sent, so that the listener keeps it once."""
    supersedes: Mapped[str | None] = mapped_column(String(36))
    """Key of the same reader's amendment of the same film before."""
    film_id: Mapped[str] = mapped_column(ForeignKey("film.id"))
    reader_id: Mapped[str] = mapped_column(ForeignKey("reader.id"))
    opinion_number: Mapped[int] = mapped_column(ForeignKey("opinion.number"))
    """Which opinion goes out, or is withdrawn."""
    withdrawn: Mapped[bool]
    at: Mapped[datetime]
    """When it was said, or when it stood no longer."""
    due: Mapped[datetime]
    """It is not sent before."""
    attempts: Mapped[int] = mapped_column(default=0)
    sent: Mapped[datetime | None]
    refused: Mapped[bool] = mapped_column(default=False)
    """The listener does not take it; it is offered again when the reading room starts."""
    error: Mapped[str] = mapped_column(String(100), default="")
    """Why the last try failed."""
    opinion: Mapped[Opinion] = relationship()
    film: Mapped[Film] = relationship()


def queue(session: Session, film: Film, opinion: Opinion, stands: Sequence[Opinion], settings: Settings) -> None:
    """Bring what is out of a film up to what stands; in the caller's transaction.

    Nothing goes out where there is no listener, or where the film is a picture, of which there is no report.

    Args:
        film: with its state up to date.
        opinion: the one that was just given or taken back.
        stands: the opinions of the film that stand now.
        settings: name the listener.
    """
    if settings.listener is None or not film.sop_instance_uid:
        return
    # What has not left yet is thought over again.
    session.execute(delete(Amendment).where(Amendment.film_id == film.id, Amendment.attempts == 0))
    final = stands if film.state in FINAL else ()
    wanted = {each.reader_id: each for each in final if _speaks_for(each, film)}
    last = _last(session, film.id)
    for reader_id in sorted(wanted.keys() | last.keys()):
        said, before = wanted.get(reader_id), last.get(reader_id)
        out = before.opinion if before and not before.withdrawn else None
        if (said is None and out is None) or (said and out and _content(said) == _content(out)):
            continue
        session.add(_amendment(film.id, reader_id, said, before, opinion.at))
    session.flush()


def _speaks_for(opinion: Opinion, film: Film) -> bool:
    """Whether it says what the film is called, or a number that is like the film's; or nothing of that."""
    number = number_of(film.problem)
    if number is None:
        return opinion.value is None and opinion.label in (None, film.label)
    if opinion.value is None or film.value is None:
        return opinion.value is None and opinion.label is None
    return number.alike((opinion.value, film.value))


def _last(session: Session, film_id: str) -> dict[str, Amendment]:
    """The newest amendment of each reader of a film."""
    query = select(Amendment).where(Amendment.film_id == film_id).order_by(Amendment.number)
    return {each.reader_id: each for each in session.scalars(query)}


def _amendment(film_id: str, reader_id: str, said: Opinion | None, before: Amendment | None, at: datetime) -> Amendment:
    number = said.number if said else before.opinion_number if before else None
    return Amendment(
        key=str(uuid.uuid4()),
        supersedes=before.key if before else None,
        film_id=film_id,
        reader_id=reader_id,
        opinion_number=number,
        withdrawn=said is None,
        at=said.at if said else at,
        due=datetime.now(UTC) + timedelta(seconds=HOLD_S),
    )


def _content(opinion: Opinion) -> list[object]:
    """What an opinion says."""
    return [getattr(opinion, name) for name in wire.Said.model_fields]


def letter(session: Session, amendment: Amendment) -> bytes:
    """An amendment as the listener takes it: JSON.

    Raises:
        ValueError: it holds what the listener would not take.
    """
    film, opinion = amendment.film, amendment.opinion
    answer = session.get_one(Assessment, opinion.assessment_id)
    told = wire.Amendment(
        key=uuid.UUID(amendment.key),
        supersedes=uuid.UUID(amendment.supersedes) if amendment.supersedes else None,
        at=amendment.at,
        reader=wire.Person(id=opinion.reader.id, name=opinion.reader.name),
        header=film.header,
        rows=film.rows,
        columns=film.columns,
        answer=_answer(answer),
        said=None if amendment.withdrawn else _said(opinion, answer),
    )
    return told.model_dump_json().encode()


def _answer(answer: Assessment) -> wire.Answer:
    """What the models said."""
    body = answer.body
    asked, models = body.get("asked") or CHEST.name, body.get("models") or {}
    number, measured = number_of(asked), answer.measured
    return wire.Answer(
        outcome=body["outcome"],
        refusal=answer.refusal,
        predicted_class=answer.predicted_class,
        classifier=models.get("classifier", ""),
        declared={name: wire.Named(**asdict(each)) for name, each in declared_in(body).items()},
        asked=asked,
        value={number.unit: measured.value, "interval": (measured.low, measured.high)} if number and measured else None,
        version=models.get(asked, ""),
    )


def _said(opinion: Opinion, answer: Assessment) -> wire.Said:
    """What a reader said, a number by the unit that it was asked in.

    Raises:
        ValueError: of what the models answered no number was asked.
    """
    said = dict(zip(wire.Said.model_fields, _content(opinion), strict=True))
    if opinion.value is not None:
        number = number_of(answer.body.get("asked") or "")
        if number is None:
            raise ValueError("a number of a film of which classes are asked")
        said["value"] = {number.unit: opinion.value}
    return wire.Said.model_validate(said)
