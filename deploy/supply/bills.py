"""The software bills of materials: `make sbom` writes build/sbom/*.cdx.json, CycloneDX 1.6 (the pages', by npm: 1.5).

One for each image, one for what `make up` runs, one for what develops and tests it, one each of the pages, the models
and the images that others build. Of what a package carries, those programs are listed that face the network or run the
rest: contents.py. Not listed is what a base image has besides Python, nor the libraries in a wheel: the registry's
scanner looks at the built image.
"""

import importlib.metadata
import json
import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.utils import NormalizedName, canonicalize_name

from local.node import node
from local.pages import SOURCE
from local.places import ROOT
from supply import contents, models
from supply.installed import PROJECT, brought, needed
from supply.licences import expression
from supply.locks import LOCKED

FOLDER = ROOT / "build" / "sbom"
SUFFIX = ".cdx.json"
MAX_NPM_S = 60
VERSION = str(PROJECT["project"]["version"])


def write(folder: Path = FOLDER) -> list[Path]:
    """Write all of them; which files.

    Raises:
        PackageNotFoundError: something is not installed: `make` first.
        NoNodeError: there is no Node, whose npm lists the pages' packages.
        CalledProcessError: npm refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = {extra: said(of_extra(extra)) for extra in LOCKED}
    written["pages"] = _of_pages()
    written["models"] = models.with_cards(said(_bill("models", models.components())))
    written["images"] = said(_bill("images", contents.images()))
    for name, text in written.items():
        (folder / f"{name}{SUFFIX}").write_text(text)
    return [folder / f"{name}{SUFFIX}" for name in written]


def of_extra(extra: str) -> Bom:
    """What an extra of pyproject.toml brings, and what needs what."""
    distributions = brought(extra)
    parts = {name: _component(name, distribution) for name, distribution in distributions.items()}
    bill = _bill(extra, parts.values())
    for name, distribution in distributions.items():
        wanted = {canonicalize_name(requirement.name) for requirement in needed(distribution)}
        bill.register_dependency(parts[name], [parts[each] for each in sorted(wanted & set(parts))])
    return bill


def said(bill: Bom) -> str:
    """A bill as CycloneDX JSON."""
    text: str = make_outputter(bill, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)
    return text


def listed(document: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """All components of a bill, those within others too."""
    for component in document.get("components", []):
        yield component
        yield from listed(component)


def _bill(name: str, components: Iterable[Component]) -> Bom:
    bill = Bom(components=components)
    bill.metadata.component = Component(
        name=f"{PROJECT['project']['name']}-{name}", version=VERSION, type=ComponentType.APPLICATION, bom_ref=name
    )
    bill.register_dependency(bill.metadata.component, bill.components)
    return bill


def _component(name: NormalizedName, distribution: importlib.metadata.Distribution) -> Component:
    version = distribution.version
    return Component(
        name=name,
        version=version,
        purl=PackageURL("pypi", name=name, version=version),
        bom_ref=f"pkg:pypi/{name}@{version}",
        licenses=[LicenseFactory().make_from_string(expression(name, distribution))],
        components=contents.inside(name),
    )


def _of_pages() -> str:
    """What npm says of the pages' packages, by their lock file."""
    chosen = node(os.environ)
    command: tuple[str | Path, ...] = (*chosen.npm, "sbom", "--sbom-format", "cyclonedx", "--package-lock-only")
    environment = chosen.environment(os.environ)
    done = subprocess.run(
        command, cwd=SOURCE, env=environment, capture_output=True, text=True, check=True, timeout=MAX_NPM_S
    )
    document = json.loads(done.stdout)
    for component in listed(document):
        component["bom-ref"] = re.sub(r"^[^|]*\|", "", component["bom-ref"])
    return json.dumps(document, indent=2)
