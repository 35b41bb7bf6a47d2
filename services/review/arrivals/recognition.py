"""Which film an assessment is of, and whether it says anything of it that is not known."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from client.answers import Json
from results import schema
from results.measured import Measured
from review.arrivals import header
from review.arrivals.merged import survivor
from review.arrivals.pictures import Pixels
from review.arrivals.received import Received
from review.sources import Source
from review.tables import Assessment, Film

COMPARED_FIELDS = (
    "outcome",
    "refusal",
    "classes",
    "findings",
    "models",
    "conflicts",
    "cautions",
    "asked",
    "value",
    "told",
)
"""What an assessment says: where all of this is the same, a second one adds nothing."""


@dataclass(frozen=True)
class Seen:
    """What tells which film an assessment is of."""

    film_id: str | None
    """Where that is known without looking."""
    digest: str
    pixels: Pixels
    header: Json


def find(session: Session, received: Received, seen: Seen) -> Film | None:
    """The film of these pixels and this header, where there is one."""
    if film_id := seen.film_id or _refused_before(session, received.assessment, seen):
        return session.get(Film, film_id)
    shown = header.columns(header.read_header(seen.header))
    same = Film.digest == seen.digest, Film.sop_instance_uid == shown["sop_instance_uid"]
    return session.scalar(select(Film).where(*same))


def create(session: Session, seen: Seen, source: Source) -> Film:
    """A new one, of the patient who survived where its own was merged."""
    known = survivor(session, seen.header)
    film = Film(
        id=str(ULID()),
        digest=seen.digest,
        arrived=datetime.now(UTC),
        source=source,
        rows=seen.pixels.shape[0],
        columns=seen.pixels.shape[1],
        header=known,
        state="unread",
        **header.columns(header.read_header(known)),
    )
    session.add(film)
    return film


def says_more(session: Session, film: Film, received: Received, overridden_by: str | None) -> bool:
    """Whether an assessment says something else than the film's newest one, and is not older."""
    newest = session.get(Assessment, film.assessment_id) if film.assessment_id else None
    if newest is None:
        return True
    if film.problem != received.problem:  # a film is read for one: the first that has an answer to it
        return film.outcome == "refused" and film.state == "unread" and received.assessment.outcome == "assessed"
    refused_again = received.assessment.refusal is not None and not overridden_by
    if (newest.overridden_by and refused_again) or _same(newest.body, received.body):
        return False
    # else the feed tells late what was dropped again meanwhile
    return received.assessment.created >= newest.created


def _refused_before(session: Session, said: schema.Assessment | Measured, seen: Seen) -> str | None:
    """The film that was assessed anyway, or corrected, where our request failed after the gateway had done it.

    We send a picture, without a header: by its pixels alone it would become another, unnamed film.
    """
    if isinstance(said, Measured) or seen.header or said.outcome != "assessed" or not (said.refusal or said.correction):
        return None
    same = select(Film.id).where(Film.digest == seen.digest, Film.outcome == "refused")
    films = session.scalars(same.limit(2)).all()
    return films[0] if len(films) == 1 else None


def _same(one: Json, other: Json) -> bool:
    return all(one.get(name) == other.get(name) for name in COMPARED_FIELDS)
