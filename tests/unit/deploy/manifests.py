"""The manifests of Kubernetes, as kustomize renders them; production's are also in docs/examples."""

import functools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.places import ROOT
from tests.kustomize import kustomize

SOURCE = ROOT / "deploy" / "kubernetes"
EXAMPLE = ROOT / "docs" / "examples" / "kubernetes-production.yaml"
VARIANTS = ("production", "dev", "next", "numbers", "cpu")
"""The two overlays; and production with a second classifier, with the stages of other problems, and with an autoscaler
that knows the processor only."""

CHANGES = {
    "next": ("# - ../../components/next-classifier", "- ../../components/next-classifier"),
    "numbers": ("# - ../../components/numbers", "- ../../components/numbers"),
    "cpu": ("- ../../components/autoscale\n", "- ../../components/autoscale-cpu\n"),
}

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Manifests:
    """All of a variant."""

    all: list[Manifest]

    def of(self, *kinds: str) -> list[Manifest]:
        """Those of some kinds."""
        return [each for each in self.all if each["kind"] in kinds]

    def one(self, kind: str, name: str) -> Manifest:
        """The one of a name."""
        (found,) = (each for each in self.of(kind) if each["metadata"]["name"] == name)
        return found

    def workloads(self) -> list[Manifest]:
        """Whatever makes pods."""
        return self.of("Deployment", "StatefulSet")

    def containers(self) -> Iterator[tuple[Manifest, Manifest]]:
        """Each workload and each of its containers."""
        for workload in self.workloads():
            pod = workload["spec"]["template"]["spec"]
            for container in pod["containers"] + pod.get("initContainers", []):
                yield workload, container

    def replicas(self, workload: Manifest) -> int:
        """How many there are at least: what an autoscaler says comes before what the workload says."""
        name = workload["metadata"]["name"]
        for scaler in self.of("ScaledObject", "HorizontalPodAutoscaler"):
            if scaler["spec"]["scaleTargetRef"]["name"] == name:
                least: int = scaler["spec"].get("minReplicaCount") or scaler["spec"]["minReplicas"]
                return least
        return int(workload["spec"]["replicas"])

    def selected(self, selector: dict[str, Any]) -> list[Manifest]:
        """The workloads whose pods a selector takes."""
        return [each for each in self.workloads() if matches(selector, each["spec"]["template"]["metadata"]["labels"])]

    def environment(self, workload: Manifest, container: Manifest) -> dict[str, str]:
        """What a container finds in its environment; what comes from secrets or the pod as a placeholder."""
        found: dict[str, str] = {}
        for source in container.get("envFrom", ()):
            if "configMapRef" in source:
                found |= self.one("ConfigMap", source["configMapRef"]["name"]).get("data", {})
        for each in container.get("env", ()):
            value = each.get("value", "0123456789abcdef")
            for earlier, told in found.items():
                value = value.replace(f"$({earlier})", told)
            assert "$(" not in value, f"{each['name']} of {workload['metadata']['name']} names what comes later"
            found[each["name"]] = value
        return found


def matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a label selector takes a pod."""
    equal = {**selector.get("matchLabels", {})}
    listed = selector.get("matchExpressions", ())
    assert all(each["operator"] == "In" for each in listed)
    return equal.items() <= labels.items() and all(labels.get(each["key"]) in each["values"] for each in listed)


@functools.cache
def example() -> Manifests:
    """Production's, as committed."""
    return _read(EXAMPLE.read_text())


@functools.cache
def rendered(variant: str) -> Manifests:
    """A variant, as it renders now."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "kubernetes"
        shutil.copytree(SOURCE, copy)
        overlay = copy / "overlays" / ("dev" if variant == "dev" else "production")
        if variant in CHANGES:
            listed = (overlay / "kustomization.yaml").read_text()
            before, after = CHANGES[variant]
            assert before in listed
            (overlay / "kustomization.yaml").write_text(listed.replace(before, after))
        return _read(kustomize(overlay))


def _read(text: str) -> Manifests:
    return Manifests([each for each in yaml.load_all(text, Loader=yaml.CSafeLoader) if each])
