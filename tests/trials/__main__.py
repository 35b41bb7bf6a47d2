"""`make trial ARGS="NAME ..."`: programs that measure, or try what takes longer than a test may.

Each is a package here with a `cli`, whose `main` takes the words that follow the name and gives the exit code. One that
is told to end (Ctrl-C, SIGTERM) leaves as if it were done: the stacks that it started go down with it.
"""

import importlib
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from client import token
from local.places import DEFAULT_RUN

NAMES = sorted(path.parent.name for path in Path(__file__).parent.glob("*/cli.py"))
ENDS = (signal.SIGINT, signal.SIGTERM)
"""Both are set: a shell that starts a program in the background has it ignore the first."""


def main(words: list[str]) -> int:
    """Run the trial that the first word names; without one, say which there are."""
    if not words or words[0] not in NAMES:
        print('Which trial? make trial ARGS="NAME", and --help after the name for its options:', file=sys.stderr)
        print(*(f"  {name:<12}{_told(name)}" for name in NAMES), sep="\n", file=sys.stderr)
        return 2
    for number in ENDS:
        signal.signal(number, _end)
    os.environ.setdefault(token.FILE, str(DEFAULT_RUN / "token"))  # of `make up`; other stacks take the same
    code: int = importlib.import_module(f"tests.trials.{words[0]}.cli").main(words[1:])
    return code


def _end(number: int, _: FrameType | None) -> NoReturn:
    """Leave, by way of whatever was entered; asked once more, it goes on leaving."""
    for each in ENDS:
        signal.signal(each, lambda *_: None)
    print("told to end: what was started goes down", file=sys.stderr, flush=True)
    sys.exit(128 + number)


def _told(name: str) -> str:
    """The first line of its documentation, which its file begins with."""
    first = (Path(__file__).parent / name / "cli.py").read_text().partition("\n")[0]
    return first.strip('"').partition(": ")[2]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
