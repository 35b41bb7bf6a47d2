"""The figures in the repository are those of the weights in the repository."""

import json
import os
from pathlib import Path

import pytest
import yaml

from training import classification, discrimination, segmentation, sights
from training.chests import Chests
from training.crops import as_served, read_crops, read_network
from training.figures import Measured
from training.films import OUTPUTS, Films, read_films
from training.judged import Judged

STORE = Path(__file__).parents[2] / "model_store"
SEGMENTER = STORE / "segmenter/weights.safetensors"
INDEX = Path(os.environ.get("CXR_DATA", "../shared/data/cxr")) / "index.csv"

pytestmark = [
    pytest.mark.skipif(not INDEX.exists(), reason=f"the data set of the figures is not here: no {INDEX}"),
    pytest.mark.timeout(1800),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def films(cache: Path) -> Films:
    return read_films(INDEX, cache)


def measured(stage: str, films: Films, cache: Path) -> Measured:
    """The stage's figures as `training evaluate` measures them; not those that fit or change anything first."""
    config = yaml.safe_load((STORE / stage / "model-config.yaml").read_text())["stage"]
    weights = STORE / stage / "weights.safetensors"
    match stage:
        case "discriminator":
            network = read_network(stage, weights)
            judged = Judged.of(films, sights.served(films, network, cache, discrimination.SETTINGS))
            return discrimination.served(network, judged, config)
        case "segmenter":
            network = as_served(stage, weights, config["side"])
            return segmentation.figures(network, films, read_crops(films, weights, cache), config)
    network = as_served(stage, weights, config["side"], OUTPUTS)
    tested, trained = (Chests(films, read_crops(films, SEGMENTER, cache), split) for split in ("test", "train"))
    return classification.figures(network, tested, trained, config, changes={})


@pytest.mark.parametrize("stage", ["segmenter", "classifier", "discriminator"])
def test_the_served_weights_give_the_figures_that_are_told(stage: str, films: Films, cache: Path) -> None:
    told = {
        (entry["what"], entry["data"]): entry
        for entry in json.loads((STORE / stage / "metrics.json").read_text())["figures"]
    }

    figures = measured(stage, films, cache).figures

    assert len(figures) > 10
    for figure in figures:
        entry = told[figure.what, figure.data]
        assert figure.n == entry["n"]
        # Of few films, one on the edge of a threshold is more than that.
        assert figure.value == pytest.approx(entry["value"], abs=max(0.005, 1 / figure.n)), figure
