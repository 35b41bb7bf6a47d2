"""Rounds: each contender in turn is started, warmed, asked by more and more users, and stopped, alone."""

import itertools
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.trials.bench.errors import MeasurementError
from tests.trials.bench.pairs import SAME
from tests.trials.compare.contender import Contender, Setting
from tests.trials.compare.distinct import Films
from tests.trials.compare.users import Ask, Taken, closed_loop

USERS = (1, 4, 16)
WARM_UP_USERS = 4
CHECKED = 5
"""Films whose every probability is compared with the in-process answer's, before and after the load."""


@dataclass
class Round:
    """What one contender did in one round."""

    ready_s: float
    rest_mb: float
    after_mb: float = 0.0
    taken: list[Taken] = field(default_factory=list)


class Comparison:
    """The films and what they should be answered, for all contenders alike."""

    def __init__(self, films: Films, expected: Ask, setting: Setting, warm_up_s: float, seconds: float) -> None:
        self._films = films
        self._setting = setting
        self._warm_up_s = warm_up_s
        self._seconds = seconds
        self._numbers = itertools.count(1)
        self._checked = [films.film(2**31 + number) for number in range(CHECKED)]
        self._expected = [_probabilities(expected(film)) for film in self._checked]

    def round(self, contender: Contender) -> Round:
        """Measure one contender once.

        Raises:
            MeasurementError: it does not come up, or does not answer as the in-process cascade does.
        """
        with contender.run(self._setting) as running:
            self._check(running.user())
            measured = Round(running.ready_s, running.memory_mb())
            self._load(running.user, WARM_UP_USERS, self._warm_up_s)
            measured.taken = [self._load(running.user, users, self._seconds) for users in USERS]
            measured.after_mb = running.memory_mb()
            self._check(running.user())
        return measured

    def _load(self, user: Callable[[], Ask], users: int, seconds: float) -> Taken:
        return closed_loop([user() for _ in range(users)], self._new(), seconds, _check_assessed)

    def _new(self) -> Iterator[bytes]:
        """Films that nobody was sent before: one's cache must not help where others have none."""
        return map(self._films.film, self._numbers)

    def _check(self, ask: Ask) -> None:
        for film, expected in zip(self._checked, self._expected, strict=True):
            found = _probabilities(ask(film))
            if found.keys() != expected.keys() or any(abs(found[name] - expected[name]) > SAME for name in expected):
                raise MeasurementError(f"not the same cascade: {found} instead of {expected}")


def _probabilities(answer: Mapping[str, Any]) -> dict[str, float]:
    _check_assessed(answer)
    heat = answer["in_lungs"] if "in_lungs" in answer else answer["heatmap"]["in_lungs"]
    return {**answer["classes"], **answer["findings"], "in_lungs": heat}


def _check_assessed(answer: Mapping[str, Any]) -> None:
    if answer["outcome"] != "assessed":
        raise MeasurementError(f"a film was not assessed: {answer}")


def summary(contender: Contender, rounds: Sequence[Round]) -> dict[str, Any]:
    """Medians over the rounds, and the lowest and highest."""
    by_users = list(zip(*(each.taken for each in rounds), strict=True))
    best = [max(taken.per_s for taken in each.taken) for each in rounds]
    return {
        "version": contender.version,
        "lines_of_glue": contender.glue,
        "ready_s": _middle(each.ready_s for each in rounds),
        "memory_mb": _middle(each.rest_mb for each in rounds),
        "memory_after_mb": _middle(each.after_mb for each in rounds),
        "best_per_s": _middle(best),
        "errors": sum(taken.errors for each in rounds for taken in each.taken),
        "users": {
            str(taken[0].users): {
                name: _middle(getattr(each, name) for each in taken) for name in ("per_s", "p50_ms", "p95_ms")
            }
            for taken in by_users
        },
        "rounds": [asdict(each) for each in rounds],
    }


def _middle(values: Iterable[float]) -> dict[str, float]:
    known = list(values)
    figures = {"median": statistics.median(known), "low": min(known), "high": max(known)}
    return {name: round(value, 2) for name, value in figures.items()}
