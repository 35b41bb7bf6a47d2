"""A new version of a stage is rolled out under load, as Kubernetes does it, and no film is lost.

Every replica is in a network namespace with an address of its own, on the same port, and the classifier's name stands
for those that are ready. Kubernetes' part is played here: one more before one less, out of the name, a wait, SIGTERM.
"""

import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from client.token import of_environment
from local import archives as model_archives
from local.places import ROOT
from tests.integration.cluster import HUB, Cluster, unable
from tests.integration.conftest import PATH, SAMPLES
from tests.integration.processes import Process, ending, gateway, torchserve
from vocabulary.stages import STAGES

PORT, GATEWAY_PORT = 7070, 8000
CLASSIFIER = ROOT / "model_store" / "classifier"
PRESENT = yaml.safe_load((CLASSIFIER / "model-config.yaml").read_text())["stage"]["version"]
NEW = "9.9.9"
OTHERS, OLD, NEXT = 1, (2, 3), (4, 5)
"""Pods: the two other stages, and the classifier's."""

LEAVING_S = 4.0
"""Between leaving the name and SIGTERM: preStop in deploy/kubernetes, less what DNS may keep an answer there.

Source:
    The gateway looks names up every 2 s.
"""


class Site:
    """The gateway, its stages, and a client or two that never stop."""

    def __init__(self, cluster: Cluster, folder: Path, archives: Path, processes: list[Process]) -> None:
        self._cluster, self._folder, self._archives, self._processes = cluster, folder, archives, processes
        self.url = f"http://{cluster.address(HUB)}:{GATEWAY_PORT}"

    def start(self, pod: int, archives: Path, *stages: str) -> Process:
        """A TorchServe in a new pod."""
        env = {"TS_GRPC_INFERENCE_ADDRESS": "0.0.0.0", "TS_GRPC_INFERENCE_PORT": str(PORT)}  # noqa: S104 - in its pod
        started = torchserve(self._folder / f"pod-{pod}", archives, stages, env, self._cluster.pod(pod))
        self._processes.append(started)
        return started

    def name(self, *classifiers: int) -> None:
        """Who the classifier is from now on."""
        self._cluster.name({"classifier": list(classifiers), "discriminator": [OTHERS], "segmenter": [OTHERS]})

    def up(self) -> list[Process]:
        """The whole of it, with the old classifiers; these are returned."""
        self._processes.append(self._cluster.serve_names(self._folder / "names-server"))
        self.start(OTHERS, self._archives, "discriminator", "segmenter")
        old = [self.start(pod, self._archives, "classifier") for pod in OLD]
        self.name(*OLD)
        stages = {f"CXR_{stage.upper()}": f"dns:///{stage}:{PORT}" for stage in STAGES}
        env = stages | {"CXR_HOST": self._cluster.address(HUB)}
        process = gateway(self._folder / "gateway", GATEWAY_PORT, env, self._cluster.within(HUB))
        self._processes.append(process)
        process.until(lambda: self.replicas() == len(OLD) and self.ready())
        return old

    def ready(self) -> bool:
        """Whether the gateway has reached every stage."""
        try:
            return httpx.get(f"{self.url}/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def replicas(self) -> int:
        """Classifiers that are up, as the gateway sees it."""
        try:
            lines = httpx.get(f"{self.url}/metrics").text.splitlines()
        except httpx.TransportError:
            return 0
        up = (line for line in lines if line.startswith("cxr_stage_replicas{"))
        return sum(int(float(line.split()[-1])) for line in up if 'stage="classifier"' in line and 'state="up"' in line)


class Load:
    """Two clients that post a film again and again, computed afresh each time."""

    def __init__(self, url: str) -> None:
        self.statuses: Counter[int] = Counter()
        self.versions: list[str] = []
        self.classes: dict[str, set[str]] = {}
        self._url, self._film, self._going = url, (SAMPLES / "normal.png").read_bytes(), True
        self._threads = [threading.Thread(target=self._post) for _ in range(2)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        for thread in self._threads:
            thread.join()

    def wait(self, answers: int = 4) -> None:
        """Until some more films have been answered."""
        end, wanted = time.monotonic() + 60, self.statuses.total() + answers
        while self.statuses.total() < wanted:
            assert time.monotonic() < end, self.statuses
            time.sleep(0.05)

    def _post(self) -> None:
        headers = {"Content-Type": "image/png", "Cache-Control": "no-cache"}
        with httpx.Client(timeout=30, auth=of_environment()) as client:
            while self._going:
                response = client.post(self._url + PATH, content=self._film, headers=headers)
                self.statuses[response.status_code] += 1
                if response.status_code == httpx.codes.OK:
                    version = response.json()["models"]["classifier"]
                    self.versions.append(version)
                    rounded = {name: round(value, 3) for name, value in response.json()["classes"].items()}
                    self.classes.setdefault(version, set()).add(str(sorted(rounded.items())))


@pytest.fixture
def site(archives: Path, tmp_path: Path) -> Iterator[Site]:
    if why := unable():
        pytest.skip(why)
    with Cluster(tmp_path) as cluster, ending() as processes:
        yield Site(cluster, tmp_path, archives, processes)


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a classifier's archive that says that it is another version, and answers something else."""
    folder = tmp_path_factory.mktemp("newer")
    shutil.copytree(CLASSIFIER, folder / "store" / "classifier")
    path = folder / "store" / "classifier" / "model-config.yaml"
    config = yaml.safe_load(path.read_text())
    config["stage"] |= {"version": NEW, "temperature": 2 * config["stage"]["temperature"]}
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    model_archives.build("classifier", folder / "archives", folder / "store")
    return folder / "archives"


def test_a_new_version_is_rolled_out_under_load_without_a_film_lost(site: Site, newer: Path) -> None:
    leaving = dict(zip(OLD, site.up(), strict=True))
    ready = list(OLD)
    with Load(site.url) as load:
        load.wait()
        for coming, going in zip(NEXT, OLD, strict=True):
            started = site.start(coming, newer, "classifier")
            ready.append(coming)
            site.name(*ready)
            started.until(lambda: site.replicas() == len(ready))
            ready.remove(going)
            site.name(*ready)
            time.sleep(LEAVING_S)
            leaving[going].terminate()
            load.wait()
        ended = [process.wait() for process in leaving.values()]
        load.wait()

    assert set(load.statuses) == {200}, load.statuses
    assert (load.versions[0], load.versions[-1]) == (PRESENT, NEW)
    assert {version: len(answers) for version, answers in load.classes.items()} == {PRESENT: 1, NEW: 1}
    assert load.classes[PRESENT] != load.classes[NEW], "answers of both are told apart"
    assert ended == [0, 0], "they ended by themselves, when what they had was answered"
