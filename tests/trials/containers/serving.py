"""docker-compose.yml from nothing to a doctor's reading room: built, started, asked, sent to, scaled."""

import re
from dataclasses import replace
from itertools import islice
from pathlib import Path

import httpx

from local.places import ROOT
from tests.orthanc import Orthanc
from tests.trials.containers import dicom, hardening
from tests.trials.containers.checkout import USUAL_UMASK, cloned
from tests.trials.containers.compose import GATEWAY, REVIEW, SERVICES, Compose, replicas_up
from tests.trials.containers.images import ids, sizes
from tests.trials.containers.load import ANSWERED, Load
from tests.trials.containers.report import Report, Step
from tests.trials.traffic.exposures import exposures
from vocabulary.stages import STAGES

SAMPLE = ROOT / "tests" / "data" / "pneumonia.jpg"
ITS_CLASS = "interstitial_pneumonia"
PUBLISHED = ("gateway", "scp", "review")
REPLICAS = 2
FILMS_TO_SHARE = 12


def built(report: Report, compose: Compose, *services: str) -> None:
    """Images and containers of services, or of all, where there are none."""
    with report.step("compose up --build --wait") as step:
        compose("up", "--build", "--wait", *services)
        step.expect(not (ill := compose.ill()), f"not healthy: {', '.join(ill)}")
        images = sizes(compose.engine).items()
        step.tell(", ".join(f"{name.removeprefix('cxr-cascade/')} {mb:.0f} MB" for name, mb in images))


def built_again(report: Report, compose: Compose, folder: Path) -> None:
    """From another checkout, with another umask, by nothing that the engine kept of the first: the same images."""
    with report.step("built again elsewhere") as step:
        first = ids(compose.engine)
        cloned(folder, umask=USUAL_UMASK)
        replace(compose, folder=folder)("build", "--no-cache")
        again = ids(compose.engine)
        other = [name for name, id_ in first.items() if again[name] != id_]
        step.expect(not other, f"not the same: {', '.join(other)}")
        step.tell(f"{len(first)} images, {len(first) - len(other)} of them the same")


def started(report: Report, compose: Compose) -> None:
    """All again, when the images are there."""
    with report.step("compose down, up --wait") as step:
        compose("down", "--volumes")
        compose("up", "--wait")
        step.expect(not (ill := compose.ill()), f"not healthy: {', '.join(ill)}")
        step.tell(f"{len(compose.containers())} containers")


def one_film(report: Report, compose: Compose) -> None:
    """By HTTP: with the token, and without."""
    with report.step("a film by HTTP") as step, compose.client() as client:
        sent = {"content": SAMPLE.read_bytes(), "headers": {"Content-Type": "image/jpeg"}}
        answer = client.post("/v1/assessments", **sent)
        step.expect(answer.status_code == httpx.codes.OK, f"answered {answer.status_code}: {answer.text[:200]}")
        if answer.is_success:
            predicted, total = answer.json()["predicted_class"], answer.json()["timings_ms"]["total"]
            step.expect(predicted == ITS_CLASS, f"it is said to be {predicted}")
            step.tell(f"{predicted}, {total:.0f} ms")
        without = httpx.post(f"{GATEWAY}/v1/assessments", **sent).status_code
        step.expect(without == httpx.codes.UNAUTHORIZED, f"without the token: {without}")


def films_by_dicom(report: Report, compose: Compose, pacs: Orthanc) -> None:
    """C-STORE and STOW-RS; results come back to a PACS."""
    with report.step("films by C-STORE and STOW") as step, compose.client() as client:
        stored, posted = list(exposures(2, seed=1)), list(exposures(2, seed=2))
        step.expect(dicom.c_store(stored), "the listener does not take what storescu sends")
        status = dicom.stow(client, posted)
        step.expect(status == httpx.codes.OK, f"STOW-RS is answered {status}")
        step.expect(dicom.returned(pacs, stored + posted), "not all results came to the PACS")
        step.tell(f"results of {len(stored + posted)} films in Orthanc")


def reading_room(report: Report, compose: Compose) -> None:
    """Its first administrator is invited; the invitation opens, and nothing else does."""
    with report.step("the reading room") as step:
        told = compose("exec", "-T", "review", "python", "-m", "review", "admin", "boss", "--url", REVIEW)
        address = re.search(rf"{REVIEW}(\S+)", told)
        step.expect(address, f"no invitation: {told}")
        with httpx.Client(base_url=REVIEW) as browser:
            invited = browser.get(address[1]).status_code if address else 0
            worklist = browser.get("/").status_code
        step.expect(invited == httpx.codes.OK, f"the invitation is answered {invited}")
        step.expect(worklist in (httpx.codes.UNAUTHORIZED, httpx.codes.SEE_OTHER), f"the worklist, unasked: {worklist}")
        step.tell(f"invitation {invited}, worklist of a stranger {worklist}")


def hardened(report: Report, compose: Compose) -> None:
    """Each container from inside, and who can leave."""
    with report.step("hardening, from inside") as step:
        for service in SERVICES:
            container = compose.container(service)
            hardening.look(step, compose.engine, container)
            limit = compose.engine.inspected(container)["HostConfig"]["PidsLimit"]
            step.expect(limit, f"{container} has no limit of processes")
            leads = hardening.has_a_way_out(compose.engine, container)
            step.expect(leads == (service in PUBLISHED), f"{container}: a way out: {leads}")
        step.tell(f"{len(SERVICES)} containers without privileges; {', '.join(PUBLISHED)} have a way out")


def scaled(report: Report, compose: Compose) -> None:
    """More of each stage in turn while it works, then one again."""
    with report.step("a stage scaled up and down") as step, compose.client() as client:
        stage = STAGES[-1]
        compose("up", "--wait", "--no-recreate", "--scale", f"{stage}={REPLICAS}")

        def up() -> int:
            return replicas_up(client.get("/readyz").json(), stage)

        step.expect(dicom.until(lambda: up() == REPLICAS, 30), f"the gateway sees {up()} of {REPLICAS}")
        with Load(compose.client, seed=3) as load:
            load.wait_answered(FILMS_TO_SHARE)
        _all_answered(step, load)
        with Load(compose.client, seed=4) as load:
            load.wait_answered(2)
            compose("up", "--wait", "--no-recreate", "--scale", f"{stage}=1")
            load.wait_answered(2)
        _all_answered(step, load)
        step.expect(dicom.until(lambda: up() == 1, 30), f"the gateway still sees {up()}")
        step.tell(f"{stage} 1, {REPLICAS}, 1: {load.told()}")


def _all_answered(step: Step, load: Load) -> None:
    step.expect(set(load.counts) == {ANSWERED}, f"{load.told()}: {', '.join(islice(load.lost, 3))}")
