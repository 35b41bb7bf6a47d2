"""What the declaration of a problem holds."""

import math
from collections.abc import Collection
from dataclasses import dataclass, field

from vocabulary.code import Code, snomed

PLAIN_FILM = snomed("168537006", "Plain radiography")
"""Any radiograph. Source: PS3.16, CID 10005."""


@dataclass(frozen=True)
class Number:
    """The answer is a number with an interval."""

    unit: str
    """As answers name it: their key."""
    ucum: Code
    """The unit's code."""
    lowest: float
    highest: float
    step: float
    """Between the ages, angles, ... of which the network gives the probabilities; the answer is their mean."""
    spread: float
    """How far from what a reader said other numbers count as right in training too: a standard deviation."""
    coverage: float = 0.9
    """Share of films whose number the interval is to hold."""
    bands: tuple[float, ...] = ()
    """Where the groups by which figures are told begin and end."""

    @property
    def repeatability(self) -> float:
        """How far apart two readers' numbers of one film may be before they count as different.

        Source: Bland and Altman 1986, the coefficient of repeatability: two readings of one film are nearer than
        1.96 sqrt(2) standard deviations in 95 of 100 films.
        """
        return 1.96 * math.sqrt(2) * self.spread

    def alike(self, numbers: Collection[float]) -> bool:
        """Whether readers who said these of one film mean the same: no two are farther apart than repeatability."""
        return max(numbers) - min(numbers) <= self.repeatability

    @property
    def bins(self) -> int:
        """How many numbers the network gives probabilities of."""
        return round((self.highest - self.lowest) / self.step) + 1


@dataclass(frozen=True)
class Classes:
    """The answer is one probability a class."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """How the index of a number's films names what is read of it."""

    image: str = "image"
    truth: str = "truth"
    group: str = ""
    """What is known of the person, as Problem.groups has it; empty: nothing."""
    split: str = "split"


@dataclass(frozen=True)
class Problem:
    """One thing that can be asked of a film."""

    name: str
    """In addresses, folders and archives."""
    title: str
    """For people."""
    stages: tuple[str, ...]
    """Which answer it, in the order in which a film comes to them; each is an archive of that name."""
    asks: Number | Classes
    code: Code
    """What is asked; of a number, what reports and records code it as."""
    body_part: str
    """DICOM's Body Part Examined of its films, by which they come to it; empty: they come by name alone."""
    film: str
    """What its films are called where another one is refused."""
    refusal: str
    """The reason of that refusal."""
    site: Code | None = None
    """The body part as a code: DICOM's Anatomic Region of its films, and where what is found is."""
    procedure: Code = PLAIN_FILM
    """The examination, as DICOM reports code it."""
    report: Code = PLAIN_FILM
    """The report of it, as records (FHIR) and HL7 version 2 messages code it."""
    population: str = ""
    """Whose films it is for: adults, children, or empty for both."""
    side: int = 0
    """Of a number: pixels of the square that its films are made to, as those it learned from were; 0 for others."""
    inner_side: int = 0
    """Of a number: pixels of the square that its network enlarges them to."""
    akin: tuple[str, ...] = ()
    """Kinds in other films' indexes that show the same: the gate learns from none of them, and is judged on them."""
    unclear: tuple[str, ...] = ()
    """Kinds in other films' indexes that may show the same: the gate has nothing to do with them."""
    groups: tuple[str, ...] = ("",)
    """What may be known of the person and shifts the answer; the first is that nothing is known."""
    columns: Columns = field(default_factory=Columns)
