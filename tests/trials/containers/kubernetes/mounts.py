"""A pod's volumes as folders, whose owners and modes are those that kubelet gives them.

Source: kubernetes.io/docs/concepts/storage/volumes, and pkg/volume of Kubernetes: files of ConfigMaps and Secrets are
root's; with fsGroup they and a claim's files are that group's, and it may read them, and write those that are not
read-only.
"""

import base64
import os
from pathlib import Path
from typing import Any

from tests.unit.deploy.manifests import Manifest, Manifests

FILES, FOLDERS, EMPTY = 0o644, 0o755, 0o777
"""Kubelet's modes, where a manifest says nothing."""


def volumes(manifests: Manifests, workload: Manifest, folder: Path) -> dict[str, Path]:
    """Name of each of a pod's volumes to the folder with what is in it."""
    spec = workload["spec"]["template"]["spec"]
    group = spec["securityContext"].get("fsGroup")
    claims = [claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", ())]
    made = {each["name"]: _volume(manifests, each, folder, group) for each in spec.get("volumes", ())}
    return made | {name: _empty(folder / name, FOLDERS, group) for name in claims}


def data(manifests: Manifests, kind: str, name: str) -> dict[str, str]:
    """What is in a ConfigMap or a Secret."""
    found: dict[str, str] = manifests.one(kind, name).get("data", {})
    return {key: base64.b64decode(value).decode() for key, value in found.items()} if kind == "Secret" else found


def _volume(manifests: Manifests, volume: dict[str, Any], folder: Path, group: int | None) -> Path:
    path = folder / volume["name"]
    if "emptyDir" in volume:
        return _empty(path, EMPTY, group)
    if "configMap" in volume:
        return _files(path, data(manifests, "ConfigMap", volume["configMap"]["name"]), volume["configMap"], group)
    return _files(path, data(manifests, "Secret", volume["secret"]["secretName"]), volume["secret"], group)


def _empty(path: Path, mode: int, group: int | None) -> Path:
    """A folder that the pod may write: everybody, or its group."""
    path.mkdir(parents=True)
    if group is not None:
        os.chown(path, 0, group)
        mode |= 0o2070
    path.chmod(mode)
    return path


def _files(path: Path, texts: dict[str, str], told: dict[str, Any], group: int | None) -> Path:
    path.mkdir(parents=True)
    path.chmod(FOLDERS)
    mode = told.get("defaultMode", FILES)
    for name, text in texts.items():
        (path / name).write_text(text)
        if group is not None:
            os.chown(path / name, 0, group)
            (path / name).chmod(mode | 0o040)
        else:
            (path / name).chmod(mode)
    return path
