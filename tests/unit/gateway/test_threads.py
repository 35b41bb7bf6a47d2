import asyncio
import os
import threading

import pytest

from gateway.lanes import Lane
from gateway.threads import Threads

COUNT = len(os.sched_getaffinity(0))


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
