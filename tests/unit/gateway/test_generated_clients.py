"""Clients that generators make of docs/openapi.json have every route, and assess a film. What they make is not kept."""

import asyncio
import base64
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local import pages
from local.errors import NoNodeError
from local.node import Node, node
from local.places import ROOT
from tests import films
from tests.described import DOCUMENT, answers

FILE, CONFIG = ROOT / "docs" / "openapi.json", ROOT / "docs" / "openapi-python-client.yaml"
TYPESCRIPT = Path(__file__).parent / "typescript"
TOLD_BY_THE_TOOL = "Unsupported content type multipart/related"
"""Its only complaint: of the two forms of STOW-RS its clients have the other."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python client, written and importable."""
    folder = tmp_path_factory.mktemp("python")
    (folder / "config.yaml").write_text(f"{CONFIG.read_text()}post_hooks: []\n")  # not formatted: nobody reads it
    command = ["generate", "--path", FILE, "--config", folder / "config.yaml", "--meta", "none"]
    program = Path(sys.executable).with_name("openapi-python-client")
    client = folder / "cxr_generated_client"
    done = subprocess.run([program, *command, "--output-path", client], capture_output=True, text=True, check=True)
    warned = re.findall(r"^(?:WARNING|ERROR).*\n\n(.*)", done.stdout, re.MULTILINE)
    assert set(warned) <= {TOLD_BY_THE_TOOL}, done.stdout
    return client


@pytest.fixture
def generated(package: Path, monkeypatch: pytest.MonkeyPatch):
    """Imports a module of the Python client."""
    monkeypatch.syspath_prepend(package.parent)
    return lambda name: importlib.import_module(f"{package.name}.{name}")


def test_the_python_client_has_every_route(package):
    written = {path.stem for path in package.glob("api/*/*.py")} - {"__init__"}

    assert written == {re.sub("([A-Z])", r"_\1", name).lower() for name, _ in answers()}


async def test_the_python_client_assesses_a_film_and_reads_it_back(gateway, generated):
    film = generated("types").File(films.png())
    assess, read = (generated(f"api.assessments.{name}") for name in ("assess", "get_assessment"))
    picture, feed = generated("api.assessments.get_lungs"), generated("api.assessments.list_assessments")

    posted = await assess.asyncio_detailed(client=gateway, body=film)
    found = await read.asyncio_detailed(posted.parsed.id, client=gateway)
    lost = await read.asyncio_detailed("unknown", client=gateway)
    lungs = await picture.asyncio_detailed(posted.parsed.id, client=gateway)
    page = await feed.asyncio(client=gateway, wait_s=5)

    assert posted.parsed.outcome.value == "assessed"
    assert posted.parsed.classes.to_dict()["interstitial_pneumonia"] == pytest.approx(0.7)
    assert (found.parsed.id, found.parsed.refusal) == (posted.parsed.id, None)
    assert (lost.status_code, lost.parsed.code) == (404, "not-found")
    assert lungs.parsed.payload.read().startswith(b"\x89PNG")
    assert [each.id for each in page.assessments] == [posted.parsed.id]
    gone = await generated("api.assessments.delete_assessment").asyncio_detailed(posted.parsed.id, client=gateway)
    assert gone.status_code == 204


async def test_the_python_client_takes_a_refusal_of_a_newer_model(gateway, torchserve, generated):
    torchserve.refuse("a_reason_of_tomorrow")
    film = generated("types").File(films.png())

    refused = await generated("api.assessments.assess").asyncio(client=gateway, body=film)

    assert (refused.outcome.value, refused.refusal.reason) == ("refused", "a_reason_of_tomorrow")
    assert refused.classes is None


@pytest.fixture
async def gateway(client, generated):
    """The Python client of a running gateway."""
    async with generated("client").Client(str(client.base_url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def chosen() -> Node:
    try:
        return node(os.environ)
    except NoNodeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def built(chosen: Node, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a TypeScript client that was compiled, and with it the type of every answer to every route."""
    pages.install(chosen, TYPESCRIPT)
    folder = tmp_path_factory.mktemp("typescript")
    for name in ("client.ts", "tsconfig.json", "package.json"):
        shutil.copyfile(TYPESCRIPT / name, folder / name)
    (folder / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    run(chosen, folder, "node_modules/openapi-typescript/bin/cli.js", FILE, "--output", "openapi.ts")
    used = [f'operations["{name}"]["responses"][{status}]["content"]' for name, status in answers()]
    paths = " | ".join(json.dumps(path) for path in DOCUMENT["paths"])
    (folder / "every.ts").write_text(
        'import type { operations, paths } from "./openapi.js";\n'
        f"export type Every = [{', '.join(used)}];\n"
        f"export const all: [{paths}] extends [keyof paths] ? true : false = true;\n"
    )
    run(chosen, folder, "node_modules/typescript/bin/tsc", "--project", ".")
    return folder


def run(chosen: Node, folder: Path, *command: str | Path) -> str:
    done = subprocess.run([chosen.node, *command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_the_typescript_client_has_every_route_assesses_a_film_and_reads_it_back(client, chosen, built):
    film = base64.b64encode(films.png()).decode()

    said = await asyncio.to_thread(run, chosen, built, "built/client.js", str(client.base_url), film)

    assert json.loads(said) == ["interstitial_pneumonia", True, "not-found", 204]
