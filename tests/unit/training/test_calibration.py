"""From evidence to one score, and to thresholds."""

import numpy as np
import pytest

from cxr.gate import DISCRIMINATOR_OUTPUTS, judge
from training.calibration import SHARES, fit_mix, mixed, thresholds

RANDOM = np.random.default_rng(0)


def answers(count: int, **means: float) -> np.ndarray:
    """Logits around the named means; all others around 0."""
    centre = [means.get(name, 0.0) for name in DISCRIMINATOR_OUTPUTS]
    return RANDOM.normal(centre, 1.0, (count, len(centre))).astype(np.float32)


PLAIN, OTHERS = answers(400, chest=5, near_known=2, real=-1), answers(400, chest=-5, near_known=-2, real=1)


def test_evidence_never_speaks_against_a_film() -> None:
    mix = fit_mix(PLAIN, PLAIN[:40], OTHERS)

    assert mix["real"] == 0 and mix["chest"] > 0 and mix["near_known"] > 0


def test_score_tells_chest_films_from_others() -> None:
    mix = fit_mix(PLAIN, PLAIN[:40], OTHERS)

    assert (mixed(PLAIN, mix) > 0).mean() > 0.99 and (mixed(OTHERS, mix) < 0).mean() > 0.99


def test_only_the_evidence_asked_for_weighs() -> None:
    mix = fit_mix(PLAIN, PLAIN[:40], OTHERS, ("near_known",))

    assert [name for name, weight in mix.items() if weight and name != "bias"] == ["near_known"]


def test_thresholds_refuse_no_more_than_their_share() -> None:
    films = answers(2000, chest=5, near_known=2, positive=2, upright=3, frontal=1)
    config = {"in_distribution": fit_mix(films, films[:40], OTHERS)}
    config |= {"scale": {"frontal": 1.0, "positive": 1.0, "upright": 1.0}}

    config["thresholds"] = thresholds(films, config)

    refused = np.mean([judge(film, config).refusal != "" for film in films])
    assert refused == pytest.approx(sum(SHARES.values()), abs=0.003)
