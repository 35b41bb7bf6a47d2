"""What the gateway tells of drift: counted films, in the reference's bins, and the index."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from gateway.drift import MIN_FILMS, WINDOW_FILMS, Drift
from imaging.reference import Bins, Reference
from local.places import ROOT
from results.schema import Conclusion, Gate
from tests.films import png
from tests.unit.conftest import Start, Valkey

PATH = "/v1/assessments"
REFERENCE = Reference(
    {"stages": {"discriminator": {"version": "1.0.0"}}},
    {"frontal": Bins((0.5,), (0.5, 0.5), 1000)},
    {"mean": Bins((100.0, 150.0), (0.25, 0.5, 0.25), 1000)},
)


def conclusion(frontal: float) -> Conclusion:
    gate = Gate(in_distribution=0.9, frontal=frontal, upright=1, positive=1)
    return Conclusion(outcome="refused", discriminator=gate)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def drift(registry: CollectorRegistry) -> Drift:
    return Drift(REFERENCE, registry)


def test_films_are_counted_in_the_references_bins(drift: Drift, registry: CollectorRegistry) -> None:
    for mean in (90, 120, 130, 200):
        drift.observe({"mean": mean, "unknown": 1}, conclusion(0.7))

    text = generate_latest(registry).decode()

    assert 'cxr_image_bucket{le="100.0",quantity="mean"} 1.0' in text
    assert 'cxr_image_bucket{le="150.0",quantity="mean"} 3.0' in text
    assert 'cxr_image_bucket{le="+Inf",quantity="mean"} 4.0' in text
    assert 'cxr_image_sum{quantity="mean"} 540.0' in text
    assert 'cxr_score_count{quantity="frontal"} 4.0' in text
    assert "in_distribution" not in text
    assert 'cxr_reference{stage="discriminator",version="1.0.0"} 1.0' in text


def test_there_is_no_index_of_few_films(drift: Drift, registry: CollectorRegistry) -> None:
    for _ in range(MIN_FILMS - 1):
        drift.observe({"mean": 120}, conclusion(0.7))
    assert registry.get_sample_value("cxr_drift_psi", {"quantity": "mean"}) is None

    drift.observe({"mean": 120}, conclusion(0.7))

    assert registry.get_sample_value("cxr_drift_psi", {"quantity": "mean"}) is not None


def test_index_is_small_for_films_like_the_reference_and_large_for_others(
    drift: Drift, registry: CollectorRegistry
) -> None:
    random = np.random.default_rng(1)

    def index() -> float:
        return registry.get_sample_value("cxr_drift_psi", {"quantity": "mean"}) or 0.0

    for mean in random.uniform(50, 200, 4 * WINDOW_FILMS):  # a third below 100, not a quarter
        drift.observe({"mean": mean}, conclusion(0.7))
    alike = index()
    for mean in random.normal(240, 10, WINDOW_FILMS // 2):
        drift.observe({"mean": mean}, conclusion(0.7))
    half = index()
    for mean in random.normal(240, 10, WINDOW_FILMS // 2):
        drift.observe({"mean": mean}, conclusion(0.7))

    assert alike < 0.1
    assert 0.25 < half < index()


def test_after_a_switch_the_index_is_of_the_new_releases_reference(drift: Drift, registry: CollectorRegistry) -> None:
    own = replace(REFERENCE, image={"mean": Bins((30.0, 60.0), (0.25, 0.5, 0.25), 1000)})

    def index() -> float | None:
        return registry.get_sample_value("cxr_drift_psi", {"quantity": "mean"})

    drift.follow("stable", None)
    for _ in range(MIN_FILMS):
        drift.observe({"mean": 40}, conclusion(0.7))
    before = index()
    drift.follow("next", own)
    emptied = index()
    for mean in np.random.default_rng(1).choice([20, 40, 50, 80], WINDOW_FILMS):
        drift.observe({"mean": float(mean)}, conclusion(0.7))

    assert before is not None and before > 0.25
    assert emptied is None
    assert (index() or 1) < 0.1
    assert registry.get_sample_value("cxr_image_bucket", {"quantity": "mean", "le": "60.0"}) is not None
    assert registry.get_sample_value("cxr_image_bucket", {"quantity": "mean", "le": "150.0"}) is None


def test_a_window_is_of_one_release_and_outlives_a_change_that_leaves_it_serving(
    drift: Drift, registry: CollectorRegistry
) -> None:
    def films() -> float | None:
        return registry.get_sample_value("cxr_image_count", {"quantity": "mean"})

    drift.follow("stable", None)
    drift.observe({"mean": 40}, conclusion(0.7))
    drift.follow("stable", None)
    assert films() == 1

    drift.follow("next", None)
    assert films() == 0


def test_committed_reference_is_of_the_committed_weights() -> None:
    reference = Reference.read(ROOT / "model_store" / "reference.json")

    for stage, who in reference.about["stages"].items():
        figures = json.loads((ROOT / "model_store" / stage / "metrics.json").read_text())
        assert (who["version"], who["weights_sha256"]) == (figures["version"], figures["weights_sha256"])


async def test_computed_films_are_counted_once_and_cached_ones_not(start: Start, tmp_path: Path) -> None:
    REFERENCE.write(tmp_path / "reference.json")
    client = await start(reference=tmp_path / "reference.json")

    for _ in range(3):
        await client.post(PATH, content=png())
    await client.post(PATH, content=png(), headers={"Cache-Control": "no-cache"})
    text = (await client.get("/metrics")).text

    assert 'cxr_score_count{quantity="frontal"} 1.0' in text
    assert 'cxr_image_count{quantity="mean"} 1.0' in text


async def test_without_a_reference_nothing_is_told_of_drift(start: Start) -> None:
    client = await start()

    await client.post(PATH, content=png())

    assert "cxr_drift" not in (await client.get("/metrics")).text


async def test_redis_is_asked_whether_it_is_there(start: Start, own_valkey: Valkey) -> None:
    client = await start(redis=own_valkey.url)
    there = (await client.get("/metrics")).text
    own_valkey.stop()

    assert "cxr_redis_up 1.0" in there
    assert "cxr_redis_up 0.0" in (await client.get("/metrics")).text
