"""What can be said of a test beside Locust's own words: users, ramp-up and run time are those."""

from argparse import ArgumentParser, Namespace

from .films import Mix
from .shapes import NAMES, SECONDS, Load, Shape, made

USERS = 16
TIMES = 3.0

CAPACITY_S = 20.0
"""How long a gateway is asked as much as it can do, to know what that is."""

DICOM = 0.5

DEADLINE_S = 10.0
"""Source: the gateway's CXR_DEADLINE_S, unless it is told otherwise."""

URGENT = {"overload": 0.1}
"""By shape; none in the others."""


def add(parser: ArgumentParser) -> None:
    """The shape, and the mix of films."""
    parser.add_argument("--shape", choices=NAMES, default="steady", help="what is asked over time: docs/load.md")
    parser.add_argument(
        "--capacity",
        type=float,
        default=0.0,
        help="films/s that the gateway can assess at most; 0: it is measured first. All shapes but steady send "
        "multiples of it: users and ramp-up are not theirs",
    )
    parser.add_argument("--capacity-s", type=float, default=CAPACITY_S, help="for how long it is measured; default 20")
    parser.add_argument("--times", type=float, default=TIMES, help="the capacity, in spike and overload; default 3")
    parser.add_argument("--deadline-s", type=float, default=DEADLINE_S, help="of use until then; default 10")
    parser.add_argument("--dicom", type=share, default=DICOM, help="share of DICOM files, else pictures; default 0.5")
    parser.add_argument("--cached", type=share, default=None, help="share of films that were sent before; default 0")
    parser.add_argument("--urgent", type=share, default=None, help="share of urgent films; overload 0.1, else 0")


def share(text: str) -> float:
    """A number in [0, 1]."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def shape(given: Namespace, took_s: float = 0.0) -> Shape:
    """What is asked over time. Locust calls users num_users, and make load's seconds run_time.

    Args:
        given: options.
        took_s: of a steady test that nobody told when to end, how long it was.
    """
    users = getattr(given, "num_users", None) or getattr(given, "users", None) or USERS
    seconds = getattr(given, "seconds", None) or getattr(given, "run_time", None)
    if given.shape == "steady":
        seconds = seconds or took_s
    return made(Load(given.shape, seconds or SECONDS[given.shape], users, given.capacity or 1.0, given.times))


def mix(given: Namespace) -> Mix:
    """Of the films. Locust's page gives text where nothing was said before."""
    urgent = URGENT.get(given.shape, 0.0) if given.urgent in (None, "") else share(given.urgent)
    return Mix(given.dicom, share(given.cached or 0.0), urgent)
