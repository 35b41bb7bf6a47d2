"""Sources that the classifier was trained without."""

import json
from pathlib import Path

from training import holdout
from training.evaluate import told_of_holdouts
from training.figures import BEGIN, END, Figure, write_figures
from training.films import Films, leave_out

FIGURE = Figure("macro AUROC", "all of shenzhen, trained without", 662, 0.75, (0.7, 0.8))
AGAIN = Figure("macro AUROC", "all of shenzhen, trained without", 662, 0.78, (0.7, 0.8))
SHORTER = Figure("macro AUROC", "all of shenzhen, trained without, 1 epochs, at 128 pixels", 662, 0.7, (0.6, 0.8))
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

    assert names == ["shenzhen-montgomery", "nih", "blank", "efficientnet-lite0", "densenet-lite0", "densenet121"]


def test_all_films_of_a_source_are_judged_and_none_is_learned_from(films: Films) -> None:
    of_source = films.rows["dataset"] == "shenzhen"

    judged, learned = holdout.only(films, ("shenzhen",)), leave_out(films, ("shenzhen",))

    assert (judged.rows["split"] == "test").tolist() == of_source.tolist()
    assert not (learned.rows["split"][of_source] != "").any()


def test_the_card_and_the_metrics_are_told_of_a_run_once(tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    own = Figure("macro AUROC", "all", 992, 0.9, (0.8, 0.95))
    write_figures(tmp_path, {"data_sha256": "one index"}, [own, FIGURE, SHORTER])
    holdout.remember(tmp_path / "holdout.json", "one index", "shenzhen", [AGAIN])

    told_of_holdouts(tmp_path, "one index")
    told_of_holdouts(tmp_path, "one index")

    kept = json.loads((tmp_path / "metrics.json").read_text())
    assert [(each["data"], each["value"]) for each in kept["figures"]] == [("all", 0.9), (AGAIN.data, 0.78)]
    assert "| 0.780 |" in (tmp_path / "card.md").read_text()


def test_a_classifier_that_was_judged_on_other_data_is_told_nothing(tmp_path: Path) -> None:
    write_figures(tmp_path, {"data_sha256": "another index"}, [OTHER])
    before = (tmp_path / "metrics.json").read_text()
    holdout.remember(tmp_path / "holdout.json", "one index", "shenzhen", [AGAIN])

    told_of_holdouts(tmp_path, "one index")

    assert (tmp_path / "metrics.json").read_text() == before
