"""model-config.yaml of a stage that reads a number off films."""

import json
from typing import Any

from training.config import HEAD
from vocabulary.problems.problem import Number, Problem

VERSION = "1.1.0"
"""Of the weights: every cached assessment carries it, so raise it with them."""

TEXT = """\
  population: {population}
  inner_side: {inner_side}        # pixels to which the network enlarges them
  numbers: {{lowest: {lowest}, highest: {highest}, count: {count}}}   # the answer is their mean
  groups: {groups}   # what may be known of the person; an answer for each
  interval: {interval}   # half, in the film's spreads: {coverage:.0%} of the val split's films
  gate: {gate}   # below the threshold it is refused
  refusal: {refusal}
"""


def write_config(problem: Problem, number: Number, calibration: dict[str, Any]) -> str:
    """The file's text.

    Args:
        calibration: interval and gate, from export.
    """
    head = HEAD.format(stage=problem.name, version=VERSION, side=problem.side)
    return head + TEXT.format(
        population=problem.population,
        inner_side=problem.inner_side,
        lowest=number.lowest,
        highest=number.highest,
        count=number.bins,
        groups=json.dumps(list(problem.groups)),
        interval=json.dumps(calibration["interval"]),
        coverage=number.coverage,
        gate=json.dumps(calibration["gate"]),
        refusal=problem.refusal,
    )
