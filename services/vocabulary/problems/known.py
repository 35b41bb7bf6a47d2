"""All problems, by their names; the first is meant where none is named."""

from vocabulary.problems.bone_age import BONE_AGE
from vocabulary.problems.chest import CHEST
from vocabulary.problems.problem import Number, Problem
from vocabulary.stages import STAGES

PROBLEMS: dict[str, Problem] = {problem.name: problem for problem in (CHEST, BONE_AGE)}

NUMBERS: dict[str, Problem] = {name: each for name, each in PROBLEMS.items() if isinstance(each.asks, Number)}
"""Those whose answer is a number; each has one stage, of its own name."""

SERVED = (*STAGES, *NUMBERS)
"""Every stage that there can be: the cascade's, and those that answer a problem alone."""
