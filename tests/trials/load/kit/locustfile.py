"""Films sent to a gateway of CXR Cascade, DICOM files and pictures. Every answer is looked at.

    CXR_TOKEN_FILE=/path/to/token locust -f locustfile.py --host http://127.0.0.1:8000

Users, ramp-up and run time are Locust's own. `--shape ramp` and the other open shapes send films at a rate instead,
whatever the answers: they have neither users nor ramp-up. This folder needs Locust and nothing else: copy all of it.
"""

import json
import logging
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
from sending import alone, options
from sending.answers import shed, unexpected
from sending.errors import SendingError
from sending.films import Films
from sending.hosts import permitted
from sending.record import Record, Request
from sending.together import FINISH_WITHIN_S, Together
from sending.token import proof

FILMS = "CXR_LOAD_FILMS"
"""Variable of the environment: a folder of films, instead of the one beside this file."""

DEFAULT_HOST = "http://127.0.0.1:8000"
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
"""Sources of an open shape. Source: Locust warns above it."""

log = logging.getLogger("cxr.load")
try:
    films = Films.read(Path(os.environ.get(FILMS) or Path(__file__).with_name("films")))
except SendingError as wrong:
    sys.exit(f"not measured: {wrong}")
record = Record()
calls = gevent.pool.Group()
"""Requests of open shapes on their way: nobody waits for them before the next is sent."""


class Sender(FastHttpUser):
    """A user of the steady shape, who waits for each answer, or a source of films of an open one."""

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
        asked = options.mix(self.environment.parsed_options).draw(self.chance, films)
        film = films.files[asked.number]
        began, started = record.elapsed(), time.perf_counter()
        url = f"{allowed(self.host)}{alone.PATH}"
        headers = {"Content-Type": film.kind, **asked.headers(), **proof()}
        with self.client.post(url, data=film.data, headers=headers, name=film.name, catch_response=True) as response:
            body = response.content or b""
            taken_ms = 1000 * (time.perf_counter() - started)
            retry_after = (response.headers or {}).get("Retry-After")
            told_off = shed(response.status_code, retry_after)
            self.pause_s = int(retry_after) if told_off else 0
            right = told_off and self._shape.sheds
            known = films.classes[asked.number]
            wrong = None if right else unexpected(response.status_code, body, known, asked.cached)
            record.requests.append(Request(film.name, asked.lane, began, taken_ms, wrong, right))
            if wrong:
                response.failure(wrong)
            else:
                response.success()


class Timetable(LoadTestShape):
    """An open shape's films a second, as so many sources."""

    use_common_options = True  # or Locust warns of users that a steady test, which has no shape, does use: see begin

    def tick(self) -> tuple[int, float] | None:
        """So many, and how quickly they come; None when it is over."""
        phase = options.shape(self.runner.environment.parsed_options).at(self.get_run_time())
        return None if phase is None else (max(1, round(phase.level / SOURCE_PER_S)), SPAWN_PER_S)


def allowed(url: str | None) -> str:
    """The URL, where it is this machine's, or of a host that was named on this process's own command line.

    Raises:
        SendingError: it is not.
    """
    return permitted(url or DEFAULT_HOST, hosts)


hosts: tuple[str, ...] = ()
"""What --allow-host said here; the master's own does not count on its workers."""
together: Together


@events.init_command_line_parser.add_listener
def more_options(parser: LocustArgumentParser) -> None:
    """What Locust does not have. Which shape it is decides what its page asks for, so that it is not asked there."""
    options.add(parser)
    parser.args_included_in_web_ui["shape"].include_in_web_ui = False
    parser.add_argument(
        "--allow-host", action="append", metavar="NAME", include_in_web_ui=False, help="a test system to load too"
    )
    parser.add_argument("--out", default="", include_in_web_ui=False, help="a JSON file for the figures")


@events.init.add_listener
def begin(environment: Environment, **_: object) -> None:
    """Without a page the clock starts with the test, so what comes before is done here."""
    global hosts, together  # noqa: PLW0603 - Locust calls functions, and has no place for what they share
    chosen = environment.parsed_options
    hosts = tuple(chosen.allow_host or ())
    together = Together(environment, films, record, last)
    if chosen.shape == "steady":
        environment.shape_class = None  # Locust itself counts users then, brings them in and ends
    else:
        environment.shape_class.use_common_options = False  # the page does not ask for users and ramp-up
        if chosen.num_users or chosen.spawn_rate:
            log.warning("--shape %s sends films at a rate: --users and --spawn-rate mean nothing to it", chosen.shape)
    if chosen.headless and together.prepares:
        try:
            prepare(environment)
        except SendingError as error:
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
    except SendingError as error:
        log.error("not measured: %s", error)
        environment.process_exit_code = 1
        environment.runner.quit()
    together.tell()
    record.begin()
    if environment.shape_class:
        environment.shape_class.reset_time()  # what came before it took its time


def prepare(environment: Environment) -> None:
    """Send each film alone: the cache knows it then, and so do we. Find the capacity, where a shape needs it.

    Raises:
        SendingError: there is nothing to measure.
    """
    url, chosen = allowed(environment.host), environment.parsed_options
    films.classes[:] = alone.known(url, films, proof())
    if chosen.shape != "steady" and not chosen.capacity:
        log.info("finding the capacity: %d users for %g s", alone.USERS, chosen.capacity_s)
        chosen.capacity = alone.capacity(url, films, proof(), chosen.capacity_s)
        log.info("capacity: %g films/s; --capacity %g spares looking for it", chosen.capacity, chosen.capacity)


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
        shape = options.shape(chosen, record.took())
        figures = record.figures(shape, chosen.deadline_s) | {"capacity_per_s": chosen.capacity}
        Path(chosen.out).write_text(json.dumps(figures, indent=1) + "\n")
