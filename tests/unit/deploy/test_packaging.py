import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

from local.places import ROOT

PINS = (ROOT / "deploy" / "constraints.txt").read_text().splitlines()[1:]

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = {
    "auditing",
    "certificates",
    "client",
    "cxr",
    "databases",
    "doors",
    "erasure",
    "gateway",
    "imaging",
    "learning",
    "results",
    "review",
    "scp",
    "training",
    "handlers",
    "local",
    "generators",
    "distribution",
    "website",
    "supply",
    "kubernetes",
    "vocabulary",
    "observability",
    "sending",
} | {"tests"}

APART = {"nncf"}
"""What has an extra, and is for an environment of its own: it would bring what reports to somebody."""


def make(tree: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=tree,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A tree that has never run anything."""
    shutil.copytree(ROOT / "deploy" / "locked", tmp_path / "deploy" / "locked")
    for name in ("Makefile", "pyproject.toml", "deploy/constraints.txt"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def test_every_pin_is_exact_and_names_no_host_or_path() -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9A-Za-z.!]+", pin) for pin in PINS)


def test_every_direct_dependency_is_pinned_at_the_version_it_asks_for() -> None:
    pins = {_name(pin): pin.partition("==")[2] for pin in PINS}
    direct = [*PROJECT["dependencies"], *chain.from_iterable(PROJECT["optional-dependencies"].values())]
    for requirement in direct:
        name, _, version = requirement.partition("==")
        if name in APART:
            assert version
        elif not name.startswith("cxr-cascade["):
            assert _name(name) in pins
            assert version in ("", pins[_name(name)])


@pytest.mark.parametrize(
    ("folder", "extra"),
    [
        ("services/gateway", "gateway"),
        ("services/scp", "scp"),
        ("services/review", "review"),
        ("services/auditing", "gateway"),
        ("services/auditing", "scp"),
        ("services/auditing", "review"),
        ("services/certificates", "review"),
        ("services/client", "client"),
        ("services/client", "review"),
        ("services/client", "scp"),
        ("services/certificates", "gateway"),
        ("services/databases", "review"),
        ("services/databases", "scp"),
        ("services/doors", "gateway"),
        ("services/doors", "review"),
        ("services/doors", "scp"),
        ("services/results", "results"),
        ("services/imaging", "dicom"),
        ("services/cxr", "local"),
        ("services/learning", "dev"),
        ("services/training", "training"),
        ("handlers", "stage"),
        ("services/local", "local"),
        ("deploy", "dev"),
        ("tests", "dev"),
    ],
)
def test_everything_that_is_imported_is_installed_with_its_extra(folder: str, extra: str) -> None:
    installed, distributions = _with_extra(extra), packages_distributions()
    for file in _sources(ROOT / folder):
        for module in _imported(file) - set(sys.stdlib_module_names) - OURS - APART:
            assert {_name(found) for found in distributions[module]} & installed, f"{file.name} imports {module}"


def test_handlers_import_only_the_shared_package_and_numpy() -> None:
    for file in (ROOT / "handlers").glob("*.py"):
        assert _imported(file) - set(sys.stdlib_module_names) <= {"cxr", "numpy"}, file.name


def test_nothing_reports_to_openvinos_maker() -> None:
    assert importlib.util.find_spec("openvino") is not None
    assert importlib.util.find_spec("openvino_telemetry") is None


def test_make_alone_lists_the_verbs() -> None:
    told = make(ROOT)

    listed = {line.split()[0] for line in told.stdout.splitlines() if line.startswith("  ")}
    assert listed >= {"demo", "up", "down", "status", "logs", "test", "lint", "load", "bench", "trial", "train"}
    assert len(listed) < 26


def test_missing_python_is_told_in_one_paragraph(bare: Path) -> None:
    told = make(bare, "demo", "PYTHON=python3.11-of-nowhere")

    assert told.returncode
    assert "Python 3.11 is wanted and python3.11-of-nowhere is not on PATH" in told.stdout


def test_wrong_python_is_told(bare: Path) -> None:
    (bare / "python").write_text("#!/bin/sh\nexit 1\n")
    (bare / "python").chmod(0o755)

    told = make(bare, "demo", f"PYTHON={bare}/python")

    assert f"Python 3.11 is wanted, and {bare}/python is another version" in told.stdout


def test_python_without_venv_is_told(bare: Path) -> None:
    (bare / "python").write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n')
    (bare / "python").chmod(0o755)

    told = make(bare, "demo", f"PYTHON={bare}/python")

    assert "comes without the module venv" in told.stdout


def test_continuous_integration_runs_lint_and_all_tests() -> None:
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert "make lint test" in script.read_text()


def _sources(folder: Path) -> list[Path]:
    """Our own files that run in our environment: not what pages' packages bring, nor other serving libraries'."""
    others = set((ROOT / "tests" / "trials" / "compare").glob("with_*.py"))
    return [file for file in folder.rglob("*.py") if "node_modules" not in file.parts and file not in others]


def _imported(file: Path) -> set[str]:
    """The top-level modules that a file imports; what begins with a dot is its own package's."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    within = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.partition(".")[0] for name in plain | within}


def _with_extra(extra: str) -> set[str]:
    """The distributions that an extra names, and those that all have."""
    optional = PROJECT["optional-dependencies"]
    named = {_name(requirement) for requirement in PROJECT["dependencies"]}
    for requirement in optional[extra]:
        if extras := re.fullmatch(r"cxr-cascade\[(.*)\]", requirement):
            named = named.union(*(_with_extra(inner) for inner in extras[1].split(",")))
        else:
            named.add(_name(requirement))
    return named


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", requirement.partition("==")[0].partition("[")[0]).lower()
