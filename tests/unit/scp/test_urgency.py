"""Urgent films: who says so, that they go before the others here and at the gateway, and that nobody waits for ever."""

import asyncio
from typing import Any

import pytest
from pydicom import Dataset, Sequence

from scp.cli import main
from scp.routes import read_routes
from scp.service import Service
from scp.spool import Spool, Waiting
from scp.turns import URGENT_IN_A_ROW, Turns
from scp.urgency import is_urgent
from tests.fakes import FakeTorchServe
from tests.trials.traffic.exposures import exposures, part10
from tests.unit.conftest import free_port
from tests.unit.scp.conftest import HIGH, concluded, door, eventually, send, write_routes

LOW = 2
STOW = "/dicomweb/studies"
RELATED = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=next'}


class Gate:
    """Holds the models, and so the listener's one worker, until it is opened."""

    def __init__(self, torchserve: FakeTorchServe) -> None:
        self._open = asyncio.Event()
        self._torchserve = torchserve
        torchserve.before = self._hold

    async def _hold(self, name: str) -> None:
        async with asyncio.timeout(20):  # lest a test that fails waits for its gateway
            await self._open.wait()

    def open(self) -> None:
        self._open.set()

    def order(self) -> list[str]:
        """The films' ids, as far as a request's id tells them, in the order in which the models saw them."""
        return list(dict.fromkeys(each.removeprefix("scp-") for each in self._torchserve.request_ids))


@pytest.fixture
def gate(torchserve: FakeTorchServe) -> Gate:
    return Gate(torchserve)


def known(service: Service, *films: Dataset) -> list[str]:
    """The films' ids in the ledger."""
    by_uid = {sop_instance_uid: film for film, sop_instance_uid, _ in service.ledger.films()}
    return [by_uid[film.SOPInstanceUID] for film in films]


def short(service: Service, *films: Dataset) -> list[str]:
    """As much of them as a request's id tells."""
    return [each[:16] for each in known(service, *films)]


def related(film: Dataset) -> bytes:
    return b"--next\r\nContent-Type: application/dicom\r\n\r\n" + part10(film) + b"\r\n--next--\r\n"


def lanes(metrics: str) -> dict[str, int]:
    """Lane to how many requests the gateway has taken on in it."""
    return {
        lane: int(float(line.rpartition(" ")[2]))
        for lane in ("urgent", "routine")
        for line in metrics.splitlines()
        if line.startswith(f'cxr_admitted_total{{lane="{lane}"}}')
    }


def waiting(service: Service) -> dict[str, bool]:
    """Film to whether it is urgent."""
    return {each.film: each.urgent for each in service.spool.waiting()}


async def test_a_c_store_of_high_priority_overtakes_those_that_wait_and_is_urgent_at_the_gateway(
    listen, client, pacs, gate
):
    service = listen(gateway=str(client.base_url), workers=1)
    first, routine, low, urgent = exposures(4)

    await send(service, first)
    assert await eventually(lambda: gate.order() == short(service, first))
    await send(service, routine)
    await send(service, low, priority=LOW)
    await send(service, urgent, priority=HIGH)
    gate.open()

    assert await concluded(service, "assessed", 4)
    assert gate.order() == short(service, first, urgent, routine, low)
    assert lanes((await client.get("/metrics")).text) == {"urgent": 1, "routine": 3}
    history = service.ledger.history(*known(service, urgent))
    assert history[0][1:] == ("received", {"sender": "MODALITY", "urgent": "sender"})


async def test_an_urgent_film_is_urgent_at_every_try_and_after_a_restart(listen, start, pacs):
    port = free_port()
    service = listen(gateway=f"http://127.0.0.1:{port}")
    (film,) = exposures(1)
    await send(service, film, priority=HIGH)
    service.stop.set()
    (film_id,) = known(service, film)
    assert waiting(service) == {film_id: True}

    again = listen(gateway=f"http://127.0.0.1:{port}")
    assert waiting(again) == {film_id: True}
    gateway = await start(port=port)

    assert await concluded(again, "assessed")
    assert lanes((await gateway.get("/metrics")).text) == {"urgent": 1, "routine": 0}


