from pathlib import Path

import pytest

from local import java_cache, rehearsal
from local.errors import RehearsalError
from local.java_cache import chosen, options, place
from local.plan import Plan
from local.ports import Ports
from local.runtimes import Runtimes
from local.state import State
from tests.unit.deploy.programs import program


def java(home: Path, version: str) -> Path:
    """A Java's folder as far as it tells of itself."""
    home.mkdir(parents=True)
    (home / "release").write_text(f'IMPLEMENTOR="Somebody"\nJAVA_VERSION="{version}"\n')
    return home


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the caches are."""
    monkeypatch.setattr(java_cache, "FOLDER", tmp_path / "caches")
    return tmp_path / "caches"


def test_a_java_that_keeps_no_profiles_has_no_cache(tmp_path: Path) -> None:
    assert place(java(tmp_path / "old", "21.0.2")) is None
    assert place(tmp_path / "that tells nothing") is None


def test_another_java_or_another_option_is_another_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = java(tmp_path / "new", "25.0.2")
    config = tmp_path / "config.properties"
    config.write_text(java_cache.CONFIG.read_text())
    monkeypatch.setattr(java_cache, "CONFIG", config)
    before = place(home)

    other_java = place(java(tmp_path / "newer", "25.0.3"))
    config.write_text(config.read_text().replace("-XX:+UseSerialGC", "-XX:+UseParallelGC"))
    other_options = place(home)
    config.write_text(config.read_text().replace("-XX:+UseParallelGC", "-XX:+UseSerialGC") + "batch_size=2\n")

    assert len({before, other_java, other_options}) == 3
    assert place(home) == before


def test_stages_begin_from_a_cache_that_is_there_unless_they_shall_not(tmp_path: Path) -> None:
    home = java(tmp_path / "new", "25.0.2")
    cache = place(home)
    assert cache
    assert chosen(home, {}) is None

    cache.parent.mkdir()
    cache.write_bytes(b"classes")

    assert chosen(home, {}) == cache
    assert chosen(home, {"CXR_JAVA_CACHE": "off"}) is None


def test_a_path_with_spaces_stays_one_option() -> None:
    assert options(Path("/a b/c.aot")).startswith("'-XX:AOTCache=/a b/c.aot' ")


def test_a_rehearsal_that_fails_says_so_and_leaves_nothing(tmp_path: Path, folder: Path) -> None:
    home = tmp_path / "home"
    program(home / "bin" / "java", "exit 3")

    with pytest.raises(RehearsalError, match="TorchServe did not"):
        rehearsal.rehearse(home, folder / "x.aot")

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("cache", [None, Path("/build/java/x.aot")])
def test_a_replica_that_is_added_later_begins_as_the_others_did(tmp_path: Path, cache: Path | None) -> None:
    runtimes = Runtimes(Path("/java"), Path("/valkey-server"), cache)
    written = State(Ports.free(), Plan(), ("classifier",), tmp_path, tmp_path, runtimes)

    written.write(tmp_path / "stack.json")

    assert State.read(tmp_path / "stack.json") == written
