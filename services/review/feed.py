"""Follows the gateway's feed, so that films which others had assessed come into the worklist."""

import threading

import structlog

from review.arrivals import Arrivals
from review.database import Sessions
from review.errors import GatewayAwayError, GatewayError
from review.gateway import Gateway
from review.tables import Bookmark

log = structlog.get_logger()

NAME = "gateway"
AGAIN_AFTER_S = 2.0
"""How long a gateway that is away is left alone."""


class Feed:
    """A thread that reads the feed from where it stopped, across restarts."""

    def __init__(self, gateway: Gateway, arrivals: Arrivals, sessions: Sessions) -> None:
        self._gateway = gateway
        self._arrivals = arrivals
        self._sessions = sessions
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self.following = False
        """Whether the gateway answered the last time."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a gateway that is being waited for is not waited for."""
        self._stop.set()

    def _run(self) -> None:
        cursor = self._cursor()
        while not self._stop.is_set():
            try:
                listed, cursor_after = self._gateway.feed(cursor)
                self.following = True
                for each in listed:
                    self._take(each["id"])
                if cursor_after != cursor:
                    cursor = cursor_after
                    self._keep(cursor)
            except GatewayError as error:
                self.following = False
                log.warning("feed away", error=type(error).__name__)
                self._stop.wait(AGAIN_AFTER_S)
            except Exception:
                log.exception("feed failed")
                self._stop.wait(AGAIN_AFTER_S)

    def _take(self, assessment_id: str) -> None:
        """Take one in; one whose pictures have expired is gone.

        Raises:
            GatewayAwayError: later, from the same place in the feed.
        """
        try:
            body = self._gateway.assessment(assessment_id)
            if body and body["outcome"] in ("assessed", "refused"):
                self._arrivals.take(body, "feed")
        except GatewayAwayError:
            raise
        except GatewayError as error:
            log.warning("film not taken", assessment=assessment_id, reason=str(error))

    def _cursor(self) -> str | None:
        with self._sessions() as session:
            found = session.get(Bookmark, NAME)
            return found.cursor if found else None

    def _keep(self, cursor: str) -> None:
        with self._sessions.begin() as session:
            session.merge(Bookmark(name=NAME, cursor=cursor))
