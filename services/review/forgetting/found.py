"""Which films are meant, and what else there is of their patients."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from erasure.asked import Asked
from erasure.names import Identity
from erasure.tombstones import Tombstones
from review.amendments.queue import FINAL
from review.arrivals import header
from review.arrivals.merged import Merged
from review.forgetting import searched
from review.tables import Assessment, Film, Opinion

AT_ONCE = 500
"""Films of one transaction: others wait for the audit's chain meanwhile."""

Means = Callable[[Identity, datetime], bool]
"""Whether somebody is meant, of whom something has been here since then."""


@dataclass(frozen=True)
class Found:
    """What shall go."""

    films: list[str]
    """Ids."""
    issuers: frozenset[str] = frozenset()
    """Of the patient's ID."""
    studies: frozenset[str] = frozenset()
    """Their UIDs: in a backup, or at the gateway, a merged patient has another ID."""
    words: frozenset[str] = frozenset()
    """By which a search would find the patient, folded."""
    merges: tuple[tuple[str, str], ...] = ()
    """Issuer and ID of those whose ID was merged into another, or the other's."""

    def parts(self) -> Iterator["Found"]:
        """The same in parts that fit in a transaction; one at least."""
        for start in range(0, max(len(self.films), 1), AT_ONCE):
            yield replace(self, films=self.films[start : start + AT_ONCE])


def find(session: Session, asked: Asked) -> Found:
    """What there is of whom an administrator names."""
    if asked.patient:
        query = select(Film).where(Film.patient_id == asked.patient)
    elif asked.studies:
        query = select(Film).where(Film.study_instance_uid.in_(asked.studies))
    else:
        query = select(Film).where(Film.id.in_(asked.films))
    found = _found(session, query, lambda whose, since: asked.means(whose))
    return replace(found, words=found.words | searched.words(asked.patient))


def find_again(session: Session, tombstones: Tombstones) -> Found:
    """What is here again, with a backup, of who was forgotten before. Raises ValueError, OSError."""
    stones, keyed = tombstones.read(), tombstones.keyed
    if not stones:
        return Found([])
    return _found(
        session,
        select(Film),
        lambda whose, since: any(stone.covers(keyed.all_of(whose), since) for stone in stones),
    )


def find_expired(session: Session, days: float) -> Found:
    """Films that were read, and of which nobody has said anything for so many days."""
    said = select(func.max(Opinion.at)).where(Opinion.film_id == Film.id).scalar_subquery()
    old = datetime.now(UTC) - timedelta(days=days)
    query = select(Film.id).where(Film.state.in_(FINAL), Film.forgotten.is_(None), said < old)
    return Found(list(session.scalars(query.order_by(Film.id))))


def identity(film: Film) -> Identity:
    """Of whom a film is."""
    return Identity(film.patient_id, header.issuer(film.header), film.study_instance_uid, film.id)


def _found(session: Session, query: "Select[Film]", means: Means) -> Found:
    first = select(func.min(Assessment.created)).where(Assessment.film_id == Film.id).scalar_subquery()
    there = query.add_columns(func.coalesce(first, Film.arrived)).where(Film.forgotten.is_(None))
    films, issuers, studies, words = [], set(), set(), set()
    for film, since in session.execute(there.execution_options(yield_per=AT_ONCE)):
        whose = identity(film)
        if means(whose, since):
            films.append(film.id)
            issuers.add(whose.issuer)
            studies |= {whose.study} - {""}
            words |= searched.words(film.search)
        session.expunge(film)
    merges = _merges(session, means)
    words = words.union(*(searched.words(each.words) for each in merges))
    of = tuple((each.issuer, each.patient_id) for each in merges)
    return Found(films, frozenset(issuers), frozenset(studies), frozenset(words), of)


def _merges(session: Session, means: Means) -> list[Merged]:
    found = []
    for each in session.scalars(select(Merged)):
        survivor = Identity(header.patient_id(each.attributes), header.issuer(each.attributes))
        if any(means(whose, each.at) for whose in (Identity(each.patient_id, each.issuer), survivor)):
            found.append(each)
    return found
