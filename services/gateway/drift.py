"""How far the films and the answers of late are from what the models learned from."""

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import accumulate

import numpy as np
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from imaging.reference import Bins, Reference
from results.schema import Conclusion
from vocabulary.problems.chest import CHEST

WINDOW_FILMS = 500
"""Films that are compared: a day or two of a hospital, and enough for the index to be steady."""

MIN_FILMS = 200
"""Films before there is an index. Source: of n films like the reference's m the index is about (1 / n + 1 / m) times a
chi-squared number of (bins - 1) degrees (Yurdakul and Naranjo, 2020): with 10 bins and 1,500, of 100 windows of 200
films without any change, 5 are above 0.1, and of 500 films (mean 0.02) next to none."""


class Drift(Collector):
    """Counts each computed film, for Prometheus; its histograms' buckets are the reference's bins.

    Its own collector because each quantity has bins of its own, and so that the index is computed only when asked for.
    The chest's quantities are named as they are; those of another problem begin with its name: "bone-age mean".
    """

    def __init__(self, references: Mapping[str, Reference], registry: CollectorRegistry) -> None:
        """Of problems whose releases have no reference of their own; where there is none either, nothing is told.

        Args:
            references: problem to what its training films and their scores were like.
            registry: which tells of it.
        """
        self._common = dict(references)
        self._compared = {problem: _Comparison("", reference) for problem, reference in references.items()}
        registry.register(self)

    def active(self, problem: str) -> bool:
        """Whether there is a reference of it."""
        return problem in self._compared

    def follow(self, problem: str, release: str, own: Reference | None) -> None:
        """Begin anew where another release serves, or has another reference: a window of two models is of neither.

        Args:
            problem: whose release it is.
            release: which serves from now on.
            own: what its films and scores were like in training; None for what the gateway was given.
        """
        reference = own or self._common.get(problem)
        if not reference:
            self._compared.pop(problem, None)
        elif not (now := self._compared.get(problem)) or (now.release, now.reference) != (release, reference):
            self._compared[problem] = _Comparison(release, reference)

    def observe(self, problem: str, levels: Mapping[str, float], scores: Mapping[str, float]) -> None:
        """Count one film; what the reference does not know is left out.

        Args:
            problem: which was answered.
            levels: from imaging.grey.levels.
            scores: what was answered, by quantity.
        """
        if now := self._compared.get(problem):
            now.count(levels, scores)

    def collect(self) -> Iterator[HistogramMetricFamily | GaugeMetricFamily]:
        """For the registry."""
        if not self._compared:
            return
        scores, image = self._named()
        for name, what, known in (
            ("cxr_score", "Scores of computed films, in bins of the training films", scores),
            ("cxr_image", "Grey levels of computed films, in bins of the training films", image),
        ):
            histogram = HistogramMetricFamily(name, what, labels=["quantity"])
            for quantity, seen in known.items():
                histogram.add_metric([quantity], seen.buckets(), seen.total)
            yield histogram
        index = GaugeMetricFamily(
            "cxr_drift_psi",
            "Population stability index of the last films against the training films",
            None,
            ["quantity"],
        )
        for quantity, seen in (scores | image).items():
            if len(seen.window) >= MIN_FILMS:
                index.add_metric([quantity], seen.psi())
        yield index
        stages = GaugeMetricFamily("cxr_reference", "Stages that made the reference", None, ["stage", "version"])
        for now in self._compared.values():
            for stage, who in now.reference.about["stages"].items():
                stages.add_metric([stage, who["version"]], 1)
        yield stages

    def _named(self) -> "tuple[dict[str, _Quantity], dict[str, _Quantity]]":
        """Scores and grey levels of all problems."""
        scores: dict[str, _Quantity] = {}
        image: dict[str, _Quantity] = {}
        for problem, now in self._compared.items():
            before = "" if problem == CHEST.name else f"{problem} "
            scores |= {before + name: seen for name, seen in now.scores.items()}
            image |= {before + name: seen for name, seen in now.image.items()}
        return scores, image


def chest_scores(conclusion: Conclusion) -> dict[str, float]:
    """What is compared of the chest's answer, by quantity (imaging.reference.SCORES, and the classes)."""
    gate, field = conclusion.discriminator, conclusion.lungs
    found: dict[str, float | None] = {}
    if gate:
        found |= {"in_distribution": gate.in_distribution, "frontal": gate.frontal, "nearness": gate.nearness}
    if field:
        found |= {"quality": field.quality, "area_fraction": field.area_fraction}
    return {name: value for name, value in (found | (conclusion.classes or {})).items() if value is not None}


class _Comparison:
    """The films that one release of a problem answered, against those that it learned from."""

    def __init__(self, release: str, reference: Reference) -> None:
        self.release, self.reference = release, reference
        self.scores = {name: _Quantity(bins) for name, bins in reference.scores.items()}
        self.image = {name: _Quantity(bins) for name, bins in reference.image.items()}

    def count(self, levels: Mapping[str, float], scores: Mapping[str, float]) -> None:
        for known, values in ((self.scores, scores), (self.image, levels)):
            for name, value in values.items():
                if name in known:
                    known[name].count(value)


class _Quantity:
    """One quantity of all films, for the histogram, and of the last ones, for the index."""

    def __init__(self, bins: Bins) -> None:
        self._bins = bins
        self._counts = [0] * len(bins.shares)
        self.total = 0.0
        self.window: deque[int] = deque(maxlen=WINDOW_FILMS)

    def count(self, value: float) -> None:
        found = self._bins.bin(value)
        self._counts[found] += 1
        self.total += value
        self.window.append(found)

    def psi(self) -> float:
        return self._bins.psi(np.bincount(self.window, minlength=len(self._counts)).tolist())

    def buckets(self) -> list[tuple[str, float]]:
        ends = [str(edge) for edge in self._bins.edges] + ["+Inf"]
        return [(end, float(count)) for end, count in zip(ends, accumulate(self._counts), strict=True)]
