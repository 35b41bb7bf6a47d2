"""Readers who send radiographs without a pause, PNG and DICOM in turn. One answer that is not as expected fails it all.

`make load` runs it. By hand, against a stack that is up: locust -f tests/load/locustfile.py --mix cached
"""

import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

from locust import FastHttpUser, constant, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "deploy")]

from tests.bench.client import Gateway  # noqa: E402 - once they can be found
from tests.bench.errors import MeasurementError  # noqa: E402
from tests.bench.loopback import loopback  # noqa: E402
from tests.bench.variants import DICOM, Film  # noqa: E402
from tests.load.answers import unexpected  # noqa: E402
from tests.load.record import Record, Request  # noqa: E402

FILMS = 8
FIRST = 50_000
"""Number of the first variant: not one that the bench uses."""

MIXES = {"uncached": {"Cache-Control": "no-cache"}, "cached": {}}
"""Name to the headers that make it so."""

files = Film.read(Path(os.environ.get("CXR_LOAD_FILM") or ROOT / "tests/data/normal.png")).mixed(FILMS, FIRST)
known: list[dict[str, float]] = []
"""The classes that each file had when it was sent alone."""
record = Record()


class Reader(FastHttpUser):
    """Sends the next film as soon as the last is answered."""

    host = "http://127.0.0.1:8000"
    wait_time = constant(0)
    network_timeout = connection_timeout = 60.0
    turns = itertools.count()

    @task
    def assess(self) -> None:
        """One film."""
        mix = self.environment.parsed_options.mix
        number = next(self.turns) % FILMS
        file, kind = files[number], "DICOM" if files[number].kind == DICOM else "PNG"
        headers = {"Content-Type": file.kind, **MIXES[mix]}
        url = f"{loopback(self.host)}/v1/assessments"
        with self.client.post(url, data=file.data, headers=headers, name=kind, catch_response=True) as response:
            wrong = unexpected(response.status_code, response.content or b"", known[number], mix == "cached")
            if wrong:
                response.failure(wrong)


@events.init_command_line_parser.add_listener
def options(parser: LocustArgumentParser) -> None:
    """What Locust does not have."""
    parser.add_argument("--mix", choices=list(MIXES), default="uncached", help="whether the cache may answer")
    parser.add_argument("--out", default="", help="a JSON file for the figures")


@events.init.add_listener
def begin(environment: Environment, **_: object) -> None:
    """Without a page the clock of --run-time starts with the test, so what comes before is done here."""
    if environment.parsed_options.headless:
        try:
            prepare(environment)
        except (MeasurementError, OSError) as error:
            sys.exit(f"not measured: {error}")


@events.test_start.add_listener
def begin_again(environment: Environment, **_: object) -> None:
    """With a page the host is known only now, and there may be several tests."""
    try:
        if not environment.parsed_options.headless:
            prepare(environment)
    except (MeasurementError, OSError) as error:
        print(f"not measured: {error}", file=sys.stderr)
        environment.runner.quit()
    record.begin()


def prepare(environment: Environment) -> None:
    """Send each film alone: the cache knows it then, and so do we."""
    gateway = Gateway(loopback(environment.host or Reader.host))
    known[:] = [gateway.assess(file)[1]["classes"] for file in files]


@events.request.add_listener
def keep(name: str, start_time: float, response_time: float, exception: Exception | None, **_: Any) -> None:
    """Each answer."""
    record.requests.append(Request(name, start_time, response_time, str(exception) if exception else None))


@events.quitting.add_listener
def verdict(environment: Environment, **_: object) -> None:
    """Keep the figures. Locust's own exit code is 1 where a request failed; here also where none was sent."""
    if not record.requests:
        environment.process_exit_code = 1
    if environment.parsed_options.out:
        Path(environment.parsed_options.out).write_text(json.dumps(record.figures(), indent=1) + "\n")
