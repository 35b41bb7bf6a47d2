"""The verb: python -m learning accept."""

import argparse
from pathlib import Path

from client.errors import GatewayError
from client.gateway import Gateway
from client.token import named_file
from learning.accept import pages, truth
from learning.accept.asking import ask_all
from learning.accept.report import report
from learning.errors import LearningError

TIMEOUT_S = 60.0
"""For an answer: twice what the reading room waits, since four films wait for each other on a small machine."""


def accept(given: argparse.Namespace) -> int:
    """Read a hospital's own films through the gateway, and say whether the served release may be used there."""
    films = truth.read(given.truth, given.films)
    before = pages.read(given.before) if given.before else None
    try:
        given.out.mkdir(parents=True, exist_ok=True)
        with Gateway(given.gateway, TIMEOUT_S, given.token_file) as gateway:
            answers = ask_all(films, gateway, given.out)
        made = report(films, answers, given.parent, before)
        pages.write(made, given.out)
    except GatewayError as error:
        raise LearningError(f"{error} ({error.code}); what was answered is kept: the same command goes on") from error
    except OSError as error:
        raise LearningError(f"{given.out}: {error.strerror}") from error
    for reason in made.reasons:
        print(f"  {reason}")
    moved = [change for change in made.changes if change.moved]
    for change in moved:
        print(f"  moved since the last report: {change.what}, {change.data}: {change.before:.3f}, now {change.now:.3f}")
    print(f"{made.verdict} ({given.out / 'report.html'})")
    return 0 if made.verdict.startswith("accept") else 3


def options(verb: argparse.ArgumentParser, store: Path) -> None:
    """Its options; the store is the one with the classifier's card."""
    verb.add_argument("--films", type=Path, required=True, help="folder of DICOM, PNG and JPEG files")
    verb.add_argument("--truth", type=Path, required=True, help="CSV: file, label; patient, sex, age, scanner, view")
    verb.add_argument("--gateway", required=True, help="its URL")
    verb.add_argument("--token-file", type=Path, default=named_file(), help="proves who asks ($CXR_TOKEN_FILE)")
    verb.add_argument("--out", type=Path, required=True, help="folder for answers and report; a second run goes on")
    verb.add_argument("--before", type=Path, help="an earlier report.json, to be compared with")
    verb.add_argument("--parent", type=Path, default=store, help="model store with the classifier's card")
