"""Build the reading room's pages: `python -m local.pages`; with --check, look at their sources and at what is built.

What is built is committed, so that only who changes the sources needs Node.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from local.errors import PagesNotBuiltError, StackError
from local.node import Node, node
from local.places import ROOT

SOURCE = ROOT / "services" / "review" / "web"
BUILT = ROOT / "services" / "review" / "static" / "built"
STAMP = BUILT / "sources.sha256"
"""Of which sources the built pages are."""

SOURCES = (
    "package.json",
    "package-lock.json",
    ".npmrc",
    "tsconfig.json",
    "build.mjs",
    "src/**/*.ts",
    "styles/**/*.css",
)

MAX_INSTALL_S = 900
"""Fetching the packages over a slow line."""


def main() -> int:
    """Build the pages if their sources changed since they were built; or check them."""
    try:
        if sys.argv[1:] == ["--check"]:
            check()
        else:
            print(f"pages: {'built' if build() else 'up to date'}, {BUILT}")
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def build() -> bool:
    """Build the pages; False where they were up to date.

    Raises:
        NoNodeError: there is no Node that could build them.
        PagesNotBuiltError: npm or the build failed; says why.
    """
    current = digest()
    if STAMP.exists() and STAMP.read_text() == current:
        return False
    chosen = node(os.environ)
    install(chosen)
    STAMP.unlink(missing_ok=True)
    _run(chosen, chosen.node, "build.mjs", BUILT)
    STAMP.write_text(current)
    return True


def check() -> None:
    """Check the types, run the tests, and build once more: what is committed has to be what the sources give.

    Raises:
        NoNodeError: there is no Node.
        PagesNotBuiltError: says what is wrong.
    """
    chosen = node(os.environ)
    install(chosen)
    _run(chosen, *chosen.npm, "run", "--silent", "check")
    _run(chosen, *chosen.npm, "test", "--silent")
    with tempfile.TemporaryDirectory() as folder:
        _run(chosen, chosen.node, "build.mjs", folder)
        fresh = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    there = {path.name: path.read_bytes() for path in BUILT.iterdir() if path != STAMP}
    if fresh != there or STAMP.read_text() != digest():
        raise PagesNotBuiltError(f"{BUILT} is not what the sources build: `make generated`, and commit it.")


def digest() -> str:
    """SHA-256 of all that the pages are built from."""
    total = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(path for path in SOURCE.glob(pattern) if path.is_file()):
            total.update(str(path.relative_to(SOURCE)).encode() + path.read_bytes())
    return total.hexdigest()


def install(chosen: Node, folder: Path = SOURCE) -> None:
    """Install a folder's packages, unless they are those of its lock file.

    Raises:
        PagesNotBuiltError: npm failed; says why.
    """
    wanted, there = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if not there.exists() or there.stat().st_mtime < wanted.stat().st_mtime:
        _run(chosen, *chosen.npm, "ci", "--no-audit", "--no-fund", "--loglevel=error", folder=folder)


def _run(chosen: Node, *command: str | Path, folder: Path = SOURCE) -> None:
    told = " ".join(map(str, command))
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=chosen.environment(os.environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=MAX_INSTALL_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PagesNotBuiltError(f"{told}: {error}") from error
    if done.returncode:
        raise PagesNotBuiltError(f"`{told}` in {folder} failed:\n{(done.stderr or done.stdout)[-3000:]}")


if __name__ == "__main__":
    sys.exit(main())
