"""Films arrive: an assessment at the gateway becomes a film in the worklist, with pictures of our own."""

import contextlib
import random
import threading
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from client.errors import FailedError
from client.gateway import Gateway
from review.arrivals.pictures import (
    HEAT_SIDE,
    LUNGS_SIDE,
    Drawn,
    Pictures,
    Pixels,
    coloured,
    contours,
    decode,
    digest,
    encode,
)
from review.arrivals.recognition import Seen, create, find, says_more
from review.database import Sessions
from review.tables import Assessment, Film
from vocabulary.conditions import URGENT

log = structlog.get_logger()

FILMS_AT_ONCE = 1
"""Films whose pictures are fetched at once. Source: the gateway draws one picture at a time, and we one film."""

Json = dict[str, Any]


class Arrivals:
    """Takes assessments in; safe to share between threads."""

    def __init__(self, gateway: Gateway, sessions: Sessions, pictures: Pictures, blind_share: float) -> None:
        self._gateway = gateway
        self._sessions = sessions
        self._pictures = pictures
        self._blind_share = blind_share
        self._chance = random.SystemRandom()
        self._fetching = threading.BoundedSemaphore(FILMS_AT_ONCE)
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

    def known(self, assessment_id: str) -> str | None:
        """The film of an assessment that was taken in; None where it was not."""
        with self._sessions() as session:
            found = session.get(Assessment, assessment_id)
            return found.film_id if found else None

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
        if known := self.known(body["id"]):
            return known
        with self._fetching:
            seen = self._look(body["id"], film_id)
            with self._sessions() as session:
                film = find(session, body, seen)
                if film and not says_more(session, film, body, overridden_by):
                    return film.id
            drawn = self._draw(body, seen.pixels)
        new = ""
        try:
            with self._writing, self._sessions.begin() as session:
                if already := session.get(Assessment, body["id"]):
                    return already.film_id
                film = find(session, body, seen) or create(session, seen, source)
                new = "" if film.assessment_id else film.id
                if says_more(session, film, body, overridden_by):
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

    def _look(self, assessment_id: str, film_id: str | None) -> Seen:
        """Fetch what tells which film it is."""
        file = self._gateway.file(assessment_id, "radiograph.pgm")
        if file is None:
            raise FailedError("pictures", "the gateway has no pictures of this film, or no longer")
        pixels = decode(file)
        return Seen(film_id, digest(pixels), pixels, self._gateway.header(assessment_id))

    def _draw(self, body: Json, pixels: Pixels) -> Drawn:
        """Fetch what the models say of it, as pictures."""
        picture, heat = self._gateway.file, {}
        for each in body.get("classes") or {}:
            if gray := picture(body["id"], "heatmap.png", **{"class": each, "side": str(HEAT_SIDE)}):
                heat[each] = coloured(gray)
        lungs = picture(body["id"], "lungs.png", side=str(LUNGS_SIDE)) if body.get("lungs") else None
        return Drawn(encode(pixels), pixels, heat, contours(decode(lungs), pixels.shape) if lungs else [])

    def _add(self, session: Session, film: Film, body: Json, drawn: Drawn, overridden_by: str | None) -> None:
        """The assessment becomes the film's newest."""
        self._pictures.keep(film.id, body["id"], drawn)
        if film.assessment_id is None:
            film.blind = body["outcome"] == "assessed" and self._chance.random() < self._blind_share
        show(film, body)
        session.flush()
        session.add(
            Assessment(
                id=body["id"],
                film_id=film.id,
                created=datetime.fromisoformat(body["created"]),
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
    film.urgency = float((body.get("classes") or {}).get(URGENT, 0.0))
    film.nearness = (body.get("discriminator") or {}).get("nearness")
