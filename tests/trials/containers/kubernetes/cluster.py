"""The overlay dev, as docs/kubernetes.md installs it: images, pods, probes, policies, a film, a roll-out."""

import shutil
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import yaml

from tests.kustomize import kustomize
from tests.trials.containers import hardening
from tests.trials.containers.engine import Engine
from tests.trials.containers.kubernetes import policies, probes
from tests.trials.containers.kubernetes.mounts import data
from tests.trials.containers.kubernetes.pods import Pod
from tests.trials.containers.kubernetes.policies import Way
from tests.trials.containers.load import ANSWERED, Load
from tests.trials.containers.report import Report, Step
from tests.trials.containers.serving import ITS_CLASS, SAMPLE
from tests.unit.deploy.manifests import Manifest, Manifests
from vocabulary.stages import STAGES

NETWORK = "pods"
WAYS = {
    *(Way("gateway", stage, 7070) for stage in STAGES),
    Way("gateway", "valkey", 6379),
    Way("gateway", "scp", 8112),
    Way("review", "scp", 8112),
    Way("scp", "gateway", 8000),
    Way("review", "gateway", 8000),
}
"""Those of docs/kubernetes.md, and no other."""

ROLLED_OUT = STAGES[-1]
FILMS = 3


class Cluster:
    """The pods of an overlay, each named as if its workload were a StatefulSet."""

    def __init__(self, engine: Engine, checkout: Path, folder: Path) -> None:
        self.engine, self._checkout, self._folder = engine, checkout, folder
        overlay = checkout / "deploy" / "kubernetes" / "overlays" / "dev"
        shutil.copy(checkout / "build" / "run" / "trusted" / "machine.pub", overlay / "release.pub")
        self.manifests = Manifests([each for each in yaml.safe_load_all(kustomize(overlay)) if each])
        self.pods: list[Pod] = []

    def build(self) -> None:
        """The stages' own images, by the names in the manifests; all others are there."""
        archives = self._checkout / "build" / "model_store"
        for stage in STAGES:
            (container,) = self.manifests.one("Deployment", stage)["spec"]["template"]["spec"]["containers"]
            file = self._checkout / "deploy" / "stage.Dockerfile"
            words = ("--quiet", "--file", file, "--build-arg", f"STAGE={stage}", "--tag", container["image"])
            self.engine.docker("build", *words, archives)

    def start(self) -> list[str]:
        """Every workload's pods; what fails of their probes."""
        self.engine.docker("network", "create", NETWORK)
        started = [
            self._start(each, number)
            for each in self.manifests.workloads()
            for number in range(each["spec"]["replicas"])
        ]
        return self._probed(started)

    def add(self, name: str, number: int) -> list[str]:
        """One pod more of a workload, with what the policies allow it; what fails of its probes."""
        pod = self._start(self.manifests.one("Deployment", name), number)
        policies.enforce(self.engine, self.manifests, self.pods)
        return self._probed([pod])

    def end(self, name: str) -> None:
        """A pod, as kubelet ends it after preStop."""
        pod = next(each for each in self.pods if each.name == name)
        self.engine.docker("stop", "--time", str(pod.grace_s), name)
        self.engine.docker("rm", name)
        self.pods.remove(pod)

    def remove(self) -> None:
        """All pods, and their network."""
        self.engine.docker("rm", "--force", *(pod.name for pod in self.pods))
        self.engine.docker("network", "rm", NETWORK)

    def client(self) -> httpx.Client:
        """Of the gateway, as `kubectl port-forward` leads to it, past all policies; with the overlay's token."""
        pod = next(each for each in self.pods if each.name == "gateway-0")
        name = next(
            each["metadata"]["name"]
            for each in self.manifests.of("Secret")
            if each["metadata"]["name"].startswith("token")
        )
        proof = {"Authorization": f"Bearer {data(self.manifests, 'Secret', name)['token']}"}
        return httpx.Client(base_url=f"http://{probes.address(self.engine, pod)}:8000", headers=proof, timeout=60)

    def _start(self, workload: Manifest, number: int) -> Pod:
        pod = Pod(self.manifests, workload, number, NETWORK)
        pod.start(self.engine, self._folder)
        self.pods.append(pod)
        return pod

    def _probed(self, pods: Iterable[Pod]) -> list[str]:
        with ThreadPoolExecutor() as pool:
            return [told for told in pool.map(lambda pod: probes.passed(self.engine, pod), pods) if told]


def played(report: Report, engine: Engine, checkout: Path, folder: Path) -> None:
    """All of it, with a step for each."""
    cluster = Cluster(engine, checkout, folder)
    with report.step("pods: images of the stages"):
        cluster.build()
    with report.step("pods: start, probes") as step:
        failing = cluster.start()
        step.expect(not failing, "; ".join(failing))
        step.tell(f"{len(cluster.pods)} pods passed their probes")
    with report.step("pods: policies") as step:
        _closed(step, cluster)
    with report.step("pods: a film, hardening") as step:
        _asked(step, cluster)
    with report.step("pods: a stage rolled out under load") as step:
        _rolled_out(step, cluster)
    with report.step("pods: removed") as step:
        cluster.remove()
        step.expect(not engine.docker("ps", "--all", "--quiet").strip(), "there still are containers")


def _closed(step: Step, cluster: Cluster) -> None:
    """What is open without policies is closed by them, but for what the documentation names."""
    before = policies.open_ways(cluster.engine, cluster.pods)
    policies.enforce(cluster.engine, cluster.manifests, cluster.pods)
    after = policies.open_ways(cluster.engine, cluster.pods)
    step.expect(after <= WAYS, f"open, though nobody needs it: {', '.join(map(str, sorted(after - WAYS)))}")
    step.expect(after >= WAYS, f"closed, though needed: {', '.join(map(str, sorted(WAYS - after)))}")
    step.expect(before > WAYS, "without policies no more is open than with them: this proves nothing")
    step.tell(f"{len(before)} ways open without policies, {len(after)} with them")


def _asked(step: Step, cluster: Cluster) -> None:
    with cluster.client() as client:
        answer = client.post("/v1/assessments", content=SAMPLE.read_bytes(), headers={"Content-Type": "image/jpeg"})
    step.expect(
        answer.is_success and answer.json()["predicted_class"] == ITS_CLASS,
        f"{answer.status_code}: {answer.text[:200]}",
    )
    for pod in cluster.pods:
        hardening.look(step, cluster.engine, pod.name)
    step.tell(f"film {answer.status_code}; {len(cluster.pods)} pods without privileges")


def _rolled_out(step: Step, cluster: Cluster) -> None:
    """One pod more, and, once it has been ready for as long as the manifest says, the old one ends."""
    ready_s = cluster.manifests.one("Deployment", ROLLED_OUT)["spec"]["minReadySeconds"]
    with Load(cluster.client, seed=30) as load:
        load.wait_answered(FILMS)
        failing = cluster.add(ROLLED_OUT, 1)
        step.expect(not failing, "; ".join(failing))
        time.sleep(ready_s)
        cluster.end(f"{ROLLED_OUT}-0")
        load.wait_answered(FILMS)
    step.expect(set(load.counts) == {ANSWERED}, f"{load.told()}: {', '.join(load.lost[:3])}")
    step.tell(load.told())
