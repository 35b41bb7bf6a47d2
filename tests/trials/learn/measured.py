"""Hospitals whose readers measure bone age otherwise than those whom it was learned from: what their numbers buy."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.numbers.correction import Correction, taught
from learning.numbers.judge import judge, versions
from learning.numbers.lesson import Judges
from learning.numbers.served import Answered, read_served
from training.numbers.films import read
from vocabulary.problems.bone_age import BONE_AGE

Floats = NDArray[np.float64]

MONTHS = BONE_AGE.asks

FILMS, JUDGES = (50, 200), 100
"""That teach, and that judge; the rest of the test split tells what is so."""

ROUNDS = 300
"""Of the judge's bootstraps here, which are many."""


@dataclass(frozen=True)
class Readers:
    """How a hospital's readers measure, in months: scale * reference + shift, and an error of their own."""

    shift: float = 0.0
    scale: float = 1.0
    error: float = 6.0
    """A standard deviation."""
    shuffled: bool = False
    """Their numbers are of other films than they say."""

    def mean(self, truth: Floats) -> Floats:
        """What they would say on average: what is so at this hospital."""
        return np.clip(self.scale * truth + self.shift, MONTHS.lowest, MONTHS.highest)

    def say(self, truth: Floats, random: np.random.Generator) -> Floats:
        """A number a film."""
        said = np.clip(self.mean(truth) + random.normal(0, self.error, len(truth)), MONTHS.lowest, MONTHS.highest)
        return random.permutation(said) if self.shuffled else said


READERS = {
    "as the reference": Readers(),
    "6 months more": Readers(6.0),
    "12 months more": Readers(12.0),
    "a tenth more": Readers(0.0, 1.1),
    "12 months less, and less sure": Readers(-12.0, 1.0, 12.0),
    "of other films (shuffled)": Readers(shuffled=True),
}


@dataclass(frozen=True)
class Site:
    """Films that the served stage never learned from, and accepts."""

    answered: Answered
    truth: Floats
    range: Floats


def prepare(index: Path, store: Path, folder: Path) -> Site:
    """What the served stage says of the test split; what was asked before is read from the folder."""
    served = read_served(BONE_AGE, store)
    kept = folder / f"hands-{served.identity['weights'][:8]}.npz"
    if not kept.exists():
        films = read(BONE_AGE, index)
        films = films.part(films.split("test"))
        answered = served.answers(films)
        accepted = answered.accepted
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(kept, value=answered.value[accepted], half=answered.half[accepted], truth=films.truth[accepted])
    with np.load(kept) as stored:
        every = np.ones(len(stored["truth"]), bool)
        return Site(Answered(stored["value"], stored["half"], every), stored["truth"], served.numbers)


def table(site: Site, draws: int) -> list[dict[str, Any]]:
    """A row for each kind of readers and number of films that teach."""
    return [_row(site, name, readers, films, draws) for name, readers in READERS.items() for films in FILMS]


def _row(site: Site, name: str, readers: Readers, films: int, draws: int) -> dict[str, Any]:
    found = list(_draws(site, readers, films, draws))
    numbers = {part: round(float(np.mean([each[part] for each in found])), 4) for part in found[0]}
    gains = [each["before"] - each["after"] for each in found]
    worse = [gain < 0 for gain in gains]
    fell = [each["promoted"] and bad for each, bad in zip(found, worse, strict=True)]
    shares = {"worse": round(float(np.mean(worse)), 4), "promoted_and_worse": round(float(np.mean(fell)), 4)}
    return {"readers": name, "films": films, **numbers, "deviation": round(float(np.std(gains)), 4), **shares}


def _draws(site: Site, readers: Readers, films: int, draws: int) -> Iterator[dict[str, float]]:
    for number in range(draws):
        random = np.random.default_rng([number, films])
        order = random.permutation(len(site.truth))
        teach, judging, rest = np.split(order, [films, films + JUDGES])
        said = readers.say(site.truth, random)
        own = _part(site.answered, teach), said[teach], teach.astype(str)
        correction = taught(*own, site.range, MONTHS)
        promoted = _judge(site, correction, judging, said).decision == "promote"
        told = Judges(readers.mean(site.truth)[rest], _part(site.answered, rest), rest, {})
        heard = readers.say(site.truth[rest], random)
        before, after = versions(told, correction, site.range)
        yield {
            "before": float(before.off(told.said).mean()),
            "after": float(after.off(told.said).mean()),
            "held_before": float(before.holds(heard).mean()),
            "held": float(after.holds(heard).mean()),
            "wider": float(after.width.mean() / before.width.mean()),
            "promoted": float(promoted),
        }


def _judge(site: Site, correction: Correction, judging: NDArray[np.int64], said: Floats) -> Any:
    judges = Judges(said[judging], _part(site.answered, judging), judging, {})
    return judge(judges, correction, site.range, MONTHS, ROUNDS)


def _part(answered: Answered, rows: NDArray[np.int64]) -> Answered:
    return Answered(answered.value[rows], answered.half[rows], answered.accepted[rows])


def lines(rows: list[dict[str, Any]]) -> list[str]:
    """In Markdown."""
    told = [
        "| readers measure | films that teach | error before | after (sd of the gain) | worse in | intervals held "
        "| then | as wide | promoted | promoted and worse |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    return told + [
        f"| {row['readers']} | {row['films']} | {row['before']:.1f} | {row['after']:.1f} ({row['deviation']:.1f}) "
        f"| {row['worse']:.0%} | {row['held_before']:.0%} | {row['held']:.0%} | {row['wider']:.2f} "
        f"| {row['promoted']:.0%} | {row['promoted_and_worse']:.0%} |"
        for row in rows
    ]
