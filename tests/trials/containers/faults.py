"""Each container killed, and each restarted, while distinct films come."""

from collections.abc import Callable

import httpx

from tests.orthanc import Orthanc
from tests.trials.containers import dicom
from tests.trials.containers.compose import SERVICES, Compose
from tests.trials.containers.load import ANSWERED, HUNG_UP, LOST, Load
from tests.trials.containers.records import records
from tests.trials.containers.report import Report, Step
from tests.trials.traffic.exposures import exposures

BEFORE = 3
"""Films that are answered before the fault, and after it."""

RESTARTED_WITHIN_S = 60

IN_ROOM_WITHIN_S = 60

FRONT = "gateway"
"""Nothing is before it that could answer while it is away."""

VALKEY = "redis"
"""It keeps nothing across a restart: what the reading room has not read of its feed by then, it never does."""


def killed(report: Report, compose: Compose) -> None:
    """Their first process; the engine starts them again."""

    def kill(service: str, step: Step) -> None:
        container = compose.container(service)
        step.expect(_started_again(compose, container), f"{container} was not started again")

    for number, service in enumerate(SERVICES):
        _under_load(report, compose, service, "killed", kill, seed=10 + number)


def restarted(report: Report, compose: Compose) -> None:
    """As an operator does."""
    for number, service in enumerate(SERVICES):
        _under_load(report, compose, service, "restarted", lambda name, _: compose("restart", name), seed=20 + number)


def _under_load(
    report: Report, compose: Compose, service: str, what: str, fault: Callable[[str, Step], object], seed: int
) -> None:
    with report.step(f"{service} {what} under load") as step:
        before = _in_room(compose)
        with Load(compose.client, seed) as load:
            load.wait_answered(BEFORE)
            fault(service, step)
            compose.wait_healthy()
            load.wait_answered(BEFORE)
        step.tell(load.told())
        _expect_answered(step, load, service)
        if service != VALKEY:
            _expect_in_room(step, compose, before + load.counts[ANSWERED])


def nothing_lost(report: Report, compose: Compose, pacs: Orthanc) -> None:
    """A film that the listener has taken is assessed, whoever is killed then."""
    with report.step("films of a killed listener") as step, compose.client() as client:
        films = list(exposures(4, seed=5))
        compose("stop", "gateway")
        step.expect(dicom.c_store(films), "the listener does not take films while the gateway is away")
        compose.engine.killed(compose.container("scp"))
        compose("up", "--wait")
        step.expect(dicom.returned(pacs, films), "not all results came to the PACS")
        ready = client.get("/readyz").status_code
        step.expect(ready == httpx.codes.OK, f"the gateway is not ready: {ready}")
        step.tell(f"{len(films)} films taken without a gateway, results in Orthanc")


def _started_again(compose: Compose, container: str) -> bool:
    """Kill its first process; whether the engine notices."""
    before = compose.engine.inspected(container)["RestartCount"]
    compose.engine.killed(container)
    return dicom.until(lambda: compose.engine.inspected(container)["RestartCount"] > before, RESTARTED_WITHIN_S)


def _expect_answered(step: Step, load: Load, service: str) -> None:
    """Every film, or it is refused with a time to come back; at the front whoever asks may be hung up on."""
    lost = load.counts[LOST] + (load.counts[HUNG_UP] if service != FRONT else 0)
    step.expect(not lost, f"{lost} lost: {', '.join(sorted(set(load.lost)))}")
    step.expect(load.counts[ANSWERED] >= 2 * BEFORE, "films are not answered again")


def _expect_in_room(step: Step, compose: Compose, due: int) -> None:
    """All that was answered, since the gateway reads what it kept before the fault."""
    came = dicom.until(lambda: _in_room(compose) >= due, IN_ROOM_WITHIN_S)
    step.expect(came, f"{_in_room(compose)} films in the reading room, of {due}")


def _in_room(compose: Compose) -> int:
    """How many films the reading room has."""
    return len(records(compose)["film"])
