"""What can go wrong between a film's arrival and its results' delivery.

ListenerError
├── NoRoomError          the disk or the queue is full: the sender shall try again
├── TooLargeError        a film that nobody would read: the sender shall not try again
├── UnwritableError      a film was assessed, and a result cannot be written of it
├── AmendmentError       what a reader says of a film cannot go out
│   ├── MeaninglessError it names no film, or no report can be written of it
│   ├── UnknownFilmError the film never came here
│   └── NotYetError      its assessment is not out yet: try again
└── PeerError            a result was not delivered
    ├── PeerAwayError    the peer is away or full: tried again
    └── PeerRefusedError the peer does not want this object: put aside, until somebody resends it

What the gateway does not answer is an error of the client: client.errors.
"""


class ListenerError(Exception):
    """Base of all. No message holds patient data."""


class NoRoomError(ListenerError):
    """The disk or the queue is full."""


class TooLargeError(ListenerError):
    """A film that nobody would read."""


class UnwritableError(ListenerError):
    """A film was assessed, and a result cannot be written of it."""

    code = "results-unwritable"


class AmendmentError(ListenerError):
    """What a reader says of a film cannot go out."""


class MeaninglessError(AmendmentError):
    """It names no film, or no report can be written of it."""


class UnknownFilmError(AmendmentError):
    """The film never came here, so that no report of ours is there to be amended."""


class NotYetError(AmendmentError):
    """The film's assessment is not out yet."""


class PeerError(ListenerError):
    """A result was not delivered."""


class PeerAwayError(PeerError):
    """Tried again later."""


class PeerRefusedError(PeerError):
    """Put aside."""
