"""All problems, by their names; the first is meant where none is named."""

import importlib
import pkgutil
from collections.abc import Iterator

from vocabulary import problems
from vocabulary.problems.chest import CHEST
from vocabulary.problems.problem import Number, Problem
from vocabulary.stages import STAGES


def _declared() -> Iterator[Problem]:
    """Of each module beside this one, in the order of their names: a new problem is a new file."""
    for name in sorted(each.name for each in pkgutil.iter_modules(problems.__path__)):
        if name != __name__.rpartition(".")[2]:
            module = importlib.import_module(f"{problems.__name__}.{name}")
            yield from (each for each in vars(module).values() if isinstance(each, Problem))


PROBLEMS: dict[str, Problem] = {problem.name: problem for problem in (CHEST, *_declared())}

NUMBERS: dict[str, Problem] = {name: each for name, each in PROBLEMS.items() if isinstance(each.asks, Number)}
"""Those whose answer is a number; each has one stage, of its own name."""

SERVED = (*STAGES, *NUMBERS)
"""Every stage that there can be: the cascade's, and those that answer a problem alone."""
