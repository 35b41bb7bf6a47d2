"""Films that the models refused: why, from which scanner, and what readers think of it."""

from dataclasses import dataclass

import pandas as pd

from review.insight.estimates import Estimate, share
from review.languages.texts import gettext, ngettext

MAX_SCANNERS_LISTED = 12
"""Listed one by one: those with the most films."""


@dataclass(frozen=True)
class Refused:
    """Films with something in common."""

    name: str
    films: int
    refused: int
    share: Estimate
    """Refused, of all of these films."""
    wrong: Estimate
    """Refusals that readers call wrong, of those that a reader judged."""


def by_reason(films: pd.DataFrame) -> list[Refused]:
    """Each reason of refusal, the most frequent first."""
    refused = films[films["refusal"].notna()]
    return [_refused(str(name), rows, len(films)) for name, rows in _largest_first(refused, "refusal")]


def by_scanner(films: pd.DataFrame) -> list[Refused]:
    """Each scanner, those with the most films first, and all others together."""
    groups = list(_largest_first(films.assign(scanner=films["scanner"].replace("", gettext("not stated"))), "scanner"))
    listed = [_refused(str(name), rows, len(rows)) for name, rows in groups[:MAX_SCANNERS_LISTED]]
    if others := [rows for _, rows in groups[MAX_SCANNERS_LISTED:]]:
        joined = pd.concat(others)
        listed.append(_refused(_others(len(others)), joined, len(joined)))
    return listed


def _others(count: int) -> str:
    return ngettext("%(number)s other", "%(number)s others", count, number=count)


def _largest_first(films: pd.DataFrame, column: str) -> list[tuple[str, pd.DataFrame]]:
    return sorted(((str(name), rows) for name, rows in films.groupby(column)), key=lambda each: -len(each[1]))


def _refused(name: str, rows: pd.DataFrame, total: int) -> Refused:
    refused = rows[rows["refusal"].notna()]
    judged = refused["verdict"].notna()
    wrong = int((refused["verdict"] == "wrong").sum())
    return Refused(name, total, len(refused), share(len(refused), total), share(wrong, int(judged.sum())))
