"""What the tests of backups share: copies of one hospital and of one backup of it, since making them takes a while."""

import shutil
from pathlib import Path

import pytest

from client.token import FILE
from tests.unit.deploy.backup.sites import Hospital, small


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    """Made once; the others are copies of it."""
    return small(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="session")
def first_backup(first: Hospital, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return first.back_up(tmp_path_factory.mktemp("backup") / "backup.tar")


@pytest.fixture(autouse=True)
def no_token_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FILE, raising=False)


@pytest.fixture
def hospital(first: Hospital, tmp_path: Path) -> Hospital:
    shutil.copytree(first.folder, tmp_path / "hospital", dirs_exist_ok=True)
    return Hospital(tmp_path / "hospital")


@pytest.fixture
def backup(first_backup: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy2(first_backup, tmp_path / "backup.tar"))
