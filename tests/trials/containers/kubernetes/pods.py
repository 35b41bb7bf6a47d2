"""A pod as a container: image, command, environment, mounts, user, limits and names as its manifest has them."""

import math
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.trials.containers.engine import Engine
from tests.trials.containers.kubernetes.mounts import data, volumes
from tests.unit.deploy.manifests import Manifest, Manifests

UNITS = {"": 1, "m": 0.001, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
"""Of quantities. Source: kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity."""


def quantity(text: object) -> float:
    """A quantity as a number: processors or bytes."""
    found = re.fullmatch(r"([\d.]+)([a-zA-Z]*)", str(text))
    assert found, f"no quantity: {text}"
    return float(found[1]) * UNITS[found[2]]


@dataclass(frozen=True)
class Pod:
    """One of a workload's; its name is the container's."""

    manifests: Manifests
    workload: Manifest
    number: int
    network: str

    @property
    def name(self) -> str:
        """As a StatefulSet numbers its pods."""
        return f"{self.workload['metadata']['name']}-{self.number}"

    @property
    def labels(self) -> dict[str, str]:
        """By which Services and policies know it."""
        found: dict[str, str] = self.workload["spec"]["template"]["metadata"]["labels"]
        return found

    @property
    def spec(self) -> dict[str, Any]:
        """Of its container, the only one."""
        (container,) = self.workload["spec"]["template"]["spec"]["containers"]
        found: dict[str, Any] = container
        return found

    @property
    def ports(self) -> dict[str, int]:
        """Name to number."""
        return {each["name"]: each["containerPort"] for each in self.spec.get("ports", ())}

    @property
    def grace_s(self) -> int:
        """From being told to end to being killed."""
        return int(self.workload["spec"]["template"]["spec"]["terminationGracePeriodSeconds"])

    @cached_property
    def environment(self) -> dict[str, str]:
        """In the order of the manifest, since later ones name earlier ones."""
        found: dict[str, str] = {}
        for each in self.spec.get("envFrom", ()):
            kind, told = (
                ("ConfigMap", each["configMapRef"]) if "configMapRef" in each else ("Secret", each["secretRef"])
            )
            there = any(known["metadata"]["name"] == told["name"] for known in self.manifests.of(kind))
            if there or not told.get("optional"):
                found |= data(self.manifests, kind, told["name"])
        for each in self.spec.get("env", ()):
            found[each["name"]] = self._value(each, found)
        return found

    def _value(self, told: dict[str, Any], earlier: dict[str, str]) -> str:
        """Of one variable."""
        source = told.get("valueFrom", {})
        if "secretKeyRef" in source:
            return data(self.manifests, "Secret", source["secretKeyRef"]["name"])[source["secretKeyRef"]["key"]]
        if "resourceFieldRef" in source:
            kind, _, resource = source["resourceFieldRef"]["resource"].partition(".")
            parts = quantity(self.spec["resources"][kind][resource]) / quantity(source["resourceFieldRef"]["divisor"])
            return str(math.ceil(parts))
        assert not source, f"{told['name']} comes from what is not known here: {source}"
        return re.sub(r"\$\((\w+)\)", lambda name: earlier.get(name[1], name[0]), told["value"])

    def start(self, engine: Engine, folder: Path) -> None:
        """Run it."""
        words = ["--detach", "--name", self.name, "--hostname", self.name, "--network", self.network]
        words += [word for name, value in self.environment.items() for word in ("--env", f"{name}={value}")]
        words += [*self._allowed(), *self._named(), *self._mounted(folder / self.name)]
        command = self.spec.get("command", [])
        if command:
            words += ["--entrypoint", command[0]]
        if "workingDir" in self.spec:
            words += ["--workdir", self.spec["workingDir"]]
        engine.docker("run", *words, self.spec["image"], *command[1:], *self.spec.get("args", []))

    def _allowed(self) -> list[str]:
        """Its user, and what its processes may do and take."""
        whole, own = self.workload["spec"]["template"]["spec"]["securityContext"], self.spec["securityContext"]
        words = ["--user", f"{whole['runAsUser']}:{whole['runAsGroup']}"]
        words += ["--group-add", str(whole["fsGroup"])] if "fsGroup" in whole else []
        words += ["--read-only"] if own["readOnlyRootFilesystem"] else []
        words += [] if own["allowPrivilegeEscalation"] else ["--security-opt", "no-new-privileges:true"]
        words += [word for each in own["capabilities"]["drop"] for word in ("--cap-drop", each)]
        limits = self.spec["resources"]["limits"]
        memory = str(int(quantity(limits["memory"])))
        return [*words, "--memory", memory, "--memory-swap", memory, "--cpus", str(quantity(limits["cpu"]))]

    def _named(self) -> list[str]:
        """The names of the Services that lead to it."""
        services = [
            each for each in self.manifests.of("Service") if each["spec"]["selector"].items() <= self.labels.items()
        ]
        return [word for each in services for word in ("--network-alias", each["metadata"]["name"])]

    def _mounted(self, folder: Path) -> list[str]:
        """Its volumes."""
        there = volumes(self.manifests, self.workload, folder)
        words = []
        for mount in self.spec.get("volumeMounts", ()):
            mode = ":ro" if mount.get("readOnly") else ""
            words += ["--volume", f"{there[mount['name']]}:{mount['mountPath']}{mode}"]
        return words
