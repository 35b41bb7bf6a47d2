"""What tests of all kinds share: the real archives, and a whole stack of real processes on ports of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import archives as model_archives
from local.coming_up import rehearse
from local.places import DEFAULT_ARCHIVES
from local.ports import Ports
from local.stack import Stack
from tests.stacks import ready
from vocabulary.stages import STAGES

UNIT = Path(__file__).parent / "unit"
MEMORY, LEAST_FREE_BYTES = Path("/dev/shm"), 2**31  # noqa: S108  pytest makes a folder of its own in it
READY_WITHIN_S = 240
"""Many times what it takes on an idle machine of two cores: a busy one is no fault of what is tested."""


@pytest.fixture(scope="session")
def archives() -> Path:
    """The folder of the three archives, built from model_store where they are out of date."""
    for stage in STAGES:
        model_archives.build(stage, DEFAULT_ARCHIVES)
    rehearse()
    return DEFAULT_ARCHIVES


@pytest.fixture(scope="session")
def stack(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that is ready; a test that stops a part of it starts it again, and waits until it is ready."""
    with ready(Stack(tmp_path_factory.mktemp("stack"), Ports.free(), archives), READY_WITHIN_S) as stack:
        yield stack


def pytest_configure(config: pytest.Config) -> None:
    """Unit tests write into memory, where there is a folder of it: their databases and films wait for no disk.

    Docker's has no room, and no programs of the tests' own may be run in it; nor may they in some distributions'.
    """
    if _is_of_units(config) and MEMORY.is_dir():
        about = os.statvfs(MEMORY)
        if about.f_bavail * about.f_frsize > LEAST_FREE_BYTES and not about.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _is_of_units(config: pytest.Config) -> bool:
    return bool(config.args) and all(Path(word.split("::")[0]).resolve().is_relative_to(UNIT) for word in config.args)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Of folders of unit tests, one more than there are processors, since those wait, too.

    Two of integration tests, where each worker has whole files or none would share a stack. None for single files: a
    worker's start is longer than their tests.
    """
    folders = [Path(word).resolve() for word in config.args]
    if not all(map(Path.is_dir, folders)):
        return 0
    if _is_of_units(config):
        return 1 + len(os.sched_getaffinity(0))
    return 2 if config.option.dist == "loadfile" else 0


def pytest_xdist_setupnodes() -> None:
    """One thread of OpenMP a process: those of several processes spin on the same processors, and all are slower."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in tests/integration is an integration test."""
    for item in items:
        if "integration" in Path(item.path).parts:
            item.add_marker("integration")
