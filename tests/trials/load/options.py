"""What can be said of a test: the same words for `python tests/load` and for Locust."""

from argparse import ArgumentParser, Namespace

from tests.trials.load.films import Mix
from tests.trials.load.shapes import NAMES, SECONDS, Load, Shape, made

USERS = 16
TIMES = 3.0
DICOM = 0.5

DEADLINE_S = 10.0
"""Source: the gateway's CXR_DEADLINE_S, unless it is told otherwise."""

URGENT = {"overload": 0.1}
"""By shape; none in the others."""


def add(parser: ArgumentParser) -> None:
    """The shape, and the mix of films."""
    parser.add_argument("--shape", choices=NAMES, default="steady", help="what is asked over time: docs/load.md")
    parser.add_argument("--seconds", type=float, help="of the whole; default: the shape's own")
    parser.add_argument("--capacity", type=float, default=0.0, help="films/s that the gateway can assess at most")
    parser.add_argument("--times", type=float, default=TIMES, help="the capacity, in spike and overload; default 3")
    parser.add_argument("--deadline-s", type=float, default=DEADLINE_S, help="of use until then; default 10")
    parser.add_argument("--dicom", type=share, default=DICOM, help="share of DICOM files, the rest PNG; default 0.5")
    parser.add_argument("--cached", type=share, default=None, help="share of films that were sent before; default 0")
    parser.add_argument("--urgent", type=share, default=None, help="share of urgent films; overload 0.1, else 0")
    parser.add_argument("--allow-host", action="append", metavar="NAME", help="a test system that may be loaded too")


def share(text: str) -> float:
    """A number in [0, 1]."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def shape(given: Namespace) -> Shape:
    """What is asked over time. Locust calls users num_users."""
    users = getattr(given, "num_users", None) or getattr(given, "users", None) or USERS
    seconds = given.seconds or SECONDS[given.shape]
    return made(Load(given.shape, seconds, users, given.capacity or 1.0, given.times))


def mix(given: Namespace) -> Mix:
    """Of the films."""
    urgent = URGENT.get(given.shape, 0.0) if given.urgent is None else given.urgent
    return Mix(given.dicom, given.cached or 0.0, urgent)
