"""The figures in the store are of the weights in the store; `make trial ARGS="figures"` measures them again."""

import hashlib
import json

import pytest

from local.places import ROOT
from vocabulary.stages import STAGES


@pytest.mark.parametrize("stage", STAGES)
def test_the_figures_that_are_told_were_measured_of_the_weights_that_are_served(stage):
    folder = ROOT / "model_store" / stage
    metrics = json.loads((folder / "metrics.json").read_text())

    assert metrics["weights_sha256"] == hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    assert len(metrics["figures"]) > 10
    assert all(
        entry["n"] > 0 and entry["ci95"][0] <= entry["value"] <= entry["ci95"][1] for entry in metrics["figures"]
    )
