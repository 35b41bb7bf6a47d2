"""A reading room's database, on SQLite and, where it is installed, on PostgreSQL."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import argon2
import numpy as np
import pytest

from certificates.signatures import make_keys
from review.door import passwords
from review.reading import label
from tests.unit.review import histories
from tests.unit.review.site import DATABASES, Site, opened
from tests.unit.review.told import Told
from tests.unit.review.whole import Whole, whole

FILMS = {"play": 80, "write": 120}

SERVED = passwords._hasher
QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log-in costs much processor time, as it should: here only with served_passwords."""
    _hash_by(QUICK, monkeypatch)


@pytest.fixture
def served_passwords(_quick_passwords: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost what they cost in a hospital."""
    _hash_by(SERVED, monkeypatch)


def _hash_by(hasher: argon2.PasswordHasher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_nobodys", cache(passwords._nobodys.__wrapped__))  # it keeps one, of another cost


@pytest.fixture(params=DATABASES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """An empty one."""
    with opened(request.param, tmp_path, request) as site:
        yield site


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Whole]:
    """A whole one that runs, and that commands find."""
    monkeypatch.setenv("REVIEW_FOLDER", str(tmp_path / "readings"))
    with whole(tmp_path / "readings") as room:
        yield room


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of lessons, with the keys that sign certificates."""
    (lessons := tmp_path / "lessons").mkdir()
    make_keys(lessons)
    return lessons


@pytest.fixture(scope="session", params=product(DATABASES, FILMS), ids="-".join)
def _made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With histories given through the door that the pages use, or with rows written straight into the database."""
    kind, how = request.param
    with opened(kind, tmp_path_factory.mktemp(how), request) as site:
        getattr(histories, how)(site, np.random.default_rng(20261), FILMS[how])
        if how == "write":
            _settle(site)
        yield site


def _settle(site: Site) -> None:
    """Bring films whose opinions did not come through the door up to them."""
    with site.sessions.begin() as session:
        told = Told(session)
        for film in told.films.values():
            label.settle(film, told.standing(film), histories.has_second_reads(film))


@pytest.fixture
def told(_made: Site) -> Iterator[Told]:
    """Random histories, and what the folds make of them; nothing that a test changes is kept."""
    with _made.session() as session:
        yield Told(session)
