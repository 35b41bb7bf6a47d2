"""Every stage: one epoch, resumed for another, exported, and measured."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

from cxr import networks
from training import stages
from training.course import fit
from training.evaluate import evaluate
from training.export import export
from training.films import Films
from training.findings import OUTPUTS
from vocabulary.stages import STAGES

TINY: dict[str, dict[str, Any]] = {
    "discriminator": {"samples": 8, "batch": 8},
    "segmenter": {"samples": 4, "batch": 4},
    "classifier": {"samples": 4, "batch": 4, "coarse_side": 64, "fine_epochs": 0},
}


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def course(stage: str, films: Films, segmenter: Path, cache: Path, epochs: int) -> tuple[Any, Any]:
    settings = replace(stages.settings(stage, {"epochs": epochs}), **TINY[stage])
    torch.manual_seed(1)
    return settings, stages.course(stage, films, settings, segmenter, cache)


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
