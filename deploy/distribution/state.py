"""Whether what is checked out can be given away: a commit, under a version that the changelog tells of."""

import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from distribution.errors import DistributionError

PROJECT, MODELS, CHANGELOG = "pyproject.toml", "model_store/pyproject.toml", "CHANGELOG.md"
UNRELEASED = "unreleased"


@dataclass(frozen=True)
class Version:
    """What is given away."""

    name: str
    """As pyproject.toml has it."""
    commit: str
    epoch: int
    """When it was committed, in seconds since 1970."""
    notes: str
    """The changelog's section, in Markdown."""


def checked(root: Path) -> Version:
    """The version that is checked out.

    Raises:
        DistributionError: something is not committed; the versions differ; the changelog has no section of it, or one
            that says that it is not released.
    """
    if changed := _git(root, "status", "--porcelain").splitlines():
        raise DistributionError(f"not committed: {changed[0][3:]}, one of {len(changed)}. Commit them first.")
    name, models = (tomllib.loads((root / file).read_text())["project"]["version"] for file in (PROJECT, MODELS))
    if name != models:
        raise DistributionError(f"{PROJECT} says version {name}, {MODELS} says {models}: let both say the same.")
    commit, epoch = _git(root, "log", "-1", "--format=%H %ct").split()
    return Version(name, commit, int(epoch), section((root / CHANGELOG).read_text(), name))


def section(changelog: str, version: str) -> str:
    """What a changelog says of a version.

    Raises:
        DistributionError: it says nothing, or that the version is not released.
    """
    heading = rf"^## {re.escape(version)}(?![.\w-])([^\n]*)\n"
    found = re.search(rf"{heading}(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if not found:
        raise DistributionError(f"{CHANGELOG} has no section `## {version}`: write what is new in it.")
    if UNRELEASED in found[1]:
        raise DistributionError(f"{CHANGELOG} says that {version} is {UNRELEASED}: write the date in its place.")
    return f"# {version}{found[1]}\n\n{found[2].strip()}\n"


def _git(root: Path, *words: str) -> str:
    command = ["git", *words]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DistributionError(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout
