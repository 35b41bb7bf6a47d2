"""What can go wrong between a film's arrival and its results' delivery.

ListenerError
├── NoRoomError          the disk or the queue is full: the sender shall try again
├── TooLargeError        a film that nobody would read: the sender shall not try again
├── AmendmentError       what a reader says of a film cannot go out
│   ├── MeaninglessError it names no film, or no report can be written of it
│   ├── UnknownFilmError the film never came here
│   └── NotYetError      its assessment is not out yet: try again
├── GatewayError         the gateway did not assess a film
│   ├── LaterError       it is away, full or starting: the film waits
│   └── NeverError       it cannot assess this film: the film goes to the dead letters
└── PeerError            a result was not delivered
    ├── PeerAwayError    the peer is away or full: tried again
    └── PeerRefusedError the peer does not want this object: put aside, until somebody resends it
"""


class ListenerError(Exception):
    """Base of all. No message holds patient data."""


class NoRoomError(ListenerError):
    """The disk or the queue is full."""


class TooLargeError(ListenerError):
    """A film that nobody would read."""


class AmendmentError(ListenerError):
    """What a reader says of a film cannot go out."""


class MeaninglessError(AmendmentError):
    """It names no film, or no report can be written of it."""


class UnknownFilmError(AmendmentError):
    """The film never came here, so that no report of ours is there to be amended."""


class NotYetError(AmendmentError):
    """The film's assessment is not out yet."""


class GatewayError(ListenerError):
    """The gateway did not assess a film."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        """The gateway's problem code, or one of ours: gateway-away, gateway-slow."""


class LaterError(GatewayError):
    """The film waits and is tried again."""


class NeverError(GatewayError):
    """The film cannot be assessed."""


class PeerError(ListenerError):
    """A result was not delivered."""


class PeerAwayError(PeerError):
    """Tried again later."""


class PeerRefusedError(PeerError):
    """Put aside."""
