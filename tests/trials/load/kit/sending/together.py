"""Several machines that load together: what the master tells its workers, and they tell it.

The master sends each film alone before the test, and tells the workers what each is known to be. A worker tells its
requests every few seconds, and, when the test is over and its last answer there, that it has finished.
"""

import sys
from collections.abc import Callable
from typing import Any

import gevent
from locust.env import Environment
from locust.event import EventHook
from locust.rpc import Message
from locust.runners import MasterRunner, WorkerRunner

from .films import Films
from .record import Record

KNOWN, FINISH, FINISHED = "films_known", "finish", "finished"

FINISH_WITHIN_S = 30
"""For requests that are on their way when the time is up."""


class Together:
    """One process's part: alone, as the master, or as one of its workers."""

    def __init__(self, environment: Environment, films: Films, record: Record, last: Callable[[], None]) -> None:
        """Listen to what the others say.

        Args:
            environment: Locust's.
            films: the master's, or a worker's own, which are told apart by their digest.
            record: where requests are kept.
            last: ends sending, and waits for the last answers.
        """
        self._runner, self._films, self._record, self._last = environment.runner, films, record, last
        self._finished: set[str] = set()
        if isinstance(self._runner, WorkerRunner):
            self._runner.register_message(KNOWN, self._on_known)
            self._runner.register_message(FINISH, self._on_finish, concurrent=True)
            _on(environment.events.report_to_master, self._report)
        elif isinstance(self._runner, MasterRunner):
            self._runner.register_message(FINISHED, self._on_finished)
            _on(environment.events.worker_report, self._on_report)

    @property
    def prepares(self) -> bool:
        """Whether this process finds out what the films are: a worker is told."""
        return not isinstance(self._runner, WorkerRunner)

    def tell(self) -> None:
        """What the films are known to be; Locust's order to begin comes after it, on the same connection."""
        if isinstance(self._runner, MasterRunner):
            self._finished.clear()
            self._runner.send_message(KNOWN, {"digest": self._films.digest, "classes": self._films.classes})

    def finish(self) -> None:
        """Have everybody send no more, and wait until all answers are told."""
        if isinstance(self._runner, MasterRunner):
            self._runner.send_message(FINISH)
            with gevent.Timeout(FINISH_WITHIN_S, False):
                while len(self._finished) < self._runner.worker_count:
                    gevent.sleep(0.1)
        elif not isinstance(self._runner, WorkerRunner):
            self._last()

    def _on_known(self, environment: Environment, msg: Message, **_: object) -> None:
        if msg.data["digest"] != self._films.digest:
            print("this worker was given another film than the master: see --film", file=sys.stderr)
            environment.process_exit_code = 1
            self._runner.quit()
            return
        self._films.classes[:] = msg.data["classes"]

    def _on_finish(self, environment: Environment, msg: Message, **_: object) -> None:
        self._last()
        self._runner.send_message(FINISHED, {"record": self._record.drain()})

    def _on_finished(self, environment: Environment, msg: Message, **_: object) -> None:
        self._record.add(msg.node_id, msg.data["record"])
        self._finished.add(msg.node_id)

    def _report(self, client_id: str, data: dict[str, Any]) -> None:
        data["record"] = self._record.drain()

    def _on_report(self, client_id: str, data: dict[str, Any]) -> None:
        self._record.add(client_id, data["record"])


def _on(hook: EventHook, listener: Callable[..., None]) -> None:
    hook.add_listener(listener)
