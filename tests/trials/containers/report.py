"""What a trial found, step by step, and how long each took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Step:
    """One thing that was tried."""

    name: str
    took_s: float = 0.0
    told: list[str] = field(default_factory=list)
    """Figures, in words."""
    wrong: list[str] = field(default_factory=list)
    """What is not as it should be."""

    def tell(self, what: str) -> None:
        """A figure."""
        self.told.append(what)

    def expect(self, holds: object, otherwise: str) -> None:
        """Something that has to be."""
        if not holds:
            self.wrong.append(otherwise)


@dataclass
class Report:
    """Of all steps."""

    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """One more, printed when it is done; one that breaks off is wrong, and so is what would have followed."""
        step = Step(name)
        self.steps.append(step)
        began = time.monotonic()
        try:
            yield step
        except Exception as error:
            step.wrong.append(f"{type(error).__name__}: {error}")
            raise
        finally:
            step.took_s = round(time.monotonic() - began, 1)
            print(row(asdict(step)), flush=True)

    def figures(self) -> dict[str, Any]:
        """To be kept."""
        return {"steps": [asdict(each) for each in self.steps], "took_s": round(sum(s.took_s for s in self.steps), 1)}


def row(step: dict[str, Any]) -> str:
    """A line of the table, and one for whatever is wrong."""
    verdict = "WRONG" if step["wrong"] else "good"
    line = f"{verdict:<7}{step['name']:<36}{step['took_s']:>7.1f} s  {'; '.join(step['told'])}"
    return "\n".join([line, *(f"       - {each}" for each in step["wrong"])])
