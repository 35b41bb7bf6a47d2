"""Whether a candidate may answer films: judged by blind labels of patients who taught it nothing, and by base films."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from certificates.certificate import Decision, Figure, Gate, Point
from learning import pointing
from learning.comparing import ROUNDS, Difference, Judged, compare, error, log_loss
from learning.pointing import Pointed
from training.statistics import operating_point
from vocabulary.conditions import CLASSES

MIN_FILMS = {"calibration": 20, "head": 60}
"""Of the judge. Source: a judgement; with fewer, chance moves an AUROC by more than a lesson does (look.provable)."""

MIN_CLASS = 8
"""Films of a class that is told apart; fewer tell nothing of it."""

GAIN_ALPHA = 0.05
"""A new layer's gain at the hospital must be above 0 but for this chance. Source: docs/learning.md, where of all draws
no more than one in twenty was promoted and worse."""

BASE_MARGIN, SOURCE_MARGIN = 0.01, 0.03
"""By how much less than the parent's the macro AUROC of base films may be at the bound: of all, and of one source."""

LOSS_MARGIN = 0.0
"""By how much the log loss at the hospital may grow."""

GROUP_FILMS, GROUP_WARNING = 30, 0.05
"""Films of a group that is looked at by itself, and a loss of AUROC there that is told though it proves nothing."""


@dataclass(frozen=True)
class Verdict:
    """What a certificate says of the films."""

    figures: list[Figure]
    points: list[Point]
    flips: dict[str, int]
    gates: list[Gate]
    decision: Decision


def judge(
    method: str,
    site: Judged,
    groups: Mapping[str, NDArray[np.bool_]],
    base: Judged,
    sources: NDArray[np.str_],
    points: Mapping[str, float],
    rounds: int = ROUNDS,
    findings: Sequence[tuple[str, str, Judged]] = (),
    pointed: Pointed | None = None,
) -> Verdict:
    """Compare, and decide.

    Args:
        method: calibration or head: what the candidate was taught by.
        site: the hospital's films that judge.
        groups: name to which of those are of the group (a sex, an age band, a scanner, a view).
        base: films that neither version learned from, of the sources of the base set.
        sources: of those films.
        points: the parent's operating points.
        rounds: of the bootstraps.
        findings: those that were taught: the name, on which films, and both versions' scores there.
        pointed: where both versions' maps are hottest, on films that judge and that readers drew boxes on.
    """
    enough = _enough(method, site)
    if not enough.passed:
        return Verdict([], [], {}, [enough], "too_few")
    gain = compare(site, rounds=rounds)
    loss = compare(site, log_loss, rounds=rounds)
    off = compare(site, error, rounds=rounds)
    figures = [
        figure("macro AUROC", "this hospital, blind labels", len(site), gain),
        figure("log loss", "this hospital, blind labels", len(site), loss),
        figure("expected calibration error", "this hospital, blind labels", len(site), off),
    ]
    gates = [enough, _gain(method, gain), _calibrated(loss)]
    parts = (
        _kept(base, sources, rounds),
        _groups(site, groups, rounds),
        _findings(findings, rounds),
        pointing.told(pointed or Pointed(), rounds),
    )
    for found, gate in itertools.chain(*parts):
        figures += [found] if found else []
        gates.append(gate)
    decision: Decision = "promote" if all(gate.passed for gate in gates) else "refuse"
    return Verdict(figures, list(moved(site, points)), _flips(site), gates, decision)


def _enough(method: str, site: Judged) -> Gate:
    counts = np.bincount(site.classes, minlength=len(CLASSES))
    needed, told = MIN_FILMS[method], f"{len(site)} films judge; {MIN_FILMS[method]} are needed"
    few = [CLASSES[at].replace("_", " ") for at in np.flatnonzero((counts > 0) & (counts < MIN_CLASS))]
    if few:
        told += f"; fewer than {MIN_CLASS} have {', '.join(few)}"
    return Gate(name="films", passed=len(site) >= needed and (counts >= MIN_CLASS).sum() > 1 and not few, told=told)


