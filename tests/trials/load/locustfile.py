"""Radiographs sent to a gateway, PNG and DICOM, in one of five shapes. Every answer is looked at.

`make load` runs it, with or without workers on other machines. By hand, with Locust's page, against a stack that is up:
locust -f tests/trials/load/locustfile.py --shape ramp --capacity 18
"""

import json
import os
import random
import ssl
import sys
import time
from pathlib import Path
from typing import Any

import gevent.pool
from geventhttpclient.client import HTTPClientPool
from locust import FastHttpUser, LoadTestShape, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "services"), str(ROOT / "deploy")]

from client.token import FILE, named_file, proof  # noqa: E402 - once they can be found
from local.places import DEFAULT_RUN  # noqa: E402
from tests.trials.bench.client import Gateway  # noqa: E402
from tests.trials.bench.errors import MeasurementError  # noqa: E402
from tests.trials.bench.loopback import loopback  # noqa: E402
from tests.trials.load import options  # noqa: E402
from tests.trials.load.answers import shed, unexpected  # noqa: E402
from tests.trials.load.films import Films  # noqa: E402
from tests.trials.load.record import Record, Request  # noqa: E402
from tests.trials.load.together import FINISH_WITHIN_S, Together  # noqa: E402

DEFAULT_HOST = "http://127.0.0.1:8000"
os.environ.setdefault(FILE, str(DEFAULT_RUN / "token"))  # of `make up`
TIMEOUT_S = 60.0

SOURCE_PER_S = 0.5
"""Films a second of one user of an open shape, at random times.

Source:
    Independent Poisson processes added up are one (Kingman, "Poisson Processes", 1993, section 2.2): so many users are
    so many films a second, also where Locust divides them among machines.
"""

CONNECTIONS = 4096
"""At most, to one gateway; they are made as they are needed."""

SPAWN_PER_S = 100
"""Users. Source: Locust warns above it."""

films = Films.read(Path(os.environ.get("CXR_LOAD_FILM") or ROOT / "tests/data/normal.png"))
record = Record()
calls = gevent.pool.Group()
"""Requests of open shapes on their way: nobody waits for them before the next is sent."""


class Sender(FastHttpUser):
    """A user of a closed shape, or a source of films of an open one."""

    host = DEFAULT_HOST
    network_timeout = connection_timeout = TIMEOUT_S
    client_pool = HTTPClientPool(
        concurrency=CONNECTIONS,
        network_timeout=TIMEOUT_S,
        connection_timeout=TIMEOUT_S,
        ssl_context_factory=lambda **_: ssl.create_default_context(),
    )
    """Verifies certificates, by the system's authorities or those of SSL_CERT_FILE; Locust's own pools verify none."""
    chance = random.Random()
    sending = True

    def on_start(self) -> None:
        """The first film of a source comes by chance too."""
        self.waited, self.pause_s = False, 0

    def wait_time(self) -> float:
        """Seconds to the next film; who was told to come back later does."""
        return self.chance.expovariate(SOURCE_PER_S) if self._shape.open else self.pause_s

    @task
    def turn(self) -> None:
        """The next film is due."""
        if not self._shape.open:
            self._send()
        elif self.waited and Sender.sending:
            calls.spawn(self._send)
        self.waited = True

    @property
    def _shape(self) -> Any:
        return options.shape(self.environment.parsed_options)

    def _send(self) -> None:
        """One film, and a look at the answer."""
        asked = options.mix(self.environment.parsed_options).draw(self.chance)
        began, started = record.elapsed(), time.perf_counter()
        url = f"{allowed(self.host)}/v1/assessments"
        headers = {"Content-Type": films.type(asked), **asked.headers(), **proof(named_file())}
        with self.client.post(
            url, data=films.files[asked.number].data, headers=headers, name=asked.kind, catch_response=True
        ) as response:
            body = response.content or b""
            taken_ms = 1000 * (time.perf_counter() - started)
            retry_after = (response.headers or {}).get("Retry-After")
            told_off = shed(response.status_code, retry_after)
            self.pause_s = int(retry_after) if told_off else 0
            right = told_off and self._shape.sheds
            known = films.classes[asked.number]
            wrong = None if right else unexpected(response.status_code, body, known, asked.cached)
            record.requests.append(Request(asked.kind, asked.lane, began, taken_ms, wrong, right))
            if wrong:
                response.failure(wrong)
            else:
                response.success()


class Timetable(LoadTestShape):
    """Locust's number of users, from the shape's level."""

    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        """So many, and how quickly they come; None when it is over."""
        shape = options.shape(self.runner.environment.parsed_options)
        phase = shape.at(self.get_run_time())
        if phase is None:
            return None
        return max(1, round(phase.level / SOURCE_PER_S if shape.open else phase.level)), SPAWN_PER_S


def allowed(url: str | None) -> str:
    """The URL, where it is this machine's, or of a host that was named on this process's own command line.

    Raises:
        MeasurementError: it is not.
    """
    return loopback(url or DEFAULT_HOST, hosts)


hosts: tuple[str, ...] = ()
"""What --allow-host said here; the master's own does not count on its workers."""
together: Together


@events.init_command_line_parser.add_listener
def more_options(parser: LocustArgumentParser) -> None:
    """What Locust does not have."""
    options.add(parser)
    parser.add_argument("--out", default="", include_in_web_ui=False, help="a JSON file for the figures")


@events.init.add_listener
def begin(environment: Environment, **_: object) -> None:
    """Without a page the clock starts with the test, so what comes before is done here."""
    global hosts, together  # noqa: PLW0603 - Locust calls functions, and has no place for what they share
    hosts = tuple(environment.parsed_options.allow_host or ())
    together = Together(environment, films, record, last)
    if environment.parsed_options.headless and together.prepares:
        try:
            prepare(environment)
        except (MeasurementError, OSError) as error:
            sys.exit(f"not measured: {error}")


@events.test_start.add_listener
def begin_again(environment: Environment, **_: object) -> None:
    """With a page the host is known only now, and there may be several tests."""
    Sender.sending = True
    try:
        if not together.prepares:
            allowed(environment.host)
        elif not environment.parsed_options.headless:
            prepare(environment)
    except (MeasurementError, OSError) as error:
        print(f"not measured: {error}", file=sys.stderr)
        environment.process_exit_code = 1
        environment.runner.quit()
    together.tell()
    record.begin()


def prepare(environment: Environment) -> None:
    """Send each film alone: the cache knows it then, and so do we."""
    gateway = Gateway(allowed(environment.host))
    films.classes[:] = [gateway.assess(file)[1]["classes"] for file in films.files]


def last() -> None:
    """Send no more, and wait for what is on its way."""
    Sender.sending = False
    calls.join(FINISH_WITHIN_S)


@events.test_stopping.add_listener
def finish(environment: Environment, **_: object) -> None:
    """While Locust's workers are still there to tell what they have."""
    together.finish()


@events.quitting.add_listener
def keep(environment: Environment, **_: object) -> None:
    """The figures. Locust's own exit code is 1 where a request failed; here also where none was sent."""
    chosen = environment.parsed_options
    if not together.prepares:
        return
    if not record.requests:
        environment.process_exit_code = 1
    if chosen.out:
        figures = record.figures(options.shape(chosen), chosen.deadline_s)
        Path(chosen.out).write_text(json.dumps(figures, indent=1) + "\n")
