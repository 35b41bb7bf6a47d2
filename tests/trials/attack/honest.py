"""The honest client: sends one film after another, with pauses, and wants the answer that it knows; and C-ECHO."""

import logging
import threading
import time
from collections.abc import Sequence
from itertools import cycle
from typing import Self

import httpx
from pynetdicom import AE
from pynetdicom.sop_class import Verification

from local.ports import LOOPBACK
from tests.trials.attack.callers import Bearer
from tests.trials.drill.answers import HONEST, Worth, judge
from tests.trials.drill.films import FRESH, PATH, Film
from tests.trials.drill.ward import AET

PAUSE_S = 0.2
ECHO_EVERY_S = 2.0
GIVEN_UP_S = 60.0
"""After which a film counts as lost."""


class Honest:
    """In threads of its own until the end."""

    def __init__(self, url: str, token: str, films: Sequence[Film], dicom: int) -> None:
        self.took_s: list[float] = []
        """Of each film that was answered, from its first try to its answer."""
        self.told_later = 0
        """Tries that were answered 429 or 503."""
        self.wrong: list[str] = []
        """Of each film that was lost or answered wrongly, what was told."""
        self.echoes: list[bool] = []
        """Whether each C-ECHO was answered."""
        self._films, self._dicom = films, dicom
        each_anew = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(base_url=url, timeout=GIVEN_UP_S, auth=Bearer(token), limits=each_anew)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=each) for each in (self._send, self._echo)]

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for each in self._threads:
            each.join()
        self._client.close()

    def _send(self) -> None:
        for film in cycle(self._films):
            if self._over.wait(PAUSE_S):
                return
            begun = time.perf_counter()
            worth, told = self._ask(film)
            if worth is Worth.ANSWERED:
                self.took_s.append(time.perf_counter() - begun)
            else:
                self.wrong.append(told)

    def _ask(self, film: Film) -> tuple[Worth, str]:
        """What becomes of a film, which is sent again where it is told to come back; each time on a new connection."""
        end, headers = time.monotonic() + GIVEN_UP_S, {"Content-Type": film.kind, **FRESH}
        while True:
            try:
                answer = self._client.post(PATH, content=film.data, headers=headers)
            except httpx.HTTPError as error:
                return Worth.LOST, type(error).__name__
            if answer.status_code not in HONEST or time.monotonic() > end:
                return judge(film.truth, answer.status_code, answer.headers.get("Retry-After"), answer.content)
            self.told_later += 1
            time.sleep(float(answer.headers.get("Retry-After", 1)))

    def _echo(self) -> None:
        logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # what it has to say is in the statuses
        while not self._over.wait(ECHO_EVERY_S):
            entity = AE("HONEST")
            entity.add_requested_context(Verification)
            association = entity.associate(LOOPBACK, self._dicom, ae_title=AET)
            self.echoes.append(association.is_established and association.send_c_echo().get("Status") == 0)
            if association.is_established:
                association.release()
