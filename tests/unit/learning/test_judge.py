"""The judge: what it promotes, and what it must not."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from learning.comparing import Judged, Measure, areas, compare, error, patient_draws
from learning.judge import Verdict, judge, moved
from training.statistics import area_under_curve, calibration_error

POINTS = {"interstitial_pneumonia": 0.3, "other_pathology": 0.3, "no_pathology": 0.3}


def answers(classes: np.ndarray, strength: float, seed: int) -> np.ndarray:
    """Probabilities that tell the classes more or less well."""
    noise = np.random.default_rng(seed).normal(size=(len(classes), 3))
    noise[np.arange(len(classes)), classes] += strength
    shares = np.exp(noise * max(strength, 0.3))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def films(count: int, before: float, after: float, seed: int = 0) -> Judged:
    classes = np.random.default_rng(seed).integers(3, size=count)
    return Judged(classes, answers(classes, before, seed + 1), answers(classes, after, seed + 2), np.arange(count))


BASE = films(1500, 1.5, 1.5, 50)
SAME = Judged(BASE.classes, BASE.parent, BASE.parent, BASE.patients)


def decided(
    site: Judged, base: Judged = SAME, method: str = "head", groups: Mapping[str, np.ndarray] | None = None
) -> Verdict:
    return judge(method, site, groups or {}, base, np.full(len(base), "a"), POINTS, rounds=200)


def failed(verdict: Verdict) -> list[str]:
    return [gate.name for gate in verdict.gates if not gate.passed]


def test_a_better_version_that_forgot_nothing_is_promoted() -> None:
    verdict = decided(films(150, 0.8, 2.0))
    assert verdict.decision == "promote"
    assert failed(verdict) == []


def test_the_figures_of_a_certificate_are_those_of_its_films() -> None:
    site = films(150, 0.8, 2.0)
    figure = decided(site).figures[0]
    assert figure.parent == pytest.approx(area_under_curve(site.classes, site.parent), abs=1e-4)
    assert figure.candidate == pytest.approx(area_under_curve(site.classes, site.candidate), abs=1e-4)
    assert figure.films == 150


def test_a_version_that_is_as_good_is_not_promoted() -> None:
    site = films(150, 1.0, 1.0)
    verdict = decided(Judged(site.classes, site.parent, site.parent, site.patients))
    assert failed(verdict) == ["gain"]


def test_a_better_version_that_forgot_the_base_films_is_refused() -> None:
    assert failed(decided(films(150, 0.8, 2.0), films(1500, 1.5, 1.0, 50))) == ["base films: all", "base films: a"]


def test_a_better_version_that_is_worse_for_women_is_refused() -> None:
    site = films(300, 0.8, 2.5)
    women = np.arange(300) % 3 == 0
    harmed = np.where(women[:, None], site.candidate[:, [1, 2, 0]], site.candidate)
    verdict = decided(Judged(site.classes, site.parent, harmed, site.patients), groups={"women": women})
    assert "group: women" in failed(verdict)


def test_an_overconfident_version_is_refused() -> None:
    site = films(150, 0.8, 1.2)
    loud = site.candidate**12
    loud /= loud.sum(axis=1, keepdims=True)
    verdict = decided(Judged(site.classes, site.parent, loud, site.patients))
    assert "calibration" in failed(verdict)


@pytest.mark.parametrize(("count", "method", "decision"), [(59, "head", "too_few"), (19, "calibration", "too_few")])
def test_too_few_films_are_no_judge(count: int, method: str, decision: str) -> None:
    verdict = decided(films(count, 0.8, 2.5), method=method)
    assert verdict.decision == decision
    assert f"{count} films judge" in verdict.gates[0].told
    assert verdict.figures == []


def test_a_class_of_three_films_is_no_judge() -> None:
    site = films(150, 0.8, 2.0)
    rare = np.where(site.classes == 0, 1, site.classes)
    rare[:3] = 0
    verdict = decided(Judged(rare, site.parent, site.candidate, site.patients))
    assert verdict.decision == "too_few"
    assert "interstitial pneumonia" in verdict.gates[0].told


def test_points_move_so_that_the_sensitivity_stays() -> None:
    site = films(400, 1.0, 1.0)
    scaled = site.parent**0.5
    scaled /= scaled.sum(axis=1, keepdims=True)
    points = list(moved(Judged(site.classes, site.parent, scaled, site.patients), POINTS))
    assert [point.label for point in points] == list(POINTS)
    for point in points:
        assert point.sensitivity[2] == pytest.approx(point.sensitivity[0], abs=0.01)
        assert point.after != point.before


def test_calibration_alone_need_not_gain_but_must_not_lose() -> None:
    site = films(100, 1.0, 1.0)
    flat = np.sqrt(site.parent)
    flat /= flat.sum(axis=1, keepdims=True)
    better_loss = Judged(site.classes, flat, site.parent, site.patients)
    assert decided(better_loss, method="calibration").decision == "promote"
    assert failed(decided(films(100, 1.5, 0.5), method="calibration"))[:1] == ["gain"]


def test_a_patient_with_many_films_is_one_patient() -> None:
    site = films(60, 1.0, 1.5)
    many = np.repeat(np.arange(60), 10)
    apart = compare(site[many], rounds=400)
    alike = compare(Judged(site.classes[many], site.parent[many], site.candidate[many], many), rounds=400)
    alone = compare(Judged(site.classes[many], site.parent[many], site.candidate[many], np.arange(600)), rounds=400)
    assert alike.high - alike.low > 2 * (alone.high - alone.low)
    assert apart.gain == alone.gain


def test_a_draw_has_all_films_of_each_patient_as_often_as_the_patient() -> None:
    for counts in patient_draws(np.array([7, 3, 7, 9, 3, 7]), 20):
        assert counts[0] == counts[2] == counts[5]
        assert counts[1] == counts[4]
        assert counts[0] + counts[1] + counts[3] == 3  # as many patients as there are


@pytest.mark.parametrize(("all_at_once", "one"), [(areas, area_under_curve), (error, calibration_error)])
@pytest.mark.parametrize("decimals", [2, 8])
def test_figures_of_all_draws_at_once_are_those_of_each_draw(all_at_once: Measure, one: Any, decimals: int) -> None:
    site = films(40, 1.0, 1.0)
    scores = site.parent.round(decimals)  # with two decimals, many films have the same score
    draws = patient_draws(np.arange(40), 30)
    draws[0, site.classes == 1] = 0  # a draw without films of a class
    found = all_at_once(site.classes, scores, draws)
    for figure, counts in zip(found, draws, strict=True):
        drawn = np.repeat(np.arange(40), counts.astype(int))
        assert figure == pytest.approx(one(site.classes[drawn], scores[drawn]), abs=1e-9)


def test_a_draw_of_one_class_has_no_area() -> None:
    site = films(40, 1.0, 1.0)
    assert np.isnan(areas(site.classes, site.parent, (site.classes == 1)[None].astype(float)))
