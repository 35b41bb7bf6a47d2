"""From the discriminator's logits to one calibrated score, and to thresholds; fitted on the validation split."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from cxr import gate

SHARES = {"in_distribution": 0.003, "positive": 0.001, "upright": 0.002, "frontal": 0.004}
"""Of the validation split's frontal films, how many each threshold may refuse: 1 % in all."""

MAX_THRESHOLDS = {"in_distribution": 0.5, "positive": 0.5, "upright": 0.5, "frontal": 0.5}
"""No threshold is higher, even if no frontal film would be refused: what is likelier so than not passes."""

TURNED_WEIGHT = 0.3
"""Of the chest films by which in_distribution is calibrated, how much turned and inverted ones weigh: they must pass
to be named."""

RIDGE = 0.01
"""Of the squared weights, each of evidence of unit variance: the classes are nearly separable."""

Logits = NDArray[np.float32]
Mix = dict[str, float]


def fit_mix(plain: Logits, posed: Logits, others: Logits, used: tuple[str, ...] = gate.EVIDENCE) -> Mix:
    """A logistic regression of the evidence by which chest films are told from anything else.

    No weight is negative: more evidence must never speak against a film.

    Args:
        plain: logits (films, 10) of upright frontal films.
        posed: of turned and inverted ones, which must pass so that they can be named.
        others: of what is no chest film.
        used: which evidence may weigh.
    """
    seen = evidence(np.concatenate([plain, posed, others]))
    chest = np.arange(len(seen)) < len(plain) + len(posed)
    parts = ((plain, 1 - TURNED_WEIGHT), (posed, TURNED_WEIGHT), (others, 1.0))
    weights = np.concatenate([np.full(len(part), share / len(part)) for part, share in parts if len(part)])
    mean, deviation = seen.mean(axis=0), seen.std(axis=0) + 1e-6
    scaled = np.clip((seen - mean) / deviation, -5, 5)

    def loss(values: NDArray[np.float64]) -> float:
        margins = np.where(chest, 1, -1) * (scaled @ values[:-1] + values[-1])
        return float((weights * np.logaddexp(0, -margins)).sum() + RIDGE * (values[:-1] ** 2).sum())

    bounds = [(0, None if name in used else 0) for name in gate.EVIDENCE]
    fitted = minimize(loss, np.zeros(len(bounds) + 1), method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    factors = fitted[:-1] / deviation
    mix = {name: round(float(value), 4) for name, value in zip(gate.EVIDENCE, factors, strict=True)}
    return mix | {"bias": round(float(fitted[-1] - factors @ mean), 4)}


def evidence(logits: Logits) -> NDArray[np.float64]:
    """The columns of the logits that gate.EVIDENCE names."""
    columns = [gate.DISCRIMINATOR_OUTPUTS.index(name) for name in gate.EVIDENCE]
    return logits[:, columns].astype(np.float64)


def mixed(logits: Logits, mix: Mix) -> NDArray[np.float64]:
    """The logit of in_distribution of each image."""
    return np.asarray(evidence(logits) @ np.array([mix[name] for name in gate.EVIDENCE]) + mix["bias"])


def thresholds(plain: Logits, config: dict[str, Any]) -> dict[str, float]:
    """Below which probability a film is refused.

    Args:
        plain: logits of upright frontal films.
        config: with in_distribution and scale.
    """
    judged = [gate.judge(film, config | {"thresholds": dict.fromkeys(SHARES, 0.0)}) for film in plain]
    found = {}
    for name, allowed in SHARES.items():
        quantile = np.quantile([getattr(verdict, name) for verdict in judged], allowed)
        found[name] = float(f"{min(quantile, MAX_THRESHOLDS[name]):.3g}")
    return found
