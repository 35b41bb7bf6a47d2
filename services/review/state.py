"""What the routes work with: made once when the reading room starts, and the same until it ends; and who asks."""

from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection

from client.gateway import Gateway
from review.arrivals.arrivals import Arrivals
from review.arrivals.feed import Feed
from review.arrivals.pictures import Pictures
from review.arrivals.watch import Watch
from review.claims import Claims
from review.database import Sessions
from review.languages.spoken import speak
from review.metrics import Metrics
from review.owed import Owed
from review.people import Person
from review.places import Places
from review.settings import Settings
from review.teaching import Teaching
from review.traces import Traces

KEY, PERSON = "reading_room", "person"


@dataclass(frozen=True)
class ReadingRoom:
    """The parts of a running reading room."""

    settings: Settings
    sessions: Sessions
    pictures: Pictures
    gateway: Gateway
    arrivals: Arrivals
    feed: Feed
    watch: Watch
    metrics: Metrics
    teaching: Teaching
    traces: Traces
    owed: Owed
    places: Places
    """Of the files that are received or assessed at once."""
    claims: Claims
    """Who has which film."""

    @classmethod
    def of(cls, request: HTTPConnection) -> "ReadingRoom":
        """The one that a request came to."""
        return cast(ReadingRoom, request.scope["state"][KEY])


def remember_person(request: HTTPConnection, person: Person) -> None:
    """Remember who is logged in while their request lasts, and speak their language.

    Every page says who it is, also one that tells of an error.
    """
    speak(person.language)
    request.scope["state"][PERSON] = person


def remembered_person(request: HTTPConnection) -> Person | None:
    """Who was let in with a request; None where nobody was, or not yet."""
    return cast("Person | None", request.scope["state"].get(PERSON))
