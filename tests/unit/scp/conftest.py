"""A real listener between a real gateway, whose models alone are fakes, and a real PACS, which does as it is told."""

import asyncio
import contextlib
import gc
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import yaml
from pydicom import Dataset
from pynetdicom import AE, evt
from pynetdicom.presentation import StoragePresentationContexts

from client import authorities
from scp.http.door import create_app
from scp.ledger import Ledger
from scp.service import Service, running
from scp.settings import Settings
from scp.waits import Backoff, Waits
from tests.unit.conftest import free_port

LEDGER = "ledger.sqlite"
"""The ledger's file in a listener's folder. Source: scp.settings."""

WITHIN_S = 90
ENDED_WITHIN_S = 2
"""Four times what a listener takes to stop."""

POLL_S = 0.02
"""How often a server that a test ends looks whether it has ended."""

OURS = ("forwarder", "errands", "pruner", "route ", "AcceptorThread")
"""How the threads of a listener are called."""

MEDIUM, HIGH = 0, 1
"""Priorities of a C-STORE. Source: PS3.7, table 9.3-1."""

SHORT = Waits(look_s=0.02, films=Backoff(0.02, 0.2), peers=Backoff(0.05, 0.2))


class Pacs:
    """A storage SCP that keeps what it is sent, or answers another status."""

    def __init__(self) -> None:
        self.kept: dict[str, Dataset] = {}
        self.arrivals: list[str] = []
        self.status = 0x0000
        self._entity = AE("PACS")
        self._entity.supported_contexts = list(StoragePresentationContexts)
        self._entity.add_supported_context("1.2.840.10008.5.1.4.1.2.2.1")
        self._server: Any = None
        self.port = 0

    def start(self) -> None:
        """Listen, on the same port as before; nothing is changed where it listens."""
        if self._server:
            return
        handlers = [(evt.EVT_C_STORE, self._store), (evt.EVT_C_FIND, self._find)]
        self._server = self._entity.start_server(("127.0.0.1", self.port), block=False, evt_handlers=handlers)
        self.port = self._server.server_address[1]

    def stop(self) -> None:
        """Go away."""
        if self._server:
            self._server.shutdown()
            self._server = None

    def forget(self) -> None:
        """Be as new, and listen."""
        self.kept.clear()
        self.arrivals.clear()
        self.status = 0x0000
        self.start()

    def of(self, modality: str) -> list[Dataset]:
        """What is kept of a modality."""
        return [dataset for dataset in self.kept.values() if dataset.Modality == modality]

    def _store(self, event: evt.Event) -> int:
        if self.status == 0:
            dataset = event.dataset
            self.kept[dataset.SOPInstanceUID] = dataset
            self.arrivals.append(dataset.SOPInstanceUID)
        return self.status

    def _find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        query = event.identifier
        level = {"SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}[query.QueryRetrieveLevel]
        found = {
            kept[level].value
            for kept in self.kept.values()
            if kept.StudyInstanceUID == query.StudyInstanceUID
            and query.get("SeriesInstanceUID") in (None, "", kept.SeriesInstanceUID)
        }
        for value in found:
            match = Dataset()
            match.QueryRetrieveLevel = query.QueryRetrieveLevel
            setattr(match, level, value)
            yield 0xFF00, match


@pytest.fixture(scope="session")
def _one_pacs() -> Iterator[Pacs]:
    """For all tests: its end takes half a second."""
    server = Pacs()
    yield server
    server.stop()


@pytest.fixture
def pacs(_one_pacs: Pacs) -> Pacs:
    _one_pacs.forget()
    return _one_pacs


@pytest.fixture
def routes(tmp_path: Path, pacs: Pacs) -> Path:
    """All DICOM results to the PACS."""
    return write_routes(tmp_path / "routes.yaml", pacs.port)


def write_routes(path: Path, port: int, **changes: object) -> Path:
    """A file with one route, to a PACS."""
    route = {"name": "pacs", "results": ["sr", "lungs", "overlay"]}
    route |= {"dicom": {"host": "127.0.0.1", "port": port, "aet": "PACS"}} | changes
    path.write_text(yaml.safe_dump({"routes": [route]}))
    return path


Listen = Callable[..., Service]


@pytest.fixture
async def listen(tmp_path: Path, routes: Path) -> AsyncIterator[Listen]:
    """Starts a listener with the settings given; without a gateway unless one is."""
    with contextlib.ExitStack() as stack:

        def start(**settings: object) -> Service:
            nobody = "http://127.0.0.1:9"  # discard: nobody listens there
            chosen = {"port": 0, "folder": tmp_path / "films", "routes": routes, "gateway": nobody, **settings}
            _found_ledger(chosen["folder"])
            return stack.enter_context(running(Settings(least_free_bytes=0, **({"writers": 0} | chosen)), SHORT))

        yield start
        # In a thread: a film at the gateway is finished first, and the gateway runs in this one.
        await asyncio.to_thread(stack.close)


def _found_ledger(folder: Path) -> None:
    """An empty one where a listener looks for its own, unless it has one: to make one costs more than to copy it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / LEDGER
    if not path.exists():
        path.write_bytes(_empty_ledger())


@cache
def _empty_ledger() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LEDGER
        Ledger(f"sqlite:///{path}").close()  # closed, all of it is in the file
        return path.read_bytes()


async def send(
    service: Service, *films: Dataset, title: str = "MODALITY", called: str = "CXRCASCADE", priority: int = MEDIUM
) -> list[int]:
    """C-STORE films in one association; the statuses. Empty where the association is rejected."""
    return await asyncio.to_thread(_send, service, films, title, called, priority)


def _send(service: Service, films: tuple[Dataset, ...], title: str, called: str, priority: int) -> list[int]:
    entity = AE(title)
    for film in films:
        with contextlib.suppress(ValueError):
            entity.add_requested_context(film.SOPClassUID, film.file_meta.TransferSyntaxUID)
    entity.add_requested_context("1.2.840.10008.1.1")
    association = entity.associate("127.0.0.1", service.dicom_port, ae_title=called)
    if not association.is_established:
        return []
    try:
        return [association.send_c_store(film, priority=priority).Status for film in films] or [
            association.send_c_echo().Status
        ]
    finally:
        association.release()


async def admitted(service: Service, within_s: float = WITHIN_S) -> bool:
    """Whether an association is accepted in time, by a sender that tries again as long as it is rejected."""
    return await eventually(lambda: _send(service, (), "MODALITY", "CXRCASCADE", MEDIUM) == [0x0000], within_s)


@contextlib.asynccontextmanager
async def door(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a listener's HTTP side, at the port of its settings where that is one's own."""
    port = service.settings.http_port if "http_port" in service.settings.model_fields_set else free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=port, log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve())
    assert await eventually(lambda: server.started)
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=30, verify=authorities.usual()
        ) as client:
            yield client
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def eventually(true: Callable[[], object], within_s: float = WITHIN_S) -> bool:
    """Whether it becomes true in time; the gateway in this loop goes on meanwhile."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if await asyncio.to_thread(true):
            return True
        await asyncio.sleep(0.02)
    return False


def still_open(connection: socket.socket) -> bool:
    """Whether the other side has neither ended a connection nor said anything on it."""
    connection.setblocking(False)
    try:
        connection.recv(1)
    except BlockingIOError:
        return True
    return False


async def concluded(service: Service, state: str, films: int = 1) -> bool:
    """Whether so many films come to be in a state, and nothing is left to deliver."""
    return await eventually(lambda: service.ledger.counts()[state] == films and not left(service))


def left(service: Service) -> int:
    """What is still on its way."""
    queued = sum(len(service.outbox.due(carrier.route.name)) for carrier in service.carriers)
    return service.spool.count_waiting() + queued


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = _ours()
    yield
    end = time.monotonic() + ENDED_WITHIN_S
    while (left := _ours() - before) and time.monotonic() < end:
        time.sleep(0.01)
    gc.collect()  # now, so that what a library leaves open is told of here, where a test may expect it
    gc.freeze()  # what is still there, such as every module, need not be looked at after the next test
    assert sorted(thread.name for thread in left) == []


def _ours() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith(OURS)}
