"""Follows the gateway's feed, so that films which others had assessed come into the worklist."""

import threading
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError

from client.errors import GatewayError, LaterError
from client.gateway import ANY_PROBLEM, Gateway
from results.schema import Listed
from review.arrivals.arrivals import Arrivals
from review.arrivals.came import Came
from review.arrivals.received import Received, faults
from review.database import Sessions
from review.errors import ForgottenError, NoRoomError
from review.sources import Source
from review.tables import Bookmark
from vocabulary.problems.known import PROBLEMS

log = structlog.get_logger()

NAME = "gateway"
AGAIN_AFTER_S = 2.0
"""How long a gateway that is away is left alone."""

TOGETHER_S = 0.5
"""From one page to the next: under load its films come as one, and gateway and database are asked once for all of them
and not for each. To a doctor it is no time."""

LATE = timedelta(seconds=30)
"""A film that was assessed so long ago waits no longer for those that are being assessed: a doctor may wait for it."""

MAX_TRIES = 5
"""Of a film that cannot be taken in, before the others go on without it."""

WAITED_FOR = (LaterError, NoRoomError, OperationalError, InterfaceError, OSError)
"""The gateway, the database or the disk is away or full: no fault of the film."""


class Feed:
    """A thread that reads the feed from where it stopped, across restarts."""

    def __init__(
        self, gateway: Gateway, arrivals: Arrivals, sessions: Sessions, left_out: Collection[Source] = ()
    ) -> None:
        """Of a gateway.

        Args:
            gateway: its client.
            arrivals: takes films in.
            sessions: of the database.
            left_out: sources whose films are not taken in.
        """
        self._left_out = left_out
        self._gateway = gateway
        self._arrivals = arrivals
        self._sessions = sessions
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self.following = False
        """Whether the gateway answered the last time."""
        self.read_to: str | None = None
        """The feed's cursor, up to which every film was taken in, or cannot be."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a gateway that is being waited for is not waited for."""
        self._stop.set()

    def _run(self) -> None:
        self.read_to = self._cursor()
        while not self._stop.is_set():
            try:
                listed, cursor = self._gateway.feed(self.read_to, problem=ANY_PROBLEM)
                self.following = True
                for each in listed:
                    self._take_listed(each)
                    if self._stop.is_set():
                        return
                if cursor != self.read_to:
                    self.read_to = cursor
                    self._keep(cursor)
                    self._stop.wait(TOGETHER_S)
            except GatewayError as error:
                self.following = False
                log.warning("feed away", error=type(error).__name__)
                self._stop.wait(AGAIN_AFTER_S)
            except Exception as error:  # the database's, or a bug of ours; what it says may be of a patient
                self.following = False
                log.error("feed failed", error=type(error).__name__)
                self._stop.wait(AGAIN_AFTER_S)

    def _take_listed(self, entry: object) -> None:
        """Take in what the feed lists; of what is no assessment that we know how to ask for, only the kind is told."""
        try:
            listed = Listed.model_validate(entry)
        except ValidationError as error:
            log.error("film not taken", reason=f"no assessment in the feed: {faults(error)}")
            return
        if listed.asked not in PROBLEMS:
            log.info("film not taken", reason="asked for what is not known here", asked=listed.asked)
        elif listed.outcome != "failed" and Came.of(listed).source not in self._left_out:
            self._take(listed)

    def _take(self, listed: Listed) -> None:
        """Take one in; one that has expired is gone, and one that cannot be taken in does not keep the others.

        Films that are being assessed go before: nobody waits for this one yet.

        Raises:
            LaterError, NoRoomError, OperationalError, InterfaceError, OSError: later, from the same place in the feed.
        """
        reason, assessment_id = "", listed.id
        for _ in range(MAX_TRIES):
            try:
                if self._arrivals.known(assessment_id):
                    return
                body = self._gateway.assessment(assessment_id, background=not _late(listed))
                if body is None:
                    log.warning("film expired", assessment=assessment_id)
                else:
                    self._arrivals.take(Received.of(body), Came.of(listed))
                return
            except ForgottenError:
                log.info("film forgotten", assessment=assessment_id)
                return
            except WAITED_FOR:
                raise
            except Exception as error:  # of what the gateway answers for this film, or a bug of ours
                reason = str(error) if isinstance(error, GatewayError) else type(error).__name__
            if self._stop.wait(AGAIN_AFTER_S):
                return
        log.error("film not taken", assessment=assessment_id, reason=reason)

    def _cursor(self) -> str | None:
        with self._sessions() as session:
            found = session.get(Bookmark, NAME)
            return found.cursor if found else None

    def _keep(self, cursor: str) -> None:
        with self._sessions.begin() as session:
            session.merge(Bookmark(name=NAME, cursor=cursor))


def _late(listed: Listed) -> bool:
    return datetime.now(UTC) - listed.created > LATE
