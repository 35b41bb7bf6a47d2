"""Which version an upgrade begins with, by what a repository has."""

import subprocess
from pathlib import Path

import pytest

from tests.trials.containers.earlier import TABLES, earlier
from tests.trials.containers.errors import ContainersError

WHO = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false")


class Repository:
    """One that grows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", folder)

    def git(self, *words: str | Path) -> str:
        command = ["git", *WHO, *words]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, *files: str) -> str:
        """One that adds these; its hash."""
        for name in files:
            (path := self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", "more")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """With both databases' first migrations."""
    (folder := tmp_path / "first").mkdir()
    made = Repository(folder)
    made.commit(*(f"{table}/v0001.py" for table in TABLES))
    return made


def test_it_is_the_newest_release_before(repository: Repository) -> None:
    released = repository.commit("a")
    repository.git("tag", "v1.0.0")
    repository.commit("b")
    repository.git("tag", "v1.1.0")

    assert earlier(repository.folder) == released, "a release does not follow itself"


@pytest.mark.parametrize("order", [TABLES, TABLES[::-1]])
def test_without_a_release_it_is_the_last_one_before_both_databases_had_their_newest_tables(
    repository: Repository, order: tuple[str, str]
) -> None:
    before = repository.commit("a")
    for table in order:
        repository.commit(f"{table}/v0002.py")
        repository.commit(f"of {Path(table).parts[1]}")

    assert earlier(repository.folder) == before


def test_it_is_what_somebody_names(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit("a")

    assert earlier(repository.folder, first[:7]) == first


@pytest.mark.parametrize("wanted", ["", "HEAD", "no-such-one"])
def test_where_there_is_none_it_is_said(repository: Repository, wanted: str) -> None:
    with pytest.raises(ContainersError):
        earlier(repository.folder, wanted)


def test_a_later_one_is_not_earlier(repository: Repository) -> None:
    later = repository.commit("a")
    repository.git("checkout", "--quiet", "HEAD^")

    with pytest.raises(ContainersError, match="is not earlier"):
        earlier(repository.folder, later)


def test_a_shallow_clone_and_a_folder_without_git_say_why(repository: Repository, tmp_path: Path) -> None:
    repository.commit("a")
    shallow = tmp_path / "shallow"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}", shallow)

    with pytest.raises(ContainersError, match="shallow"):
        earlier(shallow)
    with pytest.raises(ContainersError, match="no checkout of git"):
        earlier(tmp_path)
