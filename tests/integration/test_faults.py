"""What breaks, breaks one request at most, and mends itself."""

import os
import shutil
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
import yaml

from tests.integration.conftest import PATH, SAMPLES, Gateway

STAGES = ("discriminator", "segmenter", "classifier")
FRESH = {"Cache-Control": "no-cache"}


class Load:
    """A few clients that post the same film again and again, computed afresh each time."""

    def __init__(self, url: str, clients: int = 3) -> None:
        self.answers: Counter[tuple[int, str]] = Counter()
        self.classes: list[dict[str, float]] = []
        self._going = True
        self._url = url
        self._threads = [threading.Thread(target=self._post) for _ in range(clients)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        for thread in self._threads:
            thread.join()

    def _post(self) -> None:
        with Gateway(base_url=self._url, timeout=30) as client:
            while self._going:
                body = (response := client.assess(SAMPLES / "normal.png", **FRESH)).json()
                self.answers[response.status_code, body.get("code") or body["outcome"]] += 1
                if response.status_code == 200:
                    self.classes.append(body["classes"])

    def lost(self) -> int:
        """Requests that did not end in an assessment."""
        return sum(count for (status, _), count in self.answers.items() if status != 200)


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_worker_loses_its_running_request_at_most_and_comes_back(fragile, broken, stage):
    truth = broken.assess(SAMPLES / "normal.png", **FRESH).json()["classes"]
    with Load(fragile.url) as load:
        time.sleep(1)
        os.kill(fragile.worker(stage), signal.SIGKILL)
        time.sleep(2)
        broken.wait_ready()
        before = sum(load.answers.values())
        time.sleep(2)

    assert sum(load.answers.values()) > before, "nothing was answered after the worker came back"
    assert load.lost() <= 1, load.answers
    for classes in load.classes:
        assert classes == pytest.approx(truth, abs=1e-4)


def test_a_stopped_stage_is_503_in_time_and_red_then_green_again(fragile, broken):
    fragile.stop("segmenter")
    try:
        started = time.monotonic()
        response = broken.assess(SAMPLES / "normal.png", **FRESH)
        elapsed = time.monotonic() - started
        health = broken.get("/readyz")
    finally:
        fragile.start("segmenter")
    broken.wait_ready()

    assert (response.status_code, response.json()["code"]) == (503, "stage-unavailable")
    assert "retry-after" in response.headers
    assert elapsed < 10
    assert health.status_code == 503
    ready = {name: stage["ready"] for name, stage in health.json()["stages"].items()}
    assert ready == {"discriminator": True, "segmenter": False, "classifier": True}
    assert broken.assess(SAMPLES / "normal.png", **FRESH).json()["outcome"] == "assessed"


def test_redis_stopped_and_started_under_requests_costs_none(fragile, broken):
    with Load(fragile.url) as load:
        time.sleep(1)
        fragile.stop("valkey")
        time.sleep(2)
        assert broken.get("/readyz").json()["redis"] is False
        fragile.start("valkey")
        time.sleep(3)

    assert load.lost() == 0, load.answers
    assert broken.get("/readyz").json()["redis"] is True
    broken.assess(SAMPLES / "normal.png")
    assert broken.assess(SAMPLES / "normal.png").json()["cached"] is True


def test_clients_that_hang_up_leave_nothing_hanging(fragile, broken):
    film = (SAMPLES / "normal.png").read_bytes()
    for _ in range(5):
        with pytest.raises(httpx.ReadTimeout):
            broken.post(PATH, content=film, headers={"Content-Type": "image/png", **FRESH}, timeout=0.03)
    time.sleep(2)

    assert "cxr_in_flight 0.0" in broken.get("/metrics").text
    assert broken.assess(SAMPLES / "normal.png", **FRESH).json()["outcome"] == "assessed"


def test_hostile_files_kill_no_worker(fragile, broken):
    workers = {stage: fragile.worker(stage) for stage in STAGES}
    film = (SAMPLES / "film.dcm").read_bytes()
    for cut in range(0, len(film), max(len(film) // 25, 1)):
        response = broken.post(PATH, content=film[:cut] + b"\xff" * 64, headers={"Content-Type": "application/dicom"})
        assert response.status_code in (200, 400, 413, 415, 422), response.text

    assert {stage: fragile.worker(stage) for stage in STAGES} == workers
    assert fragile.pid("gateway")
    assert broken.assess(SAMPLES / "film.dcm", **FRESH).status_code == 200


def test_a_new_archive_version_is_not_answered_from_the_cache(fragile, broken, tmp_path):
    import archives

    first = broken.assess(SAMPLES / "pneumonia.jpg").json()
    assert broken.assess(SAMPLES / "pneumonia.jpg").json()["cached"] is True
    kept = fragile.archives / "classifier.mar"
    old = kept.read_bytes()
    try:
        archives.build("classifier", tmp_path, newer(tmp_path / "store"))
        kept.write_bytes((tmp_path / "classifier.mar").read_bytes())
        fragile.stop("classifier")
        fragile.start("classifier")
        broken.wait_ready()
        second = broken.assess(SAMPLES / "pneumonia.jpg").json()
    finally:
        kept.write_bytes(old)
        fragile.stop("classifier")
        fragile.start("classifier")
        broken.wait_ready()

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
