"""What is laid out otherwise is refused, and the command says why."""

from argparse import ArgumentParser
from pathlib import Path

import pytest

from tests.unit.training import trees
from training.layouts import command, index, kermany, nih
from training.layouts.listing import LayoutError


def run(*options: str | Path) -> None:
    """The verb with these options, as main runs it."""
    parser = ArgumentParser()
    command.describe(parser)
    command.run(parser.parse_args([str(option) for option in options]))


@pytest.mark.parametrize("name", list(index.READERS))
def test_another_layout_is_refused_with_what_was_expected(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(LayoutError, match="expected"):
        index.read({name: tmp_path / "empty"}, tmp_path / "index/index.csv")


def test_a_table_without_a_column_is_refused_by_name(folders: dict[str, Path], tmp_path: Path) -> None:
    (folders["nih"] / "Data_Entry_2017.csv").write_text("Image Index,Finding Labels\n")

    with pytest.raises(LayoutError, match="no patient id, view position"):
        nih.read(folders["nih"])


def test_a_folder_train_does_not_make_kermanys_set(tmp_path: Path) -> None:
    trees.draw(tmp_path / "sets/train/cats/cat.png")

    with pytest.raises(LayoutError, match="expected films such as"):
        kermany.read(tmp_path / "sets")


def test_an_index_among_the_films_is_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(LayoutError, match="outside the data sets"):
        index.read({"nih": folders["nih"]}, folders["nih"] / "index.csv")


def test_the_command_prints_what_went_in_and_what_did_not(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [part for name, folder in folders.items() for part in (f"--{name}", folder)]
    run(*options, "--out", tmp_path / "index/index.csv", "--longest", "20", "--threads", "1")

    told = capsys.readouterr().out
    assert "| nih | 2 | 3 | 0 | 0 | 1 | 1 | 1 |" in told
    assert "| nih | 1 | listed, but not on disk | 3_0.png |" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--nih", "{folder}/nowhere"), "{folder}/nowhere: not a folder"),
        ((), f"expected at least one of {', '.join(f'--{name}' for name in index.READERS)}"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], told: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(*(option.format(folder=tmp_path) for option in options), "--out", tmp_path / "index.csv")

    assert stopped.value.code == 2
    assert capsys.readouterr().err == f"training index: {told.format(folder=tmp_path)}\n"


def test_a_folder_is_no_name_for_the_index(folders: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"expected the name of the file to write"):
        index.read(folders, tmp_path)


def test_copies_of_no_pixels_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--out", tmp_path / "index.csv", "--longest", "0")

    assert "expected a number of pixels" in capsys.readouterr().err
