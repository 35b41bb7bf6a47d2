"""What the drill does not try: a stage that is switched off, clients that hang up, hostile files, another archive."""

import shutil
import time
from pathlib import Path

import httpx
import pytest
import yaml

from auditing.disk import READABLE, write_whole
from certificates.seal import opened, trusted_keys
from local.places import TRUSTED
from tests.integration.conftest import PATH, SAMPLES
from vocabulary.stages import STAGES

FRESH = {"Cache-Control": "no-cache"}


def test_a_stopped_stage_is_503_in_time_and_red_then_green_again(stack, gateway):
    stack.stop("segmenter")
    try:
        started = time.monotonic()
        response = gateway.assess(SAMPLES / "normal.png", **FRESH)
        elapsed = time.monotonic() - started
        health = gateway.get("/readyz")
    finally:
        stack.start("segmenter")
    gateway.wait_ready()

    assert (response.status_code, response.json()["code"]) == (503, "stage-unavailable")
    assert "retry-after" in response.headers
    assert elapsed < 10
    assert health.status_code == 503
    ready = {name: stage["ready"] for name, stage in health.json()["stages"].items()}
    assert ready == {"discriminator": True, "segmenter": False, "classifier": True}
    assert gateway.assess(SAMPLES / "normal.png", **FRESH).json()["outcome"] == "assessed"


def test_clients_that_hang_up_leave_nothing_hanging(gateway):
    film = (SAMPLES / "normal.png").read_bytes()
    for _ in range(5):
        with pytest.raises(httpx.ReadTimeout):
            gateway.post(PATH, content=film, headers={"Content-Type": "image/png", **FRESH}, timeout=0.03)
    time.sleep(2)

    assert "cxr_in_flight 0.0" in gateway.get("/metrics").text
    assert gateway.assess(SAMPLES / "normal.png", **FRESH).json()["outcome"] == "assessed"


def test_hostile_files_kill_no_worker(stack, gateway):
    workers = {stage: stack.worker(stage) for stage in STAGES}
    film = (SAMPLES / "film.dcm").read_bytes()
    for cut in range(0, len(film), max(len(film) // 25, 1)):
        response = gateway.post(PATH, content=film[:cut] + b"\xff" * 64, headers={"Content-Type": "application/dicom"})
        assert response.status_code in (200, 400, 413, 415, 422), response.text

    assert {stage: stack.worker(stage) for stage in STAGES} == workers
    assert stack.pid("gateway")
    assert gateway.assess(SAMPLES / "film.dcm", **FRESH).status_code == 200


def test_another_archive_answers_only_when_its_digest_is_pinned_and_never_from_the_cache(fragile, broken, tmp_path):
    from local import archives

    first = broken.assess(SAMPLES / "pneumonia.jpg").json()
    assert broken.assess(SAMPLES / "pneumonia.jpg").json()["cached"] is True
    archives.build("classifier", tmp_path, newer(tmp_path / "store"))
    (fragile.archives / "classifier.mar").write_bytes((tmp_path / "classifier.mar").read_bytes())
    fragile.stop("classifier")
    fragile.start("classifier")
    fragile.wait_ready(240, names=["classifier"])
    time.sleep(5)  # the gateway asks it who it is every 2 s
    assert broken.get("/readyz").json()["stages"]["classifier"]["ready"] is False, "signed, but not what was started"

    pinned = yaml.safe_load(fragile.releases.read_text())
    seal = opened(fragile.archives / "classifier.mar", trusted_keys(TRUSTED)).seal
    pinned["releases"]["stable"]["classifier"] |= {"version": seal.version, "digest": seal.digest}
    write_whole(fragile.releases, yaml.safe_dump(pinned).encode(), READABLE)
    broken.wait_ready()
    second = broken.assess(SAMPLES / "pneumonia.jpg").json()

    assert second["cached"] is False
    assert second["models"]["classifier"] == "9.9.9"
    assert second["classes"] != first["classes"]


def newer(store: Path) -> Path:
    """A copy of the classifier's folder as version 9.9.9 with another temperature."""
    source = Path(__file__).parents[2] / "model_store" / "classifier"
    shutil.copytree(source, store / "classifier")
    path = store / "classifier" / "model-config.yaml"
    config = yaml.safe_load(path.read_text())
    config["stage"] |= {"version": "9.9.9", "temperature": 2 * config["stage"]["temperature"]}
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return store
