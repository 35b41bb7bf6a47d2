import shutil
from pathlib import Path

import pytest

from local import places as places_module
from local.errors import NoRoomError, StackError
from local.places import Places, check_room


def test_sockets_are_short_however_deep_the_run_folder_is(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100) / ("y" * 100)
    deep.mkdir(parents=True)
    places = Places(deep)

    places.make(("classifier",))

    assert len(str(places.temporary("classifier") / ".ts.sock.9000")) < 107
    assert places.temporary("classifier").stat().st_mode & 0o077 == 0o055 or places.short.stat().st_mode & 0o077 == 0
    places.clear()


def test_temporary_folder_too_deep_for_sockets_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))

    with pytest.raises(StackError, match="Set TMPDIR"):
        Places(tmp_path).make(("classifier",))


def test_down_finds_the_sockets_although_tmpdir_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places(tmp_path)
    places.make(("classifier",))
    short = places.short
    monkeypatch.setattr("tempfile.tempdir", "/var/tmp")  # noqa: S108 - any other folder

    places.clear()

    assert not short.exists()


def test_logs_stay_when_everything_else_goes(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make(("classifier",))
    places.log("classifier").write_text("why it died\n")
    places.state.write_text("{}")

    places.clear()

    assert places.log("classifier").read_text() == "why it died\n"
    assert not places.state.exists()
    assert not places.link.is_symlink()


def test_disk_that_is_nearly_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places_module, "MIN_FREE_BYTES", shutil.disk_usage(tmp_path).total * 2)

    with pytest.raises(NoRoomError, match="Free some space"):
        check_room(tmp_path)
