from pathlib import Path

import pytest

from client import places


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """As if this code came from a wheel; the user's folder."""
    monkeypatch.setattr(places, "CHECKOUT", None)
    monkeypatch.setattr(places, "MODELS", "no_such_package")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CXR_HOME", "CXR_MODEL_STORE", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_in_the_repository_everything_lies_beside_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CXR_HOME", "CXR_MODEL_STORE"):
        monkeypatch.delenv(name, raising=False)

    assert Path(__file__).parents[3] == places.CHECKOUT
    assert places.home() == places.CHECKOUT / "build"
    assert places.model_store() == places.CHECKOUT / "model_store"


def test_of_a_wheel_it_lies_in_the_users_folder_for_states(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert places.home() == wheel / ".local" / "state" / "cxr-cascade"

    monkeypatch.setenv("XDG_STATE_HOME", str(wheel / "states"))
    assert places.home() == wheel / "states" / "cxr-cascade"


def test_weights_that_are_not_installed_are_looked_for_beside_the_rest(wheel: Path) -> None:
    assert places.model_store() == places.home() / "models"
    assert not places.model_store().exists()


@pytest.mark.parametrize(("name", "place"), [("CXR_HOME", places.home), ("CXR_MODEL_STORE", places.model_store)])
def test_the_environment_has_the_last_word(name, place, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, str(wheel / "mine"))

    assert place() == wheel / "mine"
