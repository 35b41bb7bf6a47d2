"""Films arrive: an assessment at the gateway becomes a film in the worklist, with pictures of our own."""

import contextlib
import random
import threading
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from ulid import ULID

from review import header
from review.database import Sessions
from review.errors import GatewayError
from review.gateway import Gateway
from review.pictures import Drawn, Pictures, coloured, contours, decode
from review.tables import Assessment, Film

log = structlog.get_logger()

SAID = ("outcome", "refusal", "classes", "findings", "models", "conflicts", "cautions")
"""What an assessment says: where all of this is the same, a second one adds nothing."""

AT_ONCE = 4
"""Films whose pictures are fetched at once. Source: the gateway draws them on one core."""

Json = dict[str, Any]


class Arrivals:
    """Takes assessments in; safe to share between threads."""

    def __init__(self, gateway: Gateway, sessions: Sessions, pictures: Pictures, blind_share: float) -> None:
        self._gateway = gateway
        self._sessions = sessions
        self._pictures = pictures
        self._blind_share = blind_share
        self._chance = random.SystemRandom()
        self._fetching = threading.BoundedSemaphore(AT_ONCE)
        self._writing = threading.RLock()

    def assess_anyway(self, film_id: str, reader_id: str) -> None:
        """Have a refused film assessed all the same, from the pixels that we keep: those that were refused.

        Nothing else is written meanwhile: the feed tells of the assessment as soon as it is there, but not of which
        film it is, since a picture has no header.

        Raises:
            GatewayError: the gateway cannot.
        """
        radiograph = self._pictures.radiograph(film_id).read_bytes()
        with self._writing:
            body = self._gateway.assess(radiograph, "image/png", despite_refusal=True)
            self.take(body, "dropped", reader_id, film_id)

    def take(self, body: Json, source: str, overridden_by: str | None = None, film_id: str | None = None) -> str:
        """The film's id, new or known already.

        Args:
            body: the gateway's assessment, assessed or refused.
            source: feed or dropped.
            overridden_by: the reader who had it assessed although it was refused.
            film_id: the film that it is of, where that is known.

        Raises:
            GatewayError: its pictures cannot be fetched, or have expired.
        """
        with self._sessions() as session:
            if known := session.get(Assessment, body["id"]):
                return known.film_id
        with self._fetching:
            drawn = self._draw(body)
            found = self._gateway.header(body["id"])
        new = ""
        try:
            with self._writing, self._sessions.begin() as session:
                if known := session.get(Assessment, body["id"]):
                    return known.film_id
                film_id = film_id or _refused_before(session, body, found, drawn)
                film = self._film(session, film_id, found, drawn, source)
                new = "" if film.assessment_id else film.id
                self._add(session, film, body, drawn, overridden_by)
                return film.id
        except Exception:
            self._discard(new)
            raise

    def _discard(self, new: str) -> None:
        """Pictures of a film that did not come to be; kept where only the database's answer to the commit was lost."""
        with contextlib.suppress(SQLAlchemyError), self._sessions() as session:
            if new and session.get(Film, new) is None:
                self._pictures.discard(new)

    def _draw(self, body: Json) -> Drawn:
        name = body["id"]
        radiograph = self._gateway.picture(name, "radiograph.png")
        if radiograph is None:
            raise GatewayError("the gateway has no pictures of this film, or no longer")
        lungs = self._gateway.picture(name, "lungs.png") if body.get("lungs") else None
        heat = {}
        for each in body.get("classes") or {}:
            if gray := self._gateway.picture(name, "heatmap.png", **{"class": each}):
                heat[each] = coloured(decode(gray))
        return Drawn(radiograph, decode(radiograph), heat, contours(decode(lungs)) if lungs else [])

    def _film(self, session: Session, film_id: str | None, found: Json, drawn: Drawn, source: str) -> Film:
        """The film of these pixels and this header; a new one where there is none."""
        shown = header.columns(header.read_header(found))
        if film_id:
            known = session.get(Film, film_id)
        else:
            same = Film.digest == drawn.digest, Film.sop_instance_uid == shown["sop_instance_uid"]
            known = session.scalar(select(Film).where(*same))
        if known:
            return known
        film = Film(
            id=str(ULID()),
            digest=drawn.digest,
            arrived=datetime.now(UTC),
            source=source,
            rows=drawn.pixels.shape[0],
            columns=drawn.pixels.shape[1],
            header=found,
            state="unread",
            **shown,
        )
        session.add(film)
        return film

    def _add(self, session: Session, film: Film, body: Json, drawn: Drawn, overridden_by: str | None) -> None:
        """The assessment becomes the film's newest, unless that says the same, or is later."""
        created = datetime.fromisoformat(body["created"])
        newest = session.get(Assessment, film.assessment_id) if film.assessment_id else None
        refused_again = body.get("refusal") is not None and not overridden_by
        if newest and ((newest.overridden_by and refused_again) or _same(newest.body, body)):
            return
        if newest and created < newest.created:  # the feed tells late what was dropped again meanwhile
            return
        self._pictures.keep(film.id, body["id"], drawn)
        if newest is None:
            film.blind = body["outcome"] == "assessed" and self._chance.random() < self._blind_share
        show(film, body)
        session.flush()
        session.add(
            Assessment(
                id=body["id"],
                film_id=film.id,
                created=created,
                outcome=body["outcome"],
                overridden_by=overridden_by,
                body=body,
                contours=drawn.contours,
            )
        )
        log.info("film arrived", film=film.id, outcome=body["outcome"], source=film.source)


def show(film: Film, body: Json) -> None:
    """What the worklist shows of an assessment, in its film's row."""
    film.assessment_id = body["id"]
    film.outcome = body["outcome"]
    film.refusal = (body.get("refusal") or {}).get("reason")
    film.predicted_class = body.get("predicted_class")
    film.urgency = float((body.get("classes") or {}).get("interstitial_pneumonia", 0.0))
    film.nearness = (body.get("discriminator") or {}).get("nearness")


def _refused_before(session: Session, body: Json, found: Json, drawn: Drawn) -> str | None:
    """The film that was assessed anyway, where our own request for it failed after the gateway had done it.

    We send a picture, without a header: by its pixels alone it would become another, unnamed film.
    """
    if found or body["outcome"] != "assessed" or not body.get("refusal"):
        return None
    same = select(Film.id).where(Film.digest == drawn.digest, Film.outcome == "refused")
    films = session.scalars(same.limit(2)).all()
    return films[0] if len(films) == 1 else None


def _same(one: Json, other: Json) -> bool:
    return all(one.get(name) == other.get(name) for name in SAID)
