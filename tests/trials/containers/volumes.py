"""A backup of the volumes, and its restore on a machine where there are none, as docs/operations.md tells."""

import json
import os
import sys
from pathlib import Path

from tests.orthanc import Orthanc
from tests.trials.containers import dicom
from tests.trials.containers.compose import Compose
from tests.trials.containers.parts import ran
from tests.trials.containers.report import Report
from tests.trials.traffic.exposures import exposures

COUNTING = """\
import sqlite3, sys
database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(database.execute(f"SELECT count(*) FROM {sys.argv[2]}").fetchone()[0])
"""
VOLUMES = {"CXR_SCP_FOLDER": "films", "REVIEW_FOLDER": "readings"}


def saved_and_restored(report: Report, compose: Compose, pacs: Orthanc, folder: Path) -> None:
    """What the ledger and the reading room know is known again, and new films are taken."""
    with report.step("backup while it runs") as step:
        before = known(compose)
        step.expect(before["films"], "there is nothing to back up")
        _local(compose, "backup", "--to", folder)
        (backup,) = folder.glob("cxr-*.tar*")
        step.tell(
            f"{backup.stat().st_size / 1e6:.1f} MB; {before['films']} films in the ledger, {before['readers']} readers"
        )
    with report.step("restore into new volumes") as step:
        compose("down", "--volumes")
        compose("up", "--wait")
        step.expect(known(compose)["films"] == 0, "the new volumes are not empty")
        compose("stop", "scp", "review")
        _local(compose, "restore", "--from", backup)
        compose("up", "--wait")
        after = known(compose)
        step.expect(after == before, f"before {before}, after {after}")
        films = list(exposures(1, seed=6))
        step.expect(dicom.c_store(films) and dicom.returned(pacs, films), "new films are not taken, or not assessed")
        step.tell(f"{after['films']} films, {after['readers']} readers")


def known(compose: Compose) -> dict[str, int]:
    """How many films are in the ledger, and how many readers the reading room knows."""

    def count(service: str, file: str, table: str) -> int:
        words = ("python", "-c", COUNTING, file, table)
        return int(json.loads(compose("exec", "-T", service, *words)))

    return {
        "films": count("scp", "/srv/films/ledger.sqlite", "instance"),
        "readers": count("review", "/srv/readings/review.sqlite", "reader"),
    }


def _local(compose: Compose, *words: str | Path) -> None:
    """`make backup` and `make restore`, by the volumes' folders, in the checkout."""
    environment = compose.engine.environment | places(compose)
    environment |= {"PYTHONPATH": os.pathsep.join(("services", "deploy"))}
    assignments = [f"{name}={value}" for name, value in environment.items()]
    ran(["env", "-i", *assignments, sys.executable, "services/local", *words], cwd=compose.folder)


def places(compose: Compose) -> dict[str, str]:
    """The variables by which `make backup` finds the volumes' folders, from the host."""
    at = {name: compose.engine.inspected(f"cxr-cascade_{volume}")["Mountpoint"] for name, volume in VOLUMES.items()}
    keys = dict.fromkeys(("CXR_SCP_DISK_KEY", "REVIEW_DISK_KEY"), "build/disk.key")
    return at | keys | {"CXR_TOKEN_FILE": "build/token"}
