"""What the gateway tells of drift: counted films, in the reference's bins, and the index."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from gateway.drift import MIN_FILMS, WINDOW_FILMS, Drift, chest_scores
from imaging.reference import Bins, Reference
from local.places import ROOT
from results.schema import Conclusion, Gate
from tests.films import png
from tests.unit.conftest import Start, Valkey

PATH = "/v1/assessments"
FOLDERS = sorted(path.parent for path in (ROOT / "model_store").rglob("reference.json"))
REFERENCE = Reference(
    {"stages": {"discriminator": {"version": "1.0.0"}}},
    {"frontal": Bins((0.5,), (0.5, 0.5), 1000)},
    {"mean": Bins((100.0, 150.0), (0.25, 0.5, 0.25), 1000)},
)


def scores(frontal: float) -> dict[str, float]:
    gate = Gate(in_distribution=0.9, frontal=frontal, upright=1, positive=1)
    return chest_scores(Conclusion(outcome="refused", discriminator=gate))


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def drift(registry: CollectorRegistry) -> Drift:
    return Drift({"chest": REFERENCE}, registry)


def test_films_are_counted_in_the_references_bins(drift: Drift, registry: CollectorRegistry) -> None:
    for mean in (90, 120, 130, 200):
        drift.observe("chest", {"mean": mean, "unknown": 1}, scores(0.7))

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
        drift.observe("chest", {"mean": 120}, scores(0.7))
    assert registry.get_sample_value("cxr_drift_psi", {"quantity": "mean"}) is None

    drift.observe("chest", {"mean": 120}, scores(0.7))

    assert registry.get_sample_value("cxr_drift_psi", {"quantity": "mean"}) is not None


def test_index_is_small_for_films_like_the_reference_and_large_for_others(
    drift: Drift, registry: CollectorRegistry
) -> None:
    random = np.random.default_rng(1)

    def index() -> float:
        return registry.get_sample_value("cxr_drift_psi", {"quantity": "mean"}) or 0.0

    for mean in random.uniform(50, 200, 4 * WINDOW_FILMS):  # a third below 100, not a quarter
        drift.observe("chest", {"mean": mean}, scores(0.7))
    alike = index()
    for mean in random.normal(240, 10, WINDOW_FILMS // 2):
        drift.observe("chest", {"mean": mean}, scores(0.7))
    half = index()
    for mean in random.normal(240, 10, WINDOW_FILMS // 2):
        drift.observe("chest", {"mean": mean}, scores(0.7))

    assert alike < 0.1
    assert 0.25 < half < index()


def test_after_a_switch_the_index_is_of_the_new_releases_reference(drift: Drift, registry: CollectorRegistry) -> None:
    own = replace(REFERENCE, image={"mean": Bins((30.0, 60.0), (0.25, 0.5, 0.25), 1000)})

    def index() -> float | None:
        return registry.get_sample_value("cxr_drift_psi", {"quantity": "mean"})

    drift.follow("chest", "stable", None)
    for _ in range(MIN_FILMS):
        drift.observe("chest", {"mean": 40}, scores(0.7))
    before = index()
    drift.follow("chest", "next", own)
    emptied = index()
    for mean in np.random.default_rng(1).choice([20, 40, 50, 80], WINDOW_FILMS):
        drift.observe("chest", {"mean": float(mean)}, scores(0.7))

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

    drift.follow("chest", "stable", None)
    drift.observe("chest", {"mean": 40}, scores(0.7))
    drift.follow("chest", "stable", None)
    assert films() == 1

    drift.follow("chest", "next", None)
    assert films() == 0


def test_another_problems_films_are_compared_apart_from_the_chests_and_named_by_it(
    drift: Drift, registry: CollectorRegistry
) -> None:
    def index(quantity: str) -> float | None:
        return registry.get_sample_value("cxr_drift_psi", {"quantity": quantity})

    months, mean = Bins((60.0, 120.0), (0.25, 0.5, 0.25), 1000), Bins((50.0,), (0.5, 0.5), 1000)
    hands = Reference({"stages": {"bone-age": {"version": "2.0.0"}}}, {"months": months}, {"mean": mean})
    drift.follow("bone-age", "stable", hands)
    drift.observe("chest", {"mean": 120}, scores(0.7))
    for _ in range(MIN_FILMS):
        drift.observe("bone-age", {"mean": 40}, {"months": 30, "in_distribution": 1})

    text = generate_latest(registry).decode()
    assert 'cxr_score_bucket{le="60.0",quantity="bone-age months"} 200.0' in text
    assert 'cxr_image_count{quantity="bone-age mean"} 200.0' in text
    assert 'cxr_image_count{quantity="mean"} 1.0' in text
    assert (index("bone-age months") or 0) > 0.25 and index("mean") is None
    for stage, version in (("bone-age", "2.0.0"), ("discriminator", "1.0.0")):
        assert f'cxr_reference{{stage="{stage}",version="{version}"}} 1.0' in text

    drift.follow("bone-age", "lesson1", None)  # which has no reference, nor has the gateway
    assert not drift.active("bone-age") and drift.active("chest")
    assert index("bone-age months") is None


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_committed_reference_is_of_the_committed_weights(folder: Path) -> None:
    reference = Reference.read(folder / "reference.json")

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
