"""One client that asks too much is told to wait; nobody else is."""

import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from doors.access.caller import ALL, KEY, OURS, Caller
from doors.problem import problem
from doors.problems import Problems
from gateway.http import rates
from gateway.http.rates import Rates

URGENT = {"Priority": "urgent"}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Door:
    """Rates before an application that answers at once, or waits until it is let go."""

    def __init__(self, per_s: float = 1000, in_flight: int = 1000) -> None:
        self.go = asyncio.Event()
        self.go.set()
        self._rates = Rates(self._answer, Problems(problem, lambda code: None), per_s, in_flight)

    async def ask(
        self, caller: str = "", address: str = "192.0.2.1", path: str = "/", **headers: str
    ) -> httpx.Response:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            state = {KEY: Caller(caller, ALL)} if caller else {}
            await self._rates({**scope, "state": state}, receive, send)

        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return await client.get(path, headers=headers)

    async def statuses(self, count: int, **who: str) -> list[int]:
        return [(await self.ask(**who)).status_code for _ in range(count)]

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.go.wait()
        await PlainTextResponse("ours")(scope, receive, send)


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(rates, "time", made)
    return made


async def test_a_client_may_ask_two_seconds_worth_at_once_and_then_at_its_rate(clock):
    door = Door(per_s=5)
    assert await door.statuses(11) == [200] * 10 + [429]

    clock.now += 1

    assert await door.statuses(6) == [200] * 5 + [429]


async def test_who_is_refused_is_told_when_to_ask_again(clock):
    door = Door(per_s=0.25)
    await door.ask()
    answer = await door.ask()

    assert answer.json()["code"] == "overloaded"
    assert answer.headers["Retry-After"] == "4"


async def test_another_caller_is_not_refused_nor_is_another_address(clock):
    door = Door(per_s=0.5)
    assert await door.statuses(2, caller="ris") == [200, 429]

    assert await door.statuses(1, caller="pacs") == [200]
    assert await door.statuses(2) == [200, 429]
    assert await door.statuses(1, address="192.0.2.2") == [200]


async def test_a_callers_addresses_count_together_and_so_do_those_of_an_ipv6_network(clock):
    door = Door(per_s=0.5)
    assert await door.statuses(1, caller="ris", address="192.0.2.1") == [200]
    assert await door.statuses(1, caller="ris", address="192.0.2.2") == [429]

    assert await door.statuses(1, address="2001:db8::1") == [200]
    assert await door.statuses(1, address="2001:db8::2") == [429]


async def test_urgent_requests_pass_where_routine_ones_do_not_and_have_a_limit_too(clock):
    door = Door(per_s=1)
    assert await door.statuses(3) == [200, 200, 429]

    assert [(await door.ask(**URGENT)).status_code for _ in range(3)] == [200, 200, 429]


async def test_so_many_requests_of_a_client_are_in_flight_and_twice_as_many_with_urgent_ones():
    door = Door(in_flight=2)
    door.go.clear()
    held = [asyncio.create_task(door.ask(caller="ris")) for _ in range(2)]
    await asyncio.sleep(0.05)

    assert (await door.ask(caller="ris")).status_code == 429
    held += [asyncio.create_task(door.ask(caller="ris", **URGENT)) for _ in range(2)]
    await asyncio.sleep(0.05)
    assert (await door.ask(caller="ris", **URGENT)).status_code == 429
    held.append(asyncio.create_task(door.ask(caller="pacs")))
    door.go.set()

    assert [answer.status_code for answer in await asyncio.gather(*held)] == [200] * 5
    assert (await door.ask(caller="ris")).status_code == 200


async def test_our_own_services_and_probes_are_not_limited(clock):
    door = Door(per_s=0.5)

    assert await door.statuses(20, caller=OURS) == [200] * 20
    assert await door.statuses(20, path="/livez") == [200] * 20


async def test_no_more_clients_are_remembered_than_there_is_room_for(clock, monkeypatch):
    monkeypatch.setattr(rates, "MAX_CLIENTS", 3)
    door = Door(per_s=0.5)
    for number in range(10):
        await door.ask(caller=f"client {number}")

    assert len(door._rates._clients) == 3
    assert await door.statuses(1, caller="client 9") == [429]
