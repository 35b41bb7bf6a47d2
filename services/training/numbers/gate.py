"""Fits what a gauge refuses: on its own features, of its problem's films and of anything else (outlier exposure)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from cxr.gauge import Gate
from cxr.number import in_distribution
from training.heads import fit_gaussian, fit_scale

RIDGE = 1e-3
"""Of the head's squared weights, whose features have unit variance."""

REFUSED = 0.005
"""Share of the validation split's films that may be refused."""

HIGHEST = 0.5
"""No threshold is higher: what is likelier so than not passes."""

Features = NDArray[np.float32]


@dataclass(frozen=True)
class Sights:
    """Features of images, of their own kind or of others."""

    features: Features
    """Shape (images, features): cxr.backbone.pooled."""
    kinds: NDArray[np.str_]
    splits: NDArray[np.str_]

    def of(self, split: str) -> Features:
        """Features of a split."""
        return np.asarray(self.features[self.splits == split])

    def without(self, kind: str) -> "Sights":
        """All but one kind."""
        kept = self.kinds != kind
        return Sights(self.features[kept], self.kinds[kept], self.splits[kept])


def fit_gate(own: Sights, others: Sights, axes_of: Gate | None = None) -> Gate:
    """A gate of the train split's features; the same ones give the same gate.

    Args:
        axes_of: whose scale and distance to take over, which the others have no part in.
    """
    gate = Gate(own.features.shape[1])
    known, strange = own.of("train"), others.of("train")
    if axes_of is not None:
        gate.load_state_dict(axes_of.state_dict())
    else:
        fit_scale(gate.scale, known)
        scaled = gate.scale(torch.from_numpy(known)).numpy().astype(np.float64)
        fit_gaussian(gate.near, scaled, np.zeros(len(known), np.int64))
    features = gate.scale(torch.from_numpy(np.concatenate([known, strange]))).numpy().astype(np.float64)
    weights, bias = _logistic(features, np.arange(len(features)) < len(known), RIDGE)
    with torch.no_grad():
        gate.head.weight.copy_(torch.from_numpy(weights)[None])
        gate.head.bias.fill_(bias)
    return gate.requires_grad_(False).eval()


def calibrate(known: NDArray[np.float32], strange: NDArray[np.float32]) -> dict[str, float]:
    """Weights of both pieces of evidence, (images, 2) of a Gate's, and the threshold; of the validation split."""
    evidence = np.concatenate([known, strange]).astype(np.float64)
    weights, bias = _logistic(evidence, np.arange(len(evidence)) < len(known), 1e-2, bounds=(0, None))
    mix = {"near": float(weights[0]), "head": float(weights[1]), "bias": bias}
    mix = {name: round(value, 4) for name, value in mix.items()}
    threshold = min(HIGHEST, float(np.quantile(in_distribution(known, mix), REFUSED)))
    return mix | {"threshold": float(f"{threshold:.3g}")}


def judged(gate: Gate, features: Features) -> NDArray[np.float32]:
    """A gate's evidence of images, (images, 2)."""
    return np.asarray(gate(torch.from_numpy(features)).numpy(), np.float32)


def _logistic(
    features: NDArray[np.float64], known: NDArray[np.bool_], ridge: float, bounds: tuple[Any, Any] = (None, None)
) -> tuple[NDArray[np.float64], float]:
    """Weights and bias, known and unknown images weighing as much as each other."""
    shares = np.where(known, 0.5 / max(known.sum(), 1), 0.5 / max((~known).sum(), 1))
    signs = np.where(known, 1.0, -1.0)

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = signs * (features @ values[:-1] + values[-1])
        slopes = -signs * shares / (1 + np.exp(np.clip(margins, -60, 60)))
        gradient = np.append(features.T @ slopes + 2 * ridge * values[:-1], slopes.sum())
        return float((shares * np.logaddexp(0, -margins)).sum() + ridge * (values[:-1] ** 2).sum()), gradient

    count = features.shape[1]
    start = np.zeros(count + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[bounds] * count + [(None, None)]).x
    return found[:-1], float(found[-1])
