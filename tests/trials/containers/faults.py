"""Each container killed, and each restarted, while distinct films come."""

import httpx

from tests.orthanc import Orthanc
from tests.trials.containers import dicom
from tests.trials.containers.compose import SERVICES, Compose
from tests.trials.containers.load import ANSWERED, HUNG_UP, LOST, Load
from tests.trials.containers.report import Report, Step
from tests.trials.traffic.exposures import exposures

BEFORE = 3
"""Films that are answered before the fault, and after it."""

RESTARTED_WITHIN_S = 60

FRONT = "gateway"
"""Nothing is before it that could answer while it is away."""


def killed(report: Report, compose: Compose) -> None:
    """Their first process; the engine starts them again."""
    for number, service in enumerate(SERVICES):
        with report.step(f"{service} killed under load") as step:
            container = compose.container(service)
            with Load(compose.client, seed=10 + number) as load:
                load.wait_answered(BEFORE)
                again = _started_again(compose, container)
                compose.wait_healthy()
                load.wait_answered(BEFORE)
            step.expect(again, f"{container} was not started again")
            _judge(step, load, service)


def restarted(report: Report, compose: Compose) -> None:
    """As an operator does."""
    for number, service in enumerate(SERVICES):
        with report.step(f"{service} restarted under load") as step:
            with Load(compose.client, seed=20 + number) as load:
                load.wait_answered(BEFORE)
                compose("restart", service)
                compose.wait_healthy()
                load.wait_answered(BEFORE)
            _judge(step, load, service)


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


def _judge(step: Step, load: Load, service: str) -> None:
    """Every film is answered, or refused with a time to come back; at the front whoever asks may be hung up on."""
    step.tell(load.told())
    lost = load.counts[LOST] + (load.counts[HUNG_UP] if service != FRONT else 0)
    step.expect(not lost, f"{lost} lost: {', '.join(sorted(set(load.lost)))}")
    step.expect(load.counts[ANSWERED] >= 2 * BEFORE, "films are not answered again")
