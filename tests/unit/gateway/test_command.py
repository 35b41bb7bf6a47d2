"""What `python -m gateway --help` tells whoever knows nothing of it."""

import pytest

from gateway.__main__ import COMMANDS, _do_command
from local.places import ROOT


def test_help_says_what_it_is_which_commands_there_are_and_where_settings_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        _do_command(["--help"])
    told = " ".join(capsys.readouterr().out.split())

    assert ended.value.code == 0
    assert "Serve the gateway until it is told to stop" in told
    assert "docs/settings.md" in told
    assert (ROOT / "docs" / "settings.md").exists()
    assert all(name in told for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        _do_command([name, "--help"])

    assert ended.value.code == 0
    assert f"gateway {name}" in capsys.readouterr().out


def test_what_is_no_command_is_told_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        _do_command(["serve"])

    assert ended.value.code == 2
    assert "release" in capsys.readouterr().err


def test_without_a_command_it_serves() -> None:
    assert _do_command([]) is None  # type: ignore[func-returns-value]