async def test_a_film_that_waits_and_comes_again_as_urgent_becomes_urgent(listen):
    service = listen()
    (film,) = exposures(1)

    await send(service, film)
    assert list(waiting(service).values()) == [False]
    await send(service, film, priority=HIGH)
    await send(service, film)

    assert list(waiting(service).values()) == [True]
    assert service.status()["urgent"] == 1


async def test_the_header_of_a_film_makes_it_urgent_by_the_rule_of_the_routes(listen, pacs, tmp_path):
    path = write_routes(tmp_path / "r.yaml", pacs.port)
    path.write_text(path.read_text() + "urgent: {RequestingService: [ED, 'EMERG*'], StudyDescription: '*stat*'}\n")
    service = listen(routes=path)
    films = list(exposures(4))
    films[0].RequestingService = "Emergency department"
    films[1].StudyDescription = "CHEST STAT PORTABLE"
    films[2].RequestingService = "RED"

    for film in films:
        await send(service, film)

    urgent = [film for film, hasty in waiting(service).items() if hasty]
    assert urgent == known(service, *films[:2])
    assert service.ledger.history(urgent[0])[0][2]["urgent"] == "header"


async def test_films_stored_as_urgent_over_dicomweb_are_urgent_here_and_at_the_gateway(start, listen, pacs, gate):
    ports = free_port(), free_port()
    service = listen(http_port=ports[0], gateway=f"http://127.0.0.1:{ports[1]}", workers=1)
    async with door(service):
        client = await start(port=ports[1], listener=f"http://127.0.0.1:{ports[0]}")
        first, routine, urgent = exposures(3)
        await send(service, first)
        assert await eventually(lambda: gate.order() == short(service, first))
        await send(service, routine)

        answer = await client.post(STOW, content=related(urgent), headers=RELATED | {"Priority": "u=0"})

        gate.open()
        assert answer.status_code == 200, answer.text
        assert await concluded(service, "assessed", 3)
    assert gate.order() == short(service, first, urgent, routine)
    assert lanes((await client.get("/metrics")).text) == {"urgent": 1, "routine": 2}


async def test_a_routine_film_is_not_overtaken_for_ever(listen, client, pacs, gate):
    service = listen(gateway=str(client.base_url), workers=1)
    first, routine, *urgent = exposures(2 + URGENT_IN_A_ROW + 1)

    await send(service, first)
    assert await eventually(lambda: gate.order() == short(service, first))
    await send(service, routine)
    await send(service, *urgent, priority=HIGH)
    gate.open()

    assert await concluded(service, "assessed", len(urgent) + 2)
    assert gate.order() == short(service, first, *urgent[:URGENT_IN_A_ROW], routine, *urgent[URGENT_IN_A_ROW:])


def test_turns_go_to_urgent_films_and_every_fourth_to_the_oldest_routine_one():
    routine = [Waiting(f"routine {number}", number, urgent=False) for number in range(4)]
    urgent = [Waiting(f"urgent {number}", 10 + number, urgent=True) for number in range(8)]
    turns, ready = Turns(), [*routine, *urgent]

    taken = [turns.take(ready).film for _ in range(12)]

    assert taken == [
        *(f"urgent {number}" for number in range(3)), "routine 0",
        *(f"urgent {number}" for number in range(3, 6)), "routine 1",
        "urgent 6", "urgent 7", "routine 2", "routine 3",
    ]  # fmt: skip
    assert ready == []


def test_urgent_films_alone_owe_nobody_a_turn():
    turns = Turns()
    for number in range(10):
        turns.take([Waiting(f"urgent {number}", number, urgent=True)])

    ready = [Waiting("routine", 0, urgent=False), Waiting("urgent", 1, urgent=True)]

    assert turns.take(ready).film == "urgent"


