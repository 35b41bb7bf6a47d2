"""The discriminator's calibration on the validation split, and its figures."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from cxr import gate
from cxr.networks import Discriminator
from training.discriminator import judge, letterbox
from training.figures import Figure, share
from training.films import LATERAL, Films, chest, frontal
from training.gallery import synthetic
from training.settings import DiscriminatorSettings

SIDE = DiscriminatorSettings.side
SHARES = {"in_distribution": 0.004, "positive": 0.002, "upright": 0.003, "frontal": 0.006}
"""Of the validation split's frontal films, how many each threshold may refuse: 1.5 % in all."""

HIGHEST = {"in_distribution": 0.5, "positive": 0.5, "upright": 0.5, "frontal": 0.9}
"""No threshold is higher, even if no frontal film would be refused: what is likelier so than not passes."""

TURNED = 0.15
"""Of the chest films by which in_distribution is calibrated, how much turned and inverted ones weigh."""

Logits = NDArray[np.float32]


def calibrate(network: Discriminator, films: Films) -> dict[str, Any]:
    """How the logits become probabilities, and below which a film is refused."""
    rows = films.rows
    fronts = films.where((rows["split"] == "val") & frontal(rows))
    plain = logits(network, films, fronts)
    others = np.concatenate([logits(network, films, _others(films, "val")), _invented(network, 0)])
    turned = np.concatenate([logits(network, films, fronts[::3], turns, turns % 2 == 0) for turns in range(4)])
    mix = _mix(plain, turned, others)
    config: dict[str, Any] = {
        "in_distribution": mix,
        "scale": {"frontal": 1.0, "positive": 1.0, "upright": 1.0},
        "thresholds": dict.fromkeys(SHARES, 0.0),
    }
    judged = [gate.judge(film, config) for film in plain]
    for name, allowed in SHARES.items():
        quantile = np.quantile([getattr(verdict, name) for verdict in judged], allowed)
        config["thresholds"][name] = round(float(min(quantile, HIGHEST[name])), 4)
    return config


def _mix(plain: Logits, turned: Logits, others: Logits) -> dict[str, float]:
    """A logistic regression of the real and chest logits, by which chest films are told from anything else.

    The real logit is high for upright frontal films only. Were they the only chest films here, it would weigh much, and
    turned films would be refused without being named; so those take part.
    """
    seen = np.concatenate([plain, turned, others])[:, :2]
    known = np.arange(len(seen)) < len(plain) + len(turned)
    shares = ((plain, 1 - TURNED), (turned, TURNED), (others, 1.0))
    weights = np.concatenate([np.full(len(part), share * len(seen) / len(part)) for part, share in shares])
    fitted = LogisticRegression().fit(seen, known, weights)
    values = (*fitted.coef_[0], fitted.intercept_[0])
    return {name: round(float(value), 4) for name, value in zip(("real", "chest", "bias"), values, strict=True)}


def figures(network: Discriminator, films: Films, config: dict[str, Any]) -> list[Figure]:
    """What the stage refuses on the test split, decided as in serving."""
    rows, test = films.rows, films.rows["split"] == "test"

    def refusals(chosen: NDArray[np.int64], turns: int = 0, invert: bool = False) -> NDArray[np.str_]:
        found = logits(network, films, chosen, turns, invert)
        return np.array([gate.judge(film, config).refusal for film in found])

    fronts = films.where(test & frontal(rows))
    wrong = refusals(fronts) != ""
    measured = [share("frontal films refused", "all frontal", wrong)]
    for name, part in _groups(rows["dataset"].iloc[fronts].to_numpy()):
        measured.append(share("frontal films refused", name, wrong[part]))
    others = films.where(test & (rows["dataset"] == "ood"))
    refused = refusals(others) != ""
    measured.append(share("not chest films refused", "all ood", refused))
    for name, part in _groups(rows["kind"].iloc[others].to_numpy()):
        measured.append(share("not chest films refused", name, refused[part]))
    slices = refusals(films.where(test & (rows["kind"] == "ct"))) != ""
    if len(slices):
        measured.append(share("not chest films refused", "covid-chestxray CT", slices))
    invented = np.array([gate.judge(image, config).refusal for image in _invented(network, 1)])
    measured.append(share("not chest films refused", "synthetic", invented != ""))
    return measured + _views(films, refusals, fronts)


def _views(films: Films, refusals: Any, fronts: NDArray[np.int64]) -> list[Figure]:
    rows, measured = films.rows, []
    for split in ("test", "val", "train"):
        chosen = films.where((rows["split"] == split) & (rows["view"] == LATERAL))
        label = f"{split} split" + (", seen in training" if split == "train" else "")
        if len(chosen):
            measured.append(share("lateral views refused", label, refusals(chosen) != ""))
    for turns in (1, 2, 3):
        found, data = refusals(fronts, turns), f"all frontal, turned by {90 * turns} degrees"
        measured.append(share("rotated films refused", data, found != ""))
        measured.append(share("rotated films named so", data, found == "rotated"))
    found = refusals(films.where((rows["kind"] == "cxr-rotated") & (rows["split"] != "train")))
    if len(found):
        measured.append(share("rotated films refused", "nih-rotated, test and val splits", found != ""))
    found = refusals(fronts, invert=True)
    measured.append(share("inverted films refused", "all frontal, inverted", found != ""))
    return [*measured, share("inverted films named so", "all frontal, inverted", found == "inverted")]


def logits(
    network: Discriminator, films: Films, chosen: NDArray[np.int64], turns: int = 0, invert: bool = False
) -> Logits:
    """The network's logits (films, 8) for films turned by quarter turns counter-clockwise and inverted on request."""
    pixels = [letterbox(films.pixels[int(row)], turns, invert, SIDE) for row in chosen]
    return judge(network, pixels) if pixels else np.zeros((0, 8), np.float32)


def _others(films: Films, split: str) -> NDArray[np.int64]:
    rows = films.rows
    return films.where((rows["split"] == split) & ~chest(rows) & (rows["kind"] != "other-radiograph"))


def _invented(network: Discriminator, seed: int) -> Logits:
    random = np.random.default_rng(seed)
    return judge(network, [synthetic(SIDE, random) for _ in range(100)])


def _groups(names: NDArray[np.object_]) -> list[tuple[str, NDArray[np.bool_]]]:
    return [(str(name), names == name) for name in sorted(set(names))]
