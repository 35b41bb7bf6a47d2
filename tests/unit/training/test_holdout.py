"""Sources that the classifier was trained without."""

from pathlib import Path

from training import holdout
from training.figures import Figure
from training.films import Films, leave_out

FIGURE = Figure("macro AUROC", "all of shenzhen, trained without", 662, 0.75, (0.7, 0.8))
AGAIN = Figure("macro AUROC", "all of shenzhen, trained without", 662, 0.78, (0.7, 0.8))
OTHER = Figure("right", "all of covid-cxnet, trained without", 664, 0.5, (0.4, 0.6))


def test_a_run_replaces_its_older_figures_and_no_others(tmp_path: Path) -> None:
    for name, figure in (("shenzhen", FIGURE), ("covid-cxnet", OTHER), ("shenzhen", AGAIN)):
        holdout.remember(tmp_path / "holdout.json", "one index", name, [figure])

    assert holdout.recall(tmp_path / "holdout.json", "one index") == [OTHER, AGAIN]


def test_figures_of_another_index_count_for_nothing(tmp_path: Path) -> None:
    holdout.remember(tmp_path / "holdout.json", "one index", "shenzhen", [FIGURE])

    assert holdout.recall(tmp_path / "holdout.json", "another index") == []

    holdout.remember(tmp_path / "holdout.json", "another index", "covid-cxnet", [OTHER])

    assert holdout.recall(tmp_path / "holdout.json", "another index") == [OTHER]


def test_no_file_holds_no_figures(tmp_path: Path) -> None:
    assert holdout.recall(tmp_path / "holdout.json", "one index") == []


def test_sources_that_are_not_there_are_not_left_out() -> None:
    names = [run.name for run in holdout.runs(2, {"nih", "kermany", "montgomery"})]

    assert names == ["shenzhen-montgomery", "nih", "blank", "efficientnet-lite0", "densenet121"]


def test_all_films_of_a_source_are_judged_and_none_is_learned_from(films: Films) -> None:
    of_source = films.rows["dataset"] == "shenzhen"

    judged, learned = holdout.only(films, ("shenzhen",)), leave_out(films, ("shenzhen",))

    assert (judged.rows["split"] == "test").tolist() == of_source.tolist()
    assert not (learned.rows["split"][of_source] != "").any()