def test_a_dead_letter_that_was_urgent_is_urgent_when_it_is_sent_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CXR_SCP_FOLDER", str(tmp_path))
    spool = Spool(tmp_path, 10**9, 0, 10)
    for name, urgent in (("a" * 32, True), ("b" * 32, False)):
        received = spool.incoming / "film.dcm"
        received.write_bytes(b"film")
        spool.keep(received, name, urgent)
        spool.bury(name, "gateway-lost")
    assert spool.dead() == {"a" * 32: "gateway-lost", "b" * 32: "gateway-lost"}

    assert main(["resend", "--dead"]) == 0

    assert capsys.readouterr().out == "2 films wait again\n"
    assert {each.film[0]: each.urgent for each in spool.waiting()} == {"a": True, "b": False}
    assert spool.dead() == {}


def test_a_film_that_is_made_urgent_while_it_is_assessed_is_let_go_of_all_the_same(tmp_path):
    spool = Spool(tmp_path, 10**9, 0, 10)
    received = spool.incoming / "film.dcm"
    received.write_bytes(b"film")
    spool.keep(received, "a" * 32)

    spool.hasten("a" * 32)
    spool.done("a" * 32)
    spool.hasten("a" * 32)

    assert spool.waiting() == []


@pytest.mark.parametrize(
    ("attributes", "urgent"),
    [
        ({"RequestingService": "ED"}, True),
        ({"RequestingService": "ed "}, True),
        ({"RequestingService": "REDUCED"}, False),
        ({"RequestingService": ""}, False),
        ({}, False),
        ({"InstitutionalDepartmentName": "Emergency"}, True),
        ({"AdmittingDiagnosesDescription": ["Fall", "Polytrauma"]}, True),
        ({"RequestAttributesSequence": Sequence([Dataset()])}, False),
        ({"PatientName": "None"}, False),
    ],
)
def test_one_attribute_that_fits_is_enough(attributes: dict[str, Any], urgent: bool):
    film = Dataset()
    for keyword, value in attributes.items():
        setattr(film, keyword, value)
    rule = {
        "RequestingService": ("ED", "ER ?"),
        "InstitutionalDepartmentName": ("emerg*",),
        "AdmittingDiagnosesDescription": ("*trauma*",),
        "PatientComments": ("N*",),
    }

    assert is_urgent(film, rule) is urgent


def test_what_was_asked_for_counts_as_the_films_own():
    film, asked = Dataset(), Dataset()
    asked.RequestedProcedureDescription = "CHEST STAT"
    film.RequestAttributesSequence = Sequence([Dataset(), asked])

    assert is_urgent(film, {"RequestedProcedureDescription": ("*STAT",)})


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("urgent: {RequestingServcie: [ED]}", "RequestingServcie is no keyword of a DICOM attribute"),
        ("urgent: {PixelData: [ED]}", "PixelData is an attribute without text"),
        ("urgent: {RequestAttributesSequence: [ED]}", "RequestAttributesSequence is an attribute without text"),
        ("urgent: {RequestingService: [NO]}", "urgent.RequestingService.0: Input should be a valid string"),
        ("urgent: {RequestingService: []}", "urgent.RequestingService"),
        ("urgent: {RequestingService: ''}", "urgent.RequestingService.0"),
        ("urgent: [ED]", "urgent: Input should be a valid dictionary"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_at_the_start_with_the_place(tmp_path, text, wrong):
    (tmp_path / "routes.yaml").write_text(text)

    with pytest.raises(ValueError, match=wrong):
        read_routes(tmp_path / "routes.yaml")


def test_the_examples_of_the_documentation_are_valid(tmp_path):
    from local.places import ROOT

    page = (ROOT / "docs" / "integration.md").read_text()
    example = next(each for each in page.split("```yaml\n")[1:] if each.startswith("urgent:")).partition("```")[0]
    (tmp_path / "routes.yaml").write_text(example)

    assert len(read_routes(tmp_path / "routes.yaml").urgent) >= 3
