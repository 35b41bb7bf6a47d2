"""`make trial ARGS="empty"`: all that continuous integration runs, on a machine with nothing installed."""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence

from local.places import ROOT
from tests.trials.empty.machine import EmptyMachine, packages, unable


def main(words: Sequence[str]) -> int:
    """Run the command there, and show what it prints; its exit code, or 1 where there can be no such machine."""
    parser = argparse.ArgumentParser(prog='make trial ARGS="empty"', description=__doc__)
    parser.add_argument("--command", default="make lint test", help="what to run there, in a clone (make lint test)")
    given = parser.parse_args(words)
    if reason := unable():
        print(reason, file=sys.stderr)
        return 1
    started = time.monotonic()
    print(f"  machine       Debian with {', '.join(packages())}", flush=True)
    with EmptyMachine() as machine:
        machine.clone(ROOT)
        print(f"  running       {given.command}, after {time.monotonic() - started:.0f} s", flush=True)
        code = subprocess.run(machine.command(given.command), stdin=subprocess.DEVNULL, check=False).returncode
        left = machine.processes()
    print(f"  ended         with {code}, after {time.monotonic() - started:.0f} s; {len(left)} processes left", *left)
    return code or int(bool(left))
