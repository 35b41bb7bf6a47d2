import asyncio

import pytest

from gateway.admission import DECODING, FAST_PLACES, MIN_AT_WORK, Admission
from gateway.lanes import Lane
from gateway.metrics import Metrics
from imaging.errors import OverloadedError

PLACES = MIN_AT_WORK + DECODING


def admission(max_in_flight=1000, queue_s=2.0, room=0):
    return Admission(max_in_flight, queue_s, 5.0, Metrics(), lambda: room)


async def enter(gate, lane, name, entered):
    place = await gate.enter(lane, 60)
    entered.append((name, place))


async def test_no_more_are_at_work_than_the_replicas_keep_up_with():
    gate = admission(room=6)
    places = [await gate.enter(Lane.ROUTINE, 60) for _ in range(6 + DECODING)]
    waiting = asyncio.create_task(gate.enter(Lane.ROUTINE, 60))
    await asyncio.sleep(0)
    assert not waiting.done()

    places[0].leave()
    places[0].leave()  # once more does nothing

    await waiting
    more = asyncio.create_task(gate.enter(Lane.ROUTINE, 60))
    await asyncio.sleep(0)
    assert not more.done()
    more.cancel()


async def test_who_is_urgent_goes_first_and_the_others_in_the_order_of_coming():
    gate, entered = admission(), []
    places = [await gate.enter(Lane.ROUTINE, 60) for _ in range(PLACES)]
    fast = [await gate.enter(Lane.URGENT, 60) for _ in range(FAST_PLACES)]
    tasks = [asyncio.create_task(enter(gate, Lane.ROUTINE, f"routine {n}", entered)) for n in range(3)]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(enter(gate, Lane.URGENT, "urgent", entered)))
    await asyncio.sleep(0)
    for place in (*fast, *places):
        place.leave()
    await asyncio.gather(*tasks)

    assert [name for name, _ in entered] == ["urgent", "routine 0", "routine 1", "routine 2"]


async def test_who_would_wait_too_long_is_told_when_to_come_back():
    gate = admission(queue_s=0.5)
    for _ in range(PLACES):
        await gate.enter(Lane.ROUTINE, 60)
    waiting = [asyncio.create_task(gate.enter(Lane.ROUTINE, 60)) for _ in range(10 * PLACES)]
    await asyncio.sleep(0)
    with pytest.raises(OverloadedError) as refused:
        gate.check(Lane.ROUTINE)

    assert refused.value.retry_after_s >= 1
    taken_on = sum(not task.done() for task in waiting)
    assert taken_on == 5 * PLACES, "half a second at a tenth of a second each, before any has ended"
    gate.check(Lane.URGENT)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_who_hangs_up_while_waiting_takes_nobodys_place():
    gate = admission()
    places = [await gate.enter(Lane.ROUTINE, 60) for _ in range(PLACES)]
    gone, stays = (asyncio.create_task(gate.enter(Lane.ROUTINE, 60)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    places[0].leave()

    await asyncio.wait_for(stays, 20)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gate.enter(Lane.ROUTINE, 60), 0.05)


async def test_who_hangs_up_just_when_called_passes_the_place_on():
    gate = admission()
    places = [await gate.enter(Lane.ROUTINE, 60) for _ in range(PLACES)]
    gone = asyncio.create_task(gate.enter(Lane.ROUTINE, 60))
    await asyncio.sleep(0)
    places[0].leave()
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)

    await asyncio.wait_for(gate.enter(Lane.ROUTINE, 60), 1)


async def test_who_hangs_up_just_before_being_called_is_passed_over():
    gate = admission()
    places = [await gate.enter(Lane.ROUTINE, 60) for _ in range(PLACES)]
    gone, stays = (asyncio.create_task(gate.enter(Lane.ROUTINE, 60)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    places[0].leave()

    (ended,) = await asyncio.gather(gone, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)
    await asyncio.wait_for(stays, 20)


async def test_who_has_waited_for_too_long_is_told_so_and_takes_no_place():
    gate = admission()
    places = [await gate.enter(Lane.ROUTINE, 60) for _ in range(PLACES)]

    with pytest.raises(OverloadedError):
        await gate.enter(Lane.ROUTINE, 0.02)
    places[0].leave()

    await asyncio.wait_for(gate.enter(Lane.ROUTINE, 60), 1)


async def test_too_many_urgent_films_are_told_to_come_back_too():
    gate = admission()
    waiting = [asyncio.create_task(gate.enter(Lane.URGENT, 60)) for _ in range(100 * PLACES)]
    await asyncio.sleep(0)

    with pytest.raises(OverloadedError):
        gate.check(Lane.URGENT)

    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
