"""The version that an upgrade begins with: the newest release before this commit, or a commit with older tables."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.places import DEFAULT_ARCHIVES, ROOT
from local.seals import machine_key
from tests.trials.containers.errors import ContainersError
from tests.trials.containers.parts import ran

TABLES = ("services/review/migrations/versions", "services/scp/migrations/versions")
"""Where each database's migrations are: one that both have gained since is what an upgrade is about."""

RELEASES = "v[0-9]*"
"""Tags."""


@dataclass(frozen=True)
class Version:
    """One of the two, and the archives of its models."""

    commit: str
    archives: Path = DEFAULT_ARCHIVES


def archives(version: str, cache: Path) -> Path:
    """Those of an earlier version, made once by its own `make models` and signed by this machine's key: minutes' work.

    Args:
        version: commit.
        cache: where they are kept.

    Raises:
        ContainersError: they cannot be made.
    """
    key = machine_key()
    kept = cache / f"archives-{version[:12]}-{hashlib.sha256(key.read_bytes()).hexdigest()[:8]}"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            clone = Path(folder) / "clone"
            ran(["git", "clone", "--quiet", "--no-checkout", ROOT, clone])
            ran(["git", "checkout", "--quiet", "--detach", version], cwd=clone)
            make(clone, os.environ, "models", f"SIGN={key}")
            (clone / DEFAULT_ARCHIVES.relative_to(ROOT)).rename(kept)
    return kept


def make(folder: Path, environment: Mapping[str, str], *words: str) -> str:
    """What `make` of a checkout printed, which has its own sources and the packages that run this trial."""
    packages = Path(sys.prefix)
    given = {**environment, "PYTHONPATH": os.pathsep.join(("services", "deploy"))}
    assignments = [f"{name}={value}" for name, value in given.items()]
    return ran(
        ["env", "-i", *assignments, "make", f"VENV={packages}", "--assume-old", packages / ".local", *words], cwd=folder
    )


def earlier(repository: Path, wanted: str = "") -> str:
    """The commit that is meant, as its whole hash.

    Args:
        repository: a checkout.
        wanted: a commit, tag or branch; empty: the newest release before HEAD, or else the last commit before both
            databases had their newest migrations.

    Raises:
        ContainersError: there is none, and why.
    """
    if not (repository / ".git").exists():
        raise ContainersError(f"no earlier version: {repository} is no checkout of git")
    if not wanted and _git(repository, "rev-parse", "--is-shallow-repository") == "true":
        raise ContainersError("no earlier version: this clone is shallow; `git fetch --unshallow` brings the others")
    found = hash_of(repository, wanted or _release(repository) or _before_migrations(repository))
    if not found:
        raise ContainersError(f"no earlier version: {wanted or 'no release, and no commit before a migration'}")
    if not _went(repository, "merge-base", "--is-ancestor", found, "HEAD") or found == hash_of(repository, "HEAD"):
        raise ContainersError(f"{wanted or found} is not earlier than what is checked out")
    return found


def _release(repository: Path) -> str:
    """The newest tag of a release before HEAD; empty where there is none."""
    return _tried(repository, "describe", "--tags", "--abbrev=0", f"--match={RELEASES}", "HEAD^")


def _before_migrations(repository: Path) -> str:
    """Along the main line; empty where one of the databases has its first migration still."""
    log = ("log", "-1", "--first-parent", "--diff-merges=first-parent", "--diff-filter=A", "--no-patch", "--format=%H")
    brought = [_git(repository, *log, "--", folder) for folder in TABLES]
    if not all(brought):
        return ""
    older = brought[0] if _went(repository, "merge-base", "--is-ancestor", *brought) else brought[1]
    before = hash_of(repository, f"{older}^")
    return before if before and _has_both(repository, before) else ""


def _has_both(repository: Path, commit: str) -> bool:
    """Whether both databases have migrations then."""
    return all(_git(repository, "ls-tree", "--name-only", commit, f"{folder}/") for folder in TABLES)


def hash_of(repository: Path, name: str = "HEAD") -> str:
    """The whole one of a commit that git knows by a name; empty where it knows none."""
    return _tried(repository, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") if name else ""


def _went(repository: Path, *words: str) -> bool:
    try:
        _git(repository, *words)
    except ContainersError:
        return False
    return True


def _tried(repository: Path, *words: str) -> str:
    try:
        return _git(repository, *words)
    except ContainersError:
        return ""


def _git(repository: Path, *words: str) -> str:
    return ran(["git", *words], cwd=repository).strip()
