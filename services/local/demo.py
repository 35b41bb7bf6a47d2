"""`make demo`: what the system says about the sample films."""

import csv
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from client import authorities
from client.answers import Json
from client.errors import GatewayError, LaterError
from client.gateway import Gateway
from client.places import model_store
from local.errors import StackError
from local.places import HOME, ROOT
from local.plan import Plan
from local.ports import LOOPBACK
from local.stack import Stack
from local.words import as_installed
from vocabulary.problems import known
from vocabulary.words import label

SAMPLES = ROOT / "tests" / "data"
AET = "CXRCASCADE"
"""The listener's AE title."""

PICTURES = HOME / "demo"
PROBLEMS = {"hand.png": "bone-age"}
"""What samples of other problems than the chest are asked for."""
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".dcm": "application/dicom"}


@dataclass(frozen=True)
class Sample:
    """A file to assess: data is missing where it cannot be had, and told says why."""

    name: str
    path: Path | None
    told: str = ""


def plan() -> Plan:
    """Unless the stack is up already: the cascade, and what samples of other problems need, where that has weights."""
    there = (name for name in PROBLEMS.values() if (model_store() / name / "weights.safetensors").exists())
    return Plan.parse(" ".join(f"{name}=1" for name in there))


def run(stack: Stack, console: Console, environment: Mapping[str, str]) -> None:
    """Assess every sample, print the table, and write the heat maps."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    table = Table("film", "outcome", "class or reason", "value", "time")
    pictures = 0
    with Gateway(stack.url, timeout_s=60, token_file=stack.places.token) as gateway:
        for sample in samples(environment):
            if sample.path is None:
                table.add_row(sample.name, "-", sample.told, "", "")
                continue
            assessment, took_ms = _assess(gateway, sample.path)
            table.add_row(sample.name, *_row(assessment), f"{took_ms:.0f} ms")
            pictures += _keep_heatmap(gateway, assessment, PICTURES / f"{Path(sample.name).stem}.png")
    console.print(table)
    console.print(f"Reading room, with these films: {stack.review}", style="bold")
    console.print(f"{pictures} heat maps on their films: {PICTURES}")
    console.print(f"Gateway: {stack.url}   documentation: {stack.url}/docs   token: {stack.places.token}")
    console.print(f"Metrics: {stack.url}/metrics   dashboards, alerts, more replicas: docs/operations.md")
    told = as_installed("`make status`, `make logs`, `make down`")
    console.print(f"Logs: {stack.places.log('any').parent}   {told}")
    console.print("Research use only: not a medical device.")


def samples(environment: Mapping[str, str]) -> Iterator[Sample]:
    """The files of tests/data, and a lateral view, which is only in the data set."""
    for path in sorted(SAMPLES.iterdir()):
        if path.suffix in TYPES:
            yield Sample(path.name, path)
    lateral = _lateral(Path(environment.get("CXR_DATA") or ROOT.parent / "shared" / "data" / "cxr"))
    told = "no freely licensed one ships with this: set CXR_DATA to the data set's folder"
    yield Sample("lateral view", lateral, told)


def _lateral(data: Path) -> Path | None:
    index = data / "index.csv"
    if not index.exists():
        return None
    with index.open(newline="") as file:
        rows = (row for row in csv.DictReader(file) if row["view"] == "L" and row["split"] == "test")
        return next((data / row["image"] for row in rows), None)


def _assess(gateway: Gateway, film: Path) -> tuple[Json, float]:
    """The gateway's answer, a problem included, and how long it took, in milliseconds."""
    started = time.perf_counter()
    try:
        answer = gateway.assess(film.read_bytes(), TYPES[film.suffix], problem=PROBLEMS.get(film.name))
    except LaterError as error:
        raise StackError(f"The gateway did not answer about {film.name}: {error}. `make logs` shows more.") from error
    except GatewayError as error:
        answer = {"outcome": f"error {error.code}", "detail": str(error)}
        if error.code == "problem-not-deployed":
            answer |= {"outcome": "-", "detail": as_installed(f'started by `make up STAGES="{PROBLEMS[film.name]}=1"`')}
    return answer, 1000 * (time.perf_counter() - started)


def over_dicom(stack: Stack) -> str:
    """What becomes of a sample that is sent as a modality would send it.

    Raises:
        StackError: the listener does not take it.
    """
    from pydicom import dcmread
    from pynetdicom import AE

    film = dcmread(SAMPLES / "film.dcm")
    entity = AE("MODALITY")
    entity.add_requested_context(film.SOPClassUID, film.file_meta.TransferSyntaxUID)
    association = entity.associate(LOOPBACK, stack.ports.scp, ae_title=AET)
    if not association.is_established:
        raise StackError("The listener does not accept an association. `make logs` shows more.")
    status = association.send_c_store(film).get("Status")
    association.release()
    if status != 0:
        raise StackError(f"The listener did not take film.dcm: C-STORE status {status}. `make logs` shows more.")
    end = time.monotonic() + 60
    with httpx.Client(base_url=stack.door, verify=authorities.usual()) as client:
        while (told := client.get("/status").json())["waiting"] and time.monotonic() < end:
            time.sleep(0.1)
    films = ", ".join(f"{count} {state}" for state, count in told["films"].items() if count)
    return f"film.dcm sent by C-STORE to {AET} at {LOOPBACK}:{stack.ports.scp}; the ledger: {films}"


def _row(assessment: Mapping[str, Any]) -> tuple[str, str, str]:
    """Outcome, class or reason, and the class's probability or the number with its interval."""
    outcome = str(assessment["outcome"])
    if number := assessment.get("value"):
        unit = next(name for name in number if name != "interval")
        low, high = number["interval"]
        return (
            outcome,
            known.PROBLEMS[assessment["asked"]].title,
            f"{number[unit]:.0f} {unit} ({low:.0f} to {high:.0f})",
        )
    if outcome == "assessed":
        predicted = assessment["predicted_class"]
        cached = " (cached)" if assessment["cached"] else ""
        return outcome + cached, label(predicted), f"{assessment['classes'][predicted]:.2f}"
    if refusal := assessment.get("refusal"):
        return outcome, label(refusal["reason"]), ""
    return outcome, str(assessment.get("detail", "")), ""


def _keep_heatmap(gateway: Gateway, assessment: Json, picture: Path) -> int:
    """Write the heat map over the film, where there is one; how many were written."""
    picture.unlink(missing_ok=True)
    if assessment.get("outcome") != "assessed":
        return 0
    heat = gateway.file(assessment["id"], "heatmap.png", overlay="true")
    if heat is None:
        return 0
    picture.write_bytes(heat)
    return 1
