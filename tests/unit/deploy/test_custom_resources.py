"""Custom resources against what their makers publish: compiled against their types, and checked by their schemas.

The packages are made from the makers' definitions: KEDA, cert-manager, the Prometheus operator, Traefik. The types find
a field that does not exist, the schemas a value that is out of range. custom_resources.yaml, which needs no network,
holds the manifests to the fewer fields that we use.

Source:
    npm, @kubernetes-models, at the versions of makers/package-lock.json.
"""

import copy
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from local import pages
from local.errors import NoNodeError, PagesNotBuiltError
from local.node import Node, node
from tests.unit.deploy.manifests import VARIANTS, Manifest, rendered

MAKERS = Path(__file__).parent / "makers"
PACKAGES = {
    "cert-manager.io": "cert-manager",
    "keda.sh": "keda",
    "monitoring.coreos.com": "prometheus-operator",
    "traefik.io": "traefik",
}


@pytest.fixture(scope="module")
def chosen() -> Node:
    """With the makers' packages, where they are to be had."""
    try:
        found = node(os.environ)
        pages.install(found, MAKERS)
    except (NoNodeError, PagesNotBuiltError) as error:
        pytest.skip(f"the makers' packages are not to be had here: {error}")
    return found


@pytest.fixture(scope="module")
def resources() -> list[Manifest]:
    """Those of all variants, each once."""
    every = (each for variant in VARIANTS for each in rendered(variant).all if _group(each) in PACKAGES)
    return [json.loads(text) for text in dict.fromkeys(json.dumps(each, sort_keys=True) for each in every)]


def test_custom_resources_are_what_their_makers_take(chosen: Node, resources: list[Manifest], tmp_path: Path) -> None:
    assert {_group(each) for each in resources} == set(PACKAGES)

    assert complaints(chosen, resources, tmp_path) == ""


@pytest.mark.parametrize(
    ("kind", "path", "wrong", "told"),
    [
        (
            "ScaledObject",
            ("fallback",),
            {"failureThreshold": 3, "replicas": 2, "behaviour": "static"},
            "'\"behaviour\"' does not exist",
        ),
        ("ScaledObject", ("maxReplicaCount",), "eight", "'number'"),
        ("Certificate", ("privateKey", "size"), 384.5, "privateKey/size"),
    ],
)
def test_what_a_maker_does_not_take_is_found(
    kind: str, path: tuple[str, ...], wrong: object, told: str, chosen: Node, resources: list[Manifest], tmp_path: Path
) -> None:
    changed = copy.deepcopy(next(each for each in resources if each["kind"] == kind))
    spec = changed["spec"]
    for name in path[:-1]:
        spec = spec.setdefault(name, {})
    spec[path[-1]] = wrong

    assert told in complaints(chosen, [changed], tmp_path)


def complaints(chosen: Node, resources: Iterable[Manifest], folder: Path) -> str:
    """What the compiler says of their types, else their schemas of their values."""
    for name in ("package.json", "tsconfig.json"):
        shutil.copyfile(MAKERS / name, folder / name)
    (folder / "node_modules").symlink_to(MAKERS / "node_modules")
    (folder / "resources.ts").write_text(_source(resources))
    return _said(chosen, folder, "node_modules/typescript/bin/tsc", "--project", ".") or _said(
        chosen, folder, "built/resources.js"
    )


def _source(resources: Iterable[Manifest]) -> str:
    """A program that makes each by its maker's class, and checks it."""
    lines = []
    for number, each in enumerate(resources):
        module = f"@kubernetes-models/{PACKAGES[_group(each)]}/{each['apiVersion']}/{each['kind']}"
        lines.append(f'import {{ {each["kind"]} as Kind{number} }} from "{module}";')
        content = {name: value for name, value in each.items() if name not in ("apiVersion", "kind")}
        lines.append(f"new Kind{number}({json.dumps(content)}).validate();")  # the class adds these two
    return "\n".join(lines)


def _said(chosen: Node, folder: Path, *command: str) -> str:
    done = subprocess.run([chosen.node, *command], cwd=folder, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr) if done.returncode else ""


def _group(manifest: Manifest) -> str:
    return str(manifest["apiVersion"]).partition("/")[0]
