"""Films arrive: an assessment at the gateway becomes a film in the worklist, with pictures of our own."""

import contextlib
import random
import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from client.errors import FailedError
from client.gateway import Gateway, Wish
from erasure.errands import Errands
from erasure.names import Identity
from erasure.tombstones import Tombstones
from results.measured import Measured
from review.arrivals import header
from review.arrivals.came import Came
from review.arrivals.pictures import (
    HEAT_OF_NUMBER,
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
    is_name,
)
from review.arrivals.received import Received
from review.arrivals.recognition import Seen, create, find, says_more
from review.arrivals.shown import Answered, correction_of, show
from review.arrivals.zones import hottest_zone
from review.database import Sessions
from review.errors import ForgottenError
from review.languages.texts import gettext as _
from review.tables import Assessment, Film

log = structlog.get_logger()

FILMS_AT_ONCE = 1
"""Films whose pictures are fetched at once. Source: the gateway draws one picture at a time, and we one film."""


class Arrivals:
    """Takes assessments in; safe to share between threads."""

    def __init__(
        self,
        gateway: Gateway,
        sessions: Sessions,
        pictures: Pictures,
        blind_share: Callable[[Session], float],
        tombstones: Tombstones | None = None,
    ) -> None:
        self._gateway = gateway
        self._sessions = sessions
        self._pictures = pictures
        self._blind_share = blind_share
        self._tombstones = tombstones
        self._chance = random.SystemRandom()
        self._writing = threading.RLock()
        self._fetching = threading.BoundedSemaphore(FILMS_AT_ONCE)
        """Never held where writing is asked for: whoever writes may fetch, and both would wait for each other."""

    def assess_again(self, film_id: str, reader_id: str, wish: Wish) -> None:
        """Have a refused film assessed as a reader wishes, from the pixels that we keep: those that were refused.

        Nothing else is written meanwhile: the feed tells of the assessment as soon as it is there, but not of which
        film it is, since a picture has no header.

        Raises:
            GatewayError: the gateway cannot.
        """
        radiograph = self._pictures.radiograph(film_id)
        with self._writing:
            body = self._gateway.assess(radiograph, "image/png", wish)
            self.take(Received.of(body), Came("dropped"), reader_id, film_id)

    def known(self, assessment_id: str) -> str | None:
        """The film of an assessment that was taken in; None where it was not."""
        with self._sessions() as session:
            found = session.get(Assessment, assessment_id)
            return found.film_id if found else None

    def take(self, received: Received, came: Came, overridden_by: str | None = None, film_id: str | None = None) -> str:
        """The film's id, new or known already.

        Args:
            received: assessed or refused.
            came: where from, and how.
            overridden_by: the reader who had it assessed, as it is or corrected, after it was refused.
            film_id: the film that it is of, where that is known.

        Raises:
            GatewayError: its pictures cannot be fetched, or have expired.
            NoRoomError: the disk is short.
            ForgottenError: its patient or study was forgotten after it was assessed.
        """
        if known := self.known(received.assessment.id):
            return known
        self._pictures.check_room()
        with self._fetching:
            seen = self._look(received.assessment, film_id)
            self._check_forgotten(received.assessment, seen)
            unchanged = self._unchanged(received, seen, overridden_by)
            drawn = None if unchanged else self._draw(received.assessment, seen.pixels)
        if drawn is None:
            return self._came_again(unchanged, came)
        return self._keep(received, seen, drawn, came, overridden_by)

    def _unchanged(self, received: Received, seen: Seen, overridden_by: str | None) -> str:
        """The id of the known film of which nothing new is said; empty where there is none."""
        with self._sessions() as session:
            film = find(session, received, seen)
            return film.id if film and not says_more(session, film, received, overridden_by) else ""

    def _came_again(self, film_id: str, came: Came) -> str:
        """Nothing new is said of it, but it may have to be read now, or soon."""
        with self._writing, self._sessions.begin() as session:
            came.mark(session.get_one(Film, film_id))
        return film_id

    def _keep(self, received: Received, seen: Seen, drawn: Drawn, came: Came, overridden_by: str | None) -> str:
        """The film's id, after all of it is kept, unless another thread was first."""
        new = ""
        try:
            with self._writing, self._sessions.begin() as session:
                if already := session.get(Assessment, received.assessment.id):
                    return already.film_id
                film = find(session, received, seen) or create(session, seen, came.source)
                came.mark(film)
                new = "" if film.assessment_id else film.id
                if says_more(session, film, received, overridden_by):
                    self._add(session, film, received, drawn, overridden_by)
                return film.id
        except Exception:
            self._discard(new)
            raise

    def _discard(self, new: str) -> None:
        """Pictures of a film that did not come to be; kept where only the database's answer to the commit was lost."""
        with contextlib.suppress(SQLAlchemyError), self._sessions() as session:
            if new and session.get(Film, new) is None:
                self._pictures.discard(new)

    def _look(self, said: Answered, film_id: str | None) -> Seen:
        """Fetch what tells which film it is: its pixels as they were sent, also where corrected ones were assessed."""
        file = self._gateway.file(said.id, "radiograph.pgm")
        if file is None:
            raise FailedError("pictures", "the gateway has no pictures of this film, or no longer")
        pixels = correction_of(said).undone(decode(file))
        return Seen(film_id, digest(pixels), pixels, self._gateway.header(said.id))

    def _check_forgotten(self, said: Answered, seen: Seen) -> None:
        """Take nobody in again out of the gateway's memory; a film that is sent anew is assessed anew."""
        known = header.columns(header.read_header(seen.header))
        whose = Identity(known["patient_id"], header.issuer(seen.header), known["study_instance_uid"])
        if self._tombstones and self._tombstones.cover(whose, said.created):
            Errands(self._tombstones.folder).add([said.id])
            raise ForgottenError(_("the film was forgotten after it was assessed"))

    def _draw(self, said: Answered, pixels: Pixels) -> Drawn:
        """Fetch what the models say of it, as pictures over the film as it was sent."""
        if isinstance(said, Measured):
            return self._draw_number(said, pixels)
        picture, laid_back = self._gateway.file, correction_of(said).laid_back
        lungs = picture(said.id, "lungs.png", side=str(LUNGS_SIDE)) if said.lungs else None
        mask = decode(lungs) if lungs else None
        outlines = contours(laid_back(mask), pixels.shape) if mask is not None else []
        drawn = Drawn(encode(pixels), pixels, {}, outlines)
        for each in filter(is_name, said.classes or {}):
            if gray := picture(said.id, "heatmap.png", **{"class": each, "side": str(HEAT_SIDE)}):
                drawn.heat[each] = coloured(encode(laid_back(decode(gray))) if said.correction else gray)
                drawn.zones[each] = hottest_zone(decode(gray), mask) if mask is not None else ""
        return drawn

    def _draw_number(self, said: Measured, pixels: Pixels) -> Drawn:
        """The same of a film of which a number was asked: where it votes for that."""
        gray = self._gateway.file(said.id, "heatmap.png", side=str(HEAT_SIDE)) if said.value else None
        return Drawn(encode(pixels), pixels, {HEAT_OF_NUMBER: coloured(gray)} if gray else {}, [])

    def _add(self, session: Session, film: Film, received: Received, drawn: Drawn, overridden_by: str | None) -> None:
        """The assessment becomes the film's newest."""
        said = received.assessment
        self._pictures.keep(film.id, said.id, drawn)
        if film.assessment_id is None:
            film.blind = said.outcome == "assessed" and self._chance.random() < self._blind_share(session)
        show(film, said)
        session.flush()
        session.add(
            Assessment(
                id=said.id,
                film_id=film.id,
                created=said.created,
                outcome=said.outcome,
                overridden_by=overridden_by,
                body=received.body,
                contours=drawn.contours,
                zones=drawn.zones,
            )
        )
        log.info("film arrived", film=film.id, outcome=said.outcome, source=film.source)
