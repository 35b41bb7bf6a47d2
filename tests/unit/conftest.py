"""A gateway over real HTTP, real gRPC and a real Valkey; only the three models are fakes."""

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from socketserver import BaseServer
from typing import Any

import httpx
import pytest
import redis
import uvicorn

from client import authorities
from client.token import FILE
from gateway.app import create_app
from gateway.settings import Settings
from local.ports import any_free
from local.valkey import valkey_server
from tests import described
from tests import postgresql as postgres
from tests.fakes import SIDES, FakeTorchServe, serving


@pytest.fixture(autouse=True)
def no_token_of_another_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests with real stacks name one in the environment."""
    monkeypatch.delenv(FILE, raising=False)


@pytest.fixture(autouse=True, scope="session")
def _servers_end_at_once() -> Iterator[None]:
    """A server of the standard library's looks every half second whether it is to end: here five times as often.

    Not more often: pynetdicom's collects garbage whenever it has looked sixty times.
    """
    before = BaseServer.serve_forever.__defaults__
    BaseServer.serve_forever.__defaults__ = (0.1,)
    yield
    BaseServer.serve_forever.__defaults__ = before


def free_port() -> int:
    return any_free(1)[0]


class Valkey:
    """A real server on loopback that tests stop and start."""

    def __init__(self) -> None:
        self._binary = valkey_server({})
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [self._binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.suppress(redis.ConnectionError), contextlib.closing(redis.Redis(port=self.port)) as client:
                client.ping()
                return
        raise RuntimeError("Valkey did not start")

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a real server on loopback."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def shared_valkey() -> Iterator[Valkey]:
    server = Valkey()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(shared_valkey: Valkey) -> Valkey:
    with contextlib.closing(redis.Redis(port=shared_valkey.port)) as client:
        client.flushall()
    return shared_valkey


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    server = Valkey()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def torchserve() -> AsyncIterator[FakeTorchServe]:
    fake = FakeTorchServe()
    async with serving(fake):
        yield fake


Start = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def start(torchserve: FakeTorchServe, valkey: Valkey) -> AsyncIterator[Start]:
    """Starts a gateway with the settings given, and gives a client of it."""
    async with contextlib.AsyncExitStack() as stack:

        async def run(**settings: object) -> httpx.AsyncClient:
            addresses = dict.fromkeys(SIDES, torchserve.address)
            chosen = Settings(**{"port": free_port(), "redis": valkey.url, **addresses, **settings})
            config = uvicorn.Config(create_app(chosen), port=chosen.port, log_config=None, access_log=False, ws="none")
            server = uvicorn.Server(config)
            task = asyncio.create_task(server.serve())
            while not server.started:
                await asyncio.sleep(0.01)

            async def stop() -> None:
                server.should_exit = True
                await task

            stack.push_async_callback(stop)
            url = f"http://127.0.0.1:{chosen.port}"
            hooks = {"response": [_described]}
            about: dict[str, Any] = {"timeout": 30, "event_hooks": hooks, "verify": authorities.usual()}
            return await stack.enter_async_context(httpx.AsyncClient(base_url=url, **about))

        yield run


async def _described(response: httpx.Response) -> None:
    """Whatever a test is about: no answer is one that the API's description does not have."""
    await response.aread()
    described.check(response)


@pytest.fixture
async def client(start: Start) -> httpx.AsyncClient:
    """A client of a gateway with default settings."""
    return await start()
