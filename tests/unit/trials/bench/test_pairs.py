"""The two sides of the bench: the cascade in this process, and the comparison."""

import contextlib

import numpy as np
import pytest

from cxr import lungs, wire
from cxr.gate import DISCRIMINATOR_OUTPUTS, EVIDENCE
from handlers.classifier import ClassifierHandler
from handlers.discriminator import DiscriminatorHandler
from handlers.segmenter import SegmenterHandler
from imaging.file import File
from tests import films
from tests.fakes import SIDES, two_lungs
from tests.trials.bench.cascade import Cascade
from tests.trials.bench.errors import MeasurementError
from tests.trials.bench.pairs import measure
from tests.trials.bench.report import of_pairs

PROBABILITIES = {"no_pathology": 0.75, "other_pathology": 0.25}
CONFIG = {
    "in_distribution": dict.fromkeys(EVIDENCE, 0) | {"bias": 3},
    "scale": {"frontal": 1, "positive": 1, "upright": 1},
    "thresholds": dict.fromkeys(("in_distribution", "positive", "upright", "frontal"), 0.01)
    | {"area_fraction": 0.01, "agreement": 0.1},
    "quality": {"agreement": [0.0, 1.0], "dice": [0.0, 1.0]},
    "convention": lungs.LUNG_CONVENTIONS[0],
    "temperature": 1.0,
    "classes": list(PROBABILITIES),
    "trained_findings": [],
    "findings": {},
    "threads": 1,
}


@pytest.fixture
def cascade():
    """The real handlers and the gateway's use case; the networks answer always the same."""
    logits = 20.0 * two_lungs(SIDES["segmenter"]) - 10
    networks = {
        DiscriminatorHandler: (np.zeros((1, len(DISCRIMINATOR_OUTPUTS)), np.float32),),
        SegmenterHandler: (np.stack([logits, logits]).astype(np.float32)[None],),
        ClassifierHandler: (np.log([list(PROBABILITIES.values())]), np.ones((1, 2, 3, 3), np.float32)),
    }
    handlers = [kind() for kind in networks]
    for handler in handlers:
        handler.config = CONFIG
        handler.description = wire.Description(handler.name, "1.0.0", f"of {handler.name}", SIDES[handler.name])
        handler.network = _always(networks[type(handler)])
    with contextlib.closing(Cascade(handlers)) as cascade:
        yield cascade


def _always(outputs):
    return lambda pixels: outputs


class FakeGateway:
    """Answers as a gateway with a cache does; in order, uncached and then cached."""

    def __init__(self, classes=PROBABILITIES, cached=(False, True)):
        self.classes = classes
        self.cached = cached
        self.asked = 0

    def assess(self, file):
        cached = self.cached[self.asked % 2]
        self.asked += 1
        steps = {"decode": 2.0, "discriminator": 3.0, "segmenter": 4.0, "classifier": 5.0}
        timings = dict.fromkeys(steps) if cached else steps
        return 2.0 if cached else 30.0, {"classes": self.classes, "cached": cached, "timings_ms": timings}


def some_files(count):
    return [File(films.png(films.pixels(seed=number).astype(np.uint8)), "image/png") for number in range(count)]


def test_in_process_all_three_stages_are_asked_through_the_gateways_own_use_case(cascade):
    """And each step is timed."""
    result, timings = cascade.assess(some_files(1)[0])

    assert result.conclusion.outcome == "assessed"
    assert result.conclusion.classes == pytest.approx(PROBABILITIES)
    assert list(timings) == ["decode", "discriminator", "segmenter", "classifier"]


def test_pairs_after_the_warm_up_count(cascade):
    """One sample a pair for each of the three ways."""
    samples = measure(FakeGateway(), cascade, some_files(5), warm_up=2, done=lambda: None)

    assert (len(samples.gateway), len(samples.in_process), len(samples.cached)) == (3, 3, 3)
    figures = of_pairs(samples)
    assert figures["cached_speedup_p50"] == 15
    assert figures["gateway_p50_ms"] == 30
    assert figures["steps_p50_ms"]["rest"]["gateway"] == 30 - 2 - 3 - 4 - 5


@pytest.mark.parametrize(
    ("gateway", "told"),
    [
        pytest.param(FakeGateway({"no_pathology": 0.7, "other_pathology": 0.3}), "not the same cascade", id="classes"),
        pytest.param(FakeGateway(cached=(True, True)), "cached before", id="cached"),
        pytest.param(FakeGateway(cached=(False, False)), "is Redis up", id="not-cached"),
    ],
)
def test_what_cannot_be_compared_stops_the_bench(cascade, gateway, told):
    """Rather than be reported."""
    with pytest.raises(MeasurementError, match=told):
        measure(gateway, cascade, some_files(2), warm_up=0, done=lambda: None)
