"""Every stage: one epoch, resumed for another, exported, and measured."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from cxr import networks, pair
from cxr.backbone import BODIES
from cxr.classifier import MAP_CELL
from cxr.stage import source
from training import stages
from training.__main__ import main, settings_of
from training.arguments import parser
from training.batches import batches
from training.course import fit
from training.crops import as_served
from training.evaluate import evaluate
from training.export import export, halved
from training.films import Films
from training.findings import OUTPUTS
from training.paired import join
from vocabulary.stages import STAGES

TINY: dict[str, dict[str, Any]] = {
    "discriminator": {"samples": 8, "batch": 8},
    "segmenter": {"samples": 4, "batch": 4},
    "classifier": {"samples": 4, "batch": 4, "coarse_side": 64, "fine_epochs": 0},
}


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def course(stage: str, films: Films, segmenter: Path, cache: Path, epochs: int, device: str = "cpu") -> tuple[Any, Any]:
    settings = replace(stages.settings(stage, {"epochs": epochs}), **TINY[stage])
    torch.manual_seed(1)
    return settings, stages.course(stage, films, settings, segmenter, cache, torch.device(device))


def test_other_processes_draw_the_same_batches(stage: str, films: Films, segmenter: Path, cache: Path) -> None:
    _, drawing = course(stage, films, segmenter, cache, 1)
    drawing.steps(0)
    here, there = (list(batches(drawing, seed=1, epoch=0, steps=3, workers=workers)) for workers in (0, 2))

    assert len(here) == len(there) == 3
    for one, other in zip(here, there, strict=True):
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)
    assert not torch.equal(here[0]["pixels"], here[1]["pixels"])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
def test_a_stage_is_fitted_on_a_gpu_and_goes_on_without(
    stage: str, films: Films, segmenter: Path, cache: Path, tmp_path: Path
) -> None:
    _, first = course(stage, films, segmenter, cache, 1, "cuda")
    fit(first, tmp_path, epochs=1, seed=1, resume=False, workers=2)
    _, second = course(stage, films, segmenter, cache, 2)
    fit(second, tmp_path, epochs=2, seed=1, resume=True)

    epochs = [json.loads(line)["epoch"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert epochs == [1, 2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--device", "cuda"], "finds no GPU"),
        (["--device", "tpu"], "not auto, cpu or cuda"),
        (["--workers", "-1"], "0 or more"),
    ],
)
def test_a_device_or_workers_that_are_not_there_are_told_in_one_line(
    words: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("sys.argv", ["training", "fit", "segmenter", "--data", "x", "--out", "y", *words])

    with pytest.raises(SystemExit):
        main()

    assert told in capsys.readouterr().err.splitlines()[-1]


def test_stage_is_fitted_resumed_exported_and_measured(
    stage: str, films: Films, segmenter: Path, cache: Path, tmp_path: Path
) -> None:
    _, first = course(stage, films, segmenter, cache, 1)
    fit(first, tmp_path / "out", epochs=1, seed=1, resume=False)
    _, second = course(stage, films, segmenter, cache, 2)
    fit(second, tmp_path / "out", epochs=2, seed=1, resume=True)

    export(stage, tmp_path / "out", tmp_path / "store", films, segmenter, cache)
    weights = tmp_path / "store" / stage / "weights.safetensors"
    figures = evaluate(stage, weights, films, segmenter, cache, tmp_path / "report.html")

    epochs = [json.loads(line)["epoch"] for line in (tmp_path / "out/log.jsonl").read_text().splitlines()]
    assert epochs == [1, 2]
    networks.build(stage, OUTPUTS).load_state_dict(load_file(weights), strict=True)
    config = yaml.safe_load((tmp_path / "store" / stage / "model-config.yaml").read_text())
    assert config["stage"]["side"] == stages.settings(stage, {}).side
    metrics = json.loads((tmp_path / "store" / stage / "metrics.json").read_text())
    assert [entry["what"] for entry in metrics["figures"]] == [figure.what for figure in figures]
    assert f"<h1>{stage}" in (tmp_path / "report.html").read_text()


def test_same_seed_draws_the_same_batches(films: Films, segmenter: Path, cache: Path, tmp_path: Path) -> None:
    logs = []
    for name in ("one", "two"):
        _, drawn = course("segmenter", films, segmenter, cache, 1)
        fit(drawn, tmp_path / name, epochs=1, seed=3, resume=False)
        logs.append(json.loads((tmp_path / name / "log.jsonl").read_text()) | {"seconds": 0})

    assert logs[0] == logs[1]


def test_exported_weights_are_calibrated_anew(films: Films, segmenter: Path, cache: Path, tmp_path: Path) -> None:
    _, fitted = course("classifier", films, segmenter, cache, 1)
    fit(fitted, tmp_path / "out", epochs=1, seed=1, resume=False, about={"licence": "any", "body": BODIES[0]})
    export("classifier", tmp_path / "out", tmp_path / "store", films, segmenter, cache)
    weights = tmp_path / "store" / "classifier" / "weights.safetensors"

    export("classifier", weights, tmp_path / "again", films, segmenter, cache)

    again = tmp_path / "again" / "classifier"
    assert (again / "weights.safetensors").read_bytes() == weights.read_bytes()
    assert (again / "model-config.yaml").read_text() == weights.with_name("model-config.yaml").read_text()
    assert yaml.safe_load((again / "model-config.yaml").read_text())["stage"]["body"] == BODIES[0]


@pytest.mark.parametrize("body", BODIES)
def test_a_classifier_of_any_body_is_served_as_its_archive_says(
    body: str, films: Films, segmenter: Path, cache: Path, tmp_path: Path
) -> None:
    settings = replace(stages.settings("classifier", {"epochs": 1, "body": body}), **TINY["classifier"])
    torch.manual_seed(1)
    fitted = stages.course("classifier", films, settings, segmenter, cache)
    fit(fitted, tmp_path / "out", epochs=1, seed=1, resume=False, about={"body": body})

    export("classifier", tmp_path / "out", tmp_path / "store", films, segmenter, cache)

    folder = tmp_path / "store" / "classifier"
    config = yaml.safe_load((folder / "model-config.yaml").read_text())["stage"]
    served = as_served(source("classifier", folder, config))
    logits, maps = served(np.full((1, 1, config["side"], config["side"]), 90, np.uint8))
    assert config["body"] == body and config["region"] == "joint"
    assert config["side"] == (160 if body == "densenet-lite0" else 224)
    cells = config["side"] // MAP_CELL
    assert logits.shape == (1, OUTPUTS) and maps.shape == (1, OUTPUTS, cells, cells)


def test_a_pair_is_exported_and_judged_as_others_are(
    films: Films, segmenter: Path, cache: Path, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    alone = [tmp_path / f"{body}.safetensors" for body in pair.PAIRED]
    for path, body in zip(alone, pair.PAIRED, strict=True):
        state = halved(networks.build("classifier", OUTPUTS, body))
        save_file(state, path, {"training": json.dumps({"body": body, "licence": "any"})})
    join((alone[0], alone[1]), tmp_path / "pair")

    export("classifier", tmp_path / "pair" / "weights.safetensors", tmp_path / "store", films, segmenter, cache)
    weights = tmp_path / "store" / "classifier" / "weights.safetensors"
    figures = evaluate("classifier", weights, films, segmenter, cache, tmp_path / "report.html")

    metrics = json.loads(weights.with_name("metrics.json").read_text())
    assert metrics["body"] == pair.PAIR and metrics["fit"].startswith("python -m training pair ")
    assert "macro AUROC" in {figure.what for figure in figures}


@pytest.mark.parametrize(
    ("theirs", "more", "body"),
    [
        ("densenet-lite0", [], "densenet-lite0"),
        ("densenet-lite0", ["--body", "densenet121"], "densenet121"),
        (pair.PAIR, [], "efficientnet-lite0"),
        (pair.PAIR, ["--body", "densenet-lite0"], "densenet-lite0"),
    ],
)
def test_a_classifier_that_starts_from_others_weights_has_their_body_if_none_is_given(
    theirs: str, more: list[str], body: str, tmp_path: Path
) -> None:
    weights = tmp_path / "weights.safetensors"
    save_file({"maps.bias": torch.zeros(3)}, weights, {"training": json.dumps({"body": theirs})})
    words = ["fit", "classifier", "--data", "index.csv", "--out", "out", "--initial", str(weights), *more]

    assert settings_of(parser().parse_args(words)).body == body


def test_a_stage_has_no_settings_of_another(films: Films) -> None:
    with pytest.raises(ValueError, match="the segmenter has no setting body"):
        stages.settings("segmenter", {"epochs": 1, "body": BODIES[0]})
