"""When the process that decodes compressed pixels starts."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway import parts
from gateway.parts import warming
from imaging import codec


class Stages:
    """Stages that come up when a test says so."""

    def __init__(self) -> None:
        self.up = asyncio.Event()

    async def ready(self, timeout_s: float) -> bool:
        return await self.up.wait()


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    codec.close()
    yield
    codec.close()


async def test_the_codecs_process_starts_when_the_stages_are_up_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "AFTER_S", 0)
    stages = Stages()
    fleet = cast(Any, SimpleNamespace(serving=stages))

    async with asyncio.timeout(30), warming(fleet):
        await asyncio.sleep(0)
        assert codec._worker._pool is None
        stages.up.set()
        while codec._worker._pool is None:
            await asyncio.sleep(0.01)


async def test_a_gateway_that_stops_before_its_stages_are_up_starts_no_process() -> None:
    async with asyncio.timeout(30), warming(cast(Any, SimpleNamespace(serving=Stages()))):
        pass

    assert codec._worker._pool is None
