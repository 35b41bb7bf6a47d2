"""Sends readers' opinions to the listener; nothing is lost while it is away. What goes out is decided in queue."""

import threading
from datetime import UTC, datetime, timedelta

import httpx
import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import NoResultFound

from client import authorities
from client.errors import LaterError
from client.token import Token
from review.amendments.queue import Amendment, letter
from review.database import Sessions
from review.settings import Settings

log = structlog.get_logger()

QUEUE_CHECK_S, TIMEOUT_S = 1.0, 10.0
"""How often it is looked whether one is due; and how long the listener may take for one."""

FIRST_PAUSE_S, MAX_PAUSE_S = 2.0, 300.0
"""After a failure; it doubles with each until the longest."""

LATER = (401, 403, 408, 425, 429)
"""Below 500, the statuses after which the same request may succeed; the first two when our token was set right.
Source: RFC 9110, 15; RFC 6585; RFC 8470, 5.2."""


class Sender:
    """A thread that sends what is due, across restarts; each film's amendments in their order."""

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        self._url = f"{str(settings.listener).rstrip('/')}/amendments"
        self._auth = Token(settings.token_file) if settings.token_file else None
        self._sessions = sessions
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="amendments", daemon=True)
        self._pause_s = 0.0

    def start(self) -> None:
        """Begin; what the listener refused before is offered once more: it may be a newer one."""
        with self._sessions.begin() as session:
            session.execute(update(Amendment).where(Amendment.refused).values(refused=False, due=datetime.now(UTC)))
        self._thread.start()

    def stop(self) -> None:
        """End, after the one that is on its way."""
        self._stop.set()
        self._thread.join(TIMEOUT_S)

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT_S, auth=self._auth, verify=authorities.usual()) as client:
            while not self._stop.wait(self._pause_s or QUEUE_CHECK_S):
                try:
                    self._pass(client)
                except Exception as error:  # the database, or a bug of ours: what is kept waits
                    log.error("amendments not sent", error=type(error).__name__)  # whose text may be a patient's
                    self._away()

    def _pass(self, client: httpx.Client) -> None:
        """Send all that is due; stop where the listener is away."""
        while not self._stop.is_set() and (number := self._claim()):
            try:
                with self._sessions() as session:
                    body = letter(session, session.get_one(Amendment, number))
            except (ValueError, LookupError, TypeError, NoResultFound) as error:  # it does not keep the others
                self._settle(number, refused=True, error=type(error).__name__)
                continue
            try:
                response = client.post(self._url, content=body, headers={"Content-Type": "application/json"})
            except (httpx.HTTPError, LaterError) as error:
                self._settle(number, error=type(error).__name__)
                self._away()
                return
            self._pause_s = 0.0
            self._answered(number, response)

    def _claim(self) -> int | None:
        """The oldest amendment that is due and that no earlier one of its film waits before; it counts as tried."""
        waiting = Amendment.sent.is_(None), Amendment.refused.is_(False)
        first = select(func.min(Amendment.number)).where(*waiting).group_by(Amendment.film_id)
        due = select(Amendment.number).where(Amendment.number.in_(first), Amendment.due <= datetime.now(UTC))
        with self._sessions.begin() as session:
            number = session.scalar(due.order_by(Amendment.number).limit(1))
            if number is None:
                return None
            claimed = update(Amendment).where(Amendment.number == number).values(attempts=Amendment.attempts + 1)
            # None of a row: the opinion was undone meanwhile, and the amendment with it.
            return session.scalar(claimed.returning(Amendment.number))

    def _answered(self, number: int, response: httpx.Response) -> None:
        reason = _reason(response)
        if response.is_success:
            self._settle(number, sent=datetime.now(UTC))
        else:
            later = response.status_code in LATER or response.is_server_error
            self._settle(number, refused=not later, error=reason)

    def _settle(self, number: int, sent: datetime | None = None, refused: bool = False, error: str = "") -> None:
        with self._sessions.begin() as session:
            amendment = session.get_one(Amendment, number)
            amendment.sent, amendment.refused, amendment.error = sent, refused, error
            amendment.due = datetime.now(UTC) + timedelta(seconds=_pause(amendment.attempts))
        log.info("amendment", number=number, sent=sent is not None, refused=refused, error=error)

    def _away(self) -> None:
        self._pause_s = min(max(2 * self._pause_s, FIRST_PAUSE_S), MAX_PAUSE_S)


def _pause(attempts: int) -> float:
    return float(min(FIRST_PAUSE_S * 2 ** min(attempts - 1, 20), MAX_PAUSE_S))


def _reason(response: httpx.Response) -> str:
    """The listener's answer, a code."""
    try:
        return f"{response.status_code} {response.json()['answer']}"[:100]
    except (ValueError, KeyError, TypeError):
        return f"{response.status_code}"
