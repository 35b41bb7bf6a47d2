"""The README's one request has the answer that docs/api.md tells, and examples of the pages do what they say."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from client.token import FILE
from local.stack import Stack
from tests import peers
from tests.integration.conftest import SAMPLES

ROOT = Path(__file__).parents[2]
OF_THIS_REQUEST = ("id", "created", "timings_ms", "cached")

PAGES = ("README.md", "docs/api.md", "docs/integration.md")
NOT_RUN = {
    "make ": "each starts, changes or measures a stack of its own, and has its own tests",
    "npx ": "fetches packages; tests/unit/gateway/test_generated_clients.py has the same program installed",
}
"""How examples begin that are not run here, and why."""

PROGRAMS = ("curl", "echoscu", "storescu")
"""That an example may need beside ours."""

EXAMPLES = [
    pytest.param(language, code, id=f"{page}-{number}")
    for page in PAGES
    for number, (language, code) in enumerate(
        re.findall(r"^```(sh|python)\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE), 1
    )
    if not code.startswith(tuple(NOT_RUN))
]


def test_the_answer_that_is_told_of_the_readmes_request_is_the_one_that_comes(gateway):
    block = re.search(r"<!-- answer -->\s*```json\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
    assert block
    told = json.loads(block[1])

    answer = gateway.assess(SAMPLES / "pneumonia.jpg").json()

    assert list(answer) == list(told)
    assert set(answer["timings_ms"]) == set(told["timings_ms"])
    for name in answer.keys() - set(OF_THIS_REQUEST):
        assert _numbers(answer[name]) == {path: _near(leaf) for path, leaf in _numbers(told[name]).items()}, name


@pytest.mark.parametrize(("language", "code"), EXAMPLES)
def test_an_example_does_what_it_says(language, code, gateway, stack, tmp_path):
    """As somebody runs it from the repository's folder, after `make demo`, at the ports of this stack."""
    for program in PROGRAMS:
        if re.search(rf"\b{program}\b", code):
            peers.program(program)
    for name in ("tests", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "build" / "run").mkdir(parents=True)
    (tmp_path / "build" / "run" / "token").symlink_to(stack.places.token)
    code = code.replace("http://127.0.0.1:8000", stack.url).replace("127.0.0.1 11112", f"127.0.0.1 {stack.ports.scp}")
    command = ["bash", "-euo", "pipefail", "-c", code] if language == "sh" else [sys.executable, "-c", code]

    done = subprocess.run(
        command, cwd=tmp_path, env=_environment(stack, tmp_path), capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "urn:cxr:" not in done.stdout  # curl is content with a problem


def test_examples_are_run():
    assert {example.id.rpartition("-")[0] for example in EXAMPLES} == set(PAGES)


def _environment(stack: Stack, folder: Path) -> dict[str, str]:
    """With the package's commands, as pip installs them, before all others."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    (folder / "bin").mkdir()
    for name, entry in scripts.items():
        module, _, function = entry.partition(":")
        command = folder / "bin" / name
        command.write_text(f"#!{sys.executable}\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n")
        command.chmod(0o755)
    path = os.pathsep.join([str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {name: value for name, value in os.environ.items() if name != FILE}  # as who just ran `make demo`
    return {**environment, "PATH": path, "PYTHONPATH": str(ROOT / "services"), "CXR_GATEWAY": stack.url}


def _near(leaf: object) -> object:
    """As told, up to what another processor makes of it: it rounds the segmenter's 8 bits otherwise, so that the lungs
    may lie a pixel beside, and the classifier sees another crop."""
    return pytest.approx(leaf, abs=2 if isinstance(leaf, int) and not isinstance(leaf, bool) else 0.05)


def _numbers(value: object, path: str = "") -> dict[str, object]:
    """A JSON value as path to leaf, since approx compares flat dictionaries."""
    if isinstance(value, list):
        value = {str(index): inner for index, inner in enumerate(value)} or "[]"
    if isinstance(value, dict):
        return {key: leaf for name, inner in value.items() for key, leaf in _numbers(inner, f"{path}/{name}").items()}
    return {path: value}
