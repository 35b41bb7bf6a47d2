import asyncio
import threading

import pytest

from gateway.container import processors
from gateway.lanes import Lane
from gateway.threads import Threads

COUNT = processors()


@pytest.fixture
async def threads():
    made = Threads("test")
    yield made
    await made.aclose()


async def test_urgent_work_goes_before_what_waits(threads):
    go, done = threading.Event(), []
    busy = [asyncio.create_task(threads.run(go.wait, Lane.ROUTINE)) for _ in range(COUNT)]
    await asyncio.sleep(0.01)
    lanes = [Lane.SHADOW, Lane.ROUTINE, Lane.URGENT]
    waiting = [asyncio.create_task(threads.run(lambda lane=lane: done.append(lane), lane)) for lane in lanes]
    await asyncio.sleep(0.01)
    go.set()
    await asyncio.gather(*busy, *waiting)

    assert done.index(Lane.URGENT) < COUNT
    assert done[-1] is Lane.SHADOW or COUNT > 2


async def test_work_that_nobody_waits_for_keeps_its_thread_until_it_is_done(threads):
    go = threading.Event()
    gone = [asyncio.create_task(threads.run(go.wait, Lane.ROUTINE)) for _ in range(COUNT)]
    await asyncio.sleep(0.01)
    for task in gone:
        task.cancel()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(threads.run(lambda: 1, Lane.URGENT), 0.05)
    go.set()

    assert await asyncio.wait_for(threads.run(lambda: 2, Lane.ROUTINE), 5) == 2


async def test_an_error_is_the_callers_and_frees_the_thread(threads):
    def fail() -> None:
        raise ValueError("bad film")

    for _ in range(2 * COUNT):
        with pytest.raises(ValueError, match="bad film"):
            await threads.run(fail, Lane.ROUTINE)


@pytest.fixture
async def narrow(monkeypatch):
    monkeypatch.setattr("gateway.threads.processors", lambda: 4)
    made = Threads("test", max_bytes=100)
    yield made
    await made.aclose()


class Held:
    """Work that goes on until it is let go."""

    def __init__(self, threads):
        self._threads = threads
        self._go = threading.Event()
        self.begun: list[int] = []
        self.tasks: list[asyncio.Task] = []

    async def begin(self, *weights: int, lane: Lane = Lane.ROUTINE) -> None:
        for weight in weights:
            self.tasks.append(asyncio.create_task(self._threads.run(lambda w=weight: self._work(w), lane, weight)))
        await asyncio.sleep(0.05)

    async def end(self) -> None:
        self._go.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def _work(self, weight: int) -> None:
        self.begun.append(weight)
        self._go.wait(10)


async def test_what_does_not_fit_beside_the_others_waits_and_smaller_work_goes_before_it(narrow):
    held = Held(narrow)
    await held.begin(60, 50, 40)
    assert held.begun == [60, 40]
    await held.end()

    assert held.begun == [60, 40, 50]


async def test_what_never_fits_is_done_alone(narrow):
    held = Held(narrow)
    await held.begin(1000, 1)
    assert held.begun == [1000]
    await held.end()

    assert held.begun == [1000, 1]


async def test_small_work_goes_on_beside_what_waits_for_memory_however_long_that_takes(narrow):
    first, small = Held(narrow), Held(narrow)
    await first.begin(60)
    large = asyncio.create_task(narrow.run(lambda: len(small.begun), Lane.ROUTINE, 90))
    for _ in range(20):
        await small.begin(1)
        small._go.set()
    assert small.begun == 20 * [1]
    await first.end()

    assert await asyncio.wait_for(large, 5) == 20
    await small.end()


async def test_what_would_take_the_room_that_others_wait_for_waits_behind_them(narrow):
    held, after = Held(narrow), Held(narrow)
    await held.begin(60, 90)
    await after.begin(11, 6, 5, 4)
    assert held.begun == [60]
    assert after.begun == [6, 4]  # beside these there will be room for 90, and there is none for 11 or for 5 more
    after._go.set()
    await held.end()

    assert held.begun == [60, 90]
    await after.end()


async def test_who_has_the_least_at_work_goes_first(monkeypatch):
    monkeypatch.setattr("gateway.threads.processors", lambda: 2)
    threads, go, done = Threads("test"), threading.Event(), []
    many = [asyncio.create_task(threads.run(go.wait, Lane.ROUTINE, caller="many")) for _ in range(2)]
    await asyncio.sleep(0.01)
    whose = ["many", "many", "few", "many"]
    waiting = [
        asyncio.create_task(threads.run(lambda name=name: done.append(name), Lane.ROUTINE, caller=name))
        for name in whose
    ]
    await asyncio.sleep(0.01)
    go.set()
    await asyncio.gather(*many, *waiting)

    assert done.index("few") < 2  # beside it there is one other thread
    assert sorted(done) == sorted(whose)


async def test_large_work_never_has_the_last_thread(monkeypatch):
    monkeypatch.setattr("gateway.threads.processors", lambda: 2)
    held = Held(Threads("test", max_bytes=1000))
    await held.begin(300, 300, 10)
    assert held.begun == [300, 10]
    await held.end()

    assert held.begun == [300, 10, 300]


async def test_room_of_work_that_nobody_waits_for_is_given_back_when_it_is_done(narrow):
    held, after = Held(narrow), Held(narrow)
    await held.begin(90)
    await after.begin(50)
    held.tasks[0].cancel()
    after.tasks[0].cancel()
    await asyncio.sleep(0.05)
    assert not after.begun
    held._go.set()

    assert await asyncio.wait_for(narrow.run(lambda: 1, Lane.ROUTINE, 100), 5) == 1
