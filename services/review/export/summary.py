"""What an export says of itself."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Summary:
    """What was exported, and what was not."""

    out: Path
    comments: bool
    labels: Counter[str] = field(default_factory=Counter)
    numbers: Counter[str] = field(default_factory=Counter)
    """Problem that asks for a number to films with one."""
    merged: Counter[str] = field(default_factory=Counter)
    """How their numbers came to be, to films."""
    disputed: int = 0
    """Films without a label, since readers disagree."""
    masks: int = 0
    opinions: int = 0
    drawings: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    """Reason to films."""
    unstated: int = 0
    """Films that were exported without their header's telling whether text is burned in."""

    def __str__(self) -> str:
        films = sum(self.labels.values())
        lines = [
            f"{films} films with labels: " + (", ".join(f"{n} {name}" for name, n in self.labels.items()) or "none")
        ]
        for problem, n in self.numbers.items():
            lines.append(f"{n} films with a number: {problem}")
        if self.numbers:
            lines.append("numbers: " + ", ".join(f"{n} {how}" for how, n in self.merged.items()))
        if self.disputed:
            lines.append(f"{self.disputed} disputed films without a label")
        lines.append(f"{self.masks} lung masks, {self.opinions} opinions, {self.drawings} drawings")
        lines += [f"left out, {number}: {why}" for why, number in self.left_out.most_common()]
        lines.append(
            "Names, IDs, UIDs and dates are not in it. Text burned into the pixels can be: look at the pictures before "
            f"you pass them on. Of {self.unstated} films the header does not say whether there is any."
        )
        if self.comments:
            lines.append(
                "opinions.csv holds comments: free text, which can name patients. Read it before you pass it on."
            )
        return "\n".join(lines)