def _gain(method: str, gain: Difference) -> Gate:
    told = f"macro AUROC at this hospital {gain}"
    # Calibration moves no film past another of its class but where it moves the classes against each other.
    passed = gain.at_least(GAIN_ALPHA) > 0 if method == "head" else gain.low > -BASE_MARGIN
    return Gate(name="gain", passed=passed, told=told)


def _calibrated(loss: Difference) -> Gate:
    told = f"log loss at this hospital {loss.parent:.3f}, then {loss.candidate:.3f}"
    return Gate(name="calibration", passed=loss.gain <= LOSS_MARGIN, told=told)


def _kept(base: Judged, sources: NDArray[np.str_], rounds: int) -> Iterator[tuple[Figure, Gate]]:
    """Nothing that was known is forgotten."""
    parts = {"all": np.ones(len(base), bool)} | {str(name): sources == name for name in np.unique(sources)}
    for name, part in parts.items():
        own = base[part]
        if len(own) < GROUP_FILMS or len(set(own.classes.tolist())) < 2:
            continue
        kept = compare(own, rounds=rounds)
        margin = BASE_MARGIN if name == "all" else SOURCE_MARGIN
        worst = kept.low if name == "all" else kept.gain
        told = f"macro AUROC of base films ({name}) {kept}"
        gate = Gate(name=f"base films: {name}", passed=worst > -margin, told=told)
        yield figure("macro AUROC", f"base films: {name}", len(own), kept), gate


def _groups(site: Judged, groups: Mapping[str, NDArray[np.bool_]], rounds: int) -> Iterator[tuple[Figure, Gate]]:
    """Nobody pays for the others' gain."""
    for name, part in groups.items():
        own = site[part]
        if len(own) < GROUP_FILMS or len(set(own.classes.tolist())) < 2:
            continue
        found = compare(own, rounds=rounds)
        told = f"macro AUROC of {name} {found}"
        if found.gain < -GROUP_WARNING:
            told += ": look at them"
        gate = Gate(name=f"group: {name}", passed=found.high >= 0, told=told)
        yield figure("macro AUROC", name, len(own), found), gate


def _findings(taught: Sequence[tuple[str, str, Judged]], rounds: int) -> Iterator[tuple[Figure, Gate]]:
    """A finding that was taught is told as well as before: on base films as a source's are, here not surely worse."""
    for name, where, judged in taught:
        if min(np.bincount(judged.classes, minlength=2)) < MIN_CLASS:
            continue
        found = compare(judged, rounds=rounds)
        passed = found.gain > -SOURCE_MARGIN if where.startswith("base") else found.high >= 0
        words = name.replace("_", " ")
        gate = Gate(name=f"finding: {words}, {where}", passed=passed, told=f"AUROC of {words} ({where}) {found}")
        yield figure(f"AUROC of {words}", where, len(judged), found), gate


def figure(what: str, data: str, films: int, found: Difference) -> Figure:
    """A figure of both versions on the same films."""
    numbers = (round(value, 4) for value in (found.parent, found.candidate, found.low, found.high))
    parent, candidate, low, high = numbers
    return Figure(what=what, data=data, films=films, parent=parent, candidate=candidate, low=low, high=high)


def moved(site: Judged, points: Mapping[str, float]) -> Iterator[Point]:
    """Operating points that keep the sensitivity which the parent has at this hospital."""
    for at, name in enumerate(CLASSES):
        own, before = site.classes == at, points.get(name)
        if before is None or own.sum() < MIN_CLASS or own.all():
            continue
        kept = float((site.parent[own, at] >= before).mean())
        after = operating_point(site.candidate[own, at], kept) if kept else before
        scores = ((site.parent, before), (site.candidate, before), (site.candidate, after))
        yield Point(
            label=name,
            before=before,
            after=after,
            sensitivity=tuple(round(float((each[own, at] >= point).mean()), 4) for each, point in scores),
            specificity=tuple(round(float((each[~own, at] < point).mean()), 4) for each, point in scores),
        )


def _flips(site: Judged) -> dict[str, int]:
    before, after = site.parent.argmax(axis=1), site.candidate.argmax(axis=1)
    pairs = [f"{CLASSES[a]} > {CLASSES[b]}" for a, b in zip(before, after, strict=True) if a != b]
    return {pair: pairs.count(pair) for pair in sorted(set(pairs))}
