"""What a reader says of a film after the AI did: as the reading room tells it, and the listener writes it."""

import re
import uuid
from typing import Annotated, Any, Literal
from unicodedata import category

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from vocabulary.findings import NAME, WORDS_CHARACTERS, Declared
from vocabulary.problems.chest import CHEST
from vocabulary.problems.known import PROBLEMS
from vocabulary.problems.problem import Problem

MAX_AMENDMENT_BYTES = 8 * 1024 * 1024
"""Of an amendment as JSON: 50 shapes of 2,000 points in full precision are about 4 MiB."""

RESEARCH = "A reader's opinion on an AI result, for research use. It is not the clinical report, and nobody signed it."

KEPT_CONTROLS = "\n\t"
"""Control characters that a comment may have. Source: PS3.5, table 6.2-1 (UT); FHIR R4, 2.24.0.1 (string)."""

BIDIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that make text read otherwise than it was written. Source: Unicode, UAX 9, 2."""


def _plain(value: object) -> object:
    """Text without characters that no report should hold."""
    if not isinstance(value, str):
        return value
    kept = "".join(
        each for each in value.replace("\r\n", "\n") if each in KEPT_CONTROLS or category(each) not in ("Cc", "Cs")
    )
    return BIDIRECTIONAL.sub("", kept).strip()


def _named(value: object) -> object:
    """A report has to name its author, also one whose name is nothing but such characters."""
    return _plain(value) or "Unnamed reader"


Plain = BeforeValidator(_plain)
Name = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]
Key = Annotated[uuid.UUID, Field(description="the same whenever the amendment is sent")]
Asked = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9-]{0,31}$")]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Coordinate = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]


class Strict(BaseModel):
    """Immutable; what is not known is refused, lest a report leave out half of what was said."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Strict):
    """Who says it."""

    id: str = Field(pattern="^[0-9A-Za-z-]{1,64}$", description="the reading room's own; no log-in name")
    name: Annotated[str, BeforeValidator(_named), Field(max_length=200)]


class Place(Strict):
    """Something drawn on the film, in its pixels as shown: x to the right, y down."""

    kind: Literal["box", "freehand", "lung"]
    points: list[tuple[Coordinate, Coordinate]] = Field(min_length=2, max_length=2000)
    finding: Name | None = None


class Named(Strict):
    """What the hospital calls a finding of its own, and its code where it has one."""

    words: Annotated[str, Plain, Field(min_length=1, max_length=WORDS_CHARACTERS)]
    scheme: Literal["", "SCT", "RADLEX"] = ""
    code: str = Field("", pattern="^[A-Z0-9]{0,16}$")

    def said(self) -> Declared:
        """As the vocabulary has it."""
        return Declared(self.words, self.scheme, self.code)


class Answer(Strict):
    """What the AI said, of which the reader speaks."""

    outcome: Literal["assessed", "refused"]
    refusal: Name | None = None
    predicted_class: Name | None = None
    classifier: str = Field("", max_length=64, description="its version")
    declared: dict[Name, Named] = Field(
        default_factory=dict,
        max_length=200,
        exclude_if=lambda declared: not declared,
        description="finding of the hospital's own to what it is called",
    )
    asked: Asked = Field(CHEST.name, exclude_if=lambda name: name == CHEST.name, description="the problem's name")
    value: dict[Name, Finite | tuple[Finite, Finite]] | None = Field(
        None,
        max_length=2,
        exclude_if=lambda value: value is None,
        description="where a number was asked: it, by its unit, and interval: [low, high]; as the gateway answers",
    )
    version: str = Field(
        "", max_length=64, exclude_if=lambda version: not version, description="of the stage that measured the number"
    )


class Said(Strict):
    """What the reader says."""

    label: Name | None = None
    value: dict[Name, Finite] | None = Field(
        None,
        min_length=1,
        max_length=1,
        exclude_if=lambda value: value is None,
        description="the number by its unit, in the label's place where one was asked",
    )
    agrees: bool | None = Field(
        None, description="with the AI's most probable class, or that the number is within its interval"
    )
    findings: list[Name] = Field(default_factory=list, max_length=30)
    refusal: Literal["wrong", "right"] | None = None
    heat: Literal["wrong"] | None = None
    lungs: Literal["wrong"] | None = None
    sureness: Literal["sure", "probable", "unsure"] | None = None
    blind: bool = Field(False, description="before they saw what the AI says")
    arbitration: bool = Field(False, description="the last word on other readers' disagreement")
    shapes: list[Place] = Field(default_factory=list, max_length=50)
    comment: Annotated[str, Plain, Field(max_length=4000)] = ""


class Amendment(Strict):
    """One reader's opinion on one film, or that it is withdrawn."""

    key: Key
    supersedes: Key | None = None
    """Of what this reader said of this film before."""
    at: AwareDatetime
    """When the reader said it: every date and time in what is written of it."""
    reader: Person
    header: dict[str, Any]
    """Of the film, from imaging.header, as DICOM JSON Model (PS3.18, F)."""
    rows: int = Field(gt=0, lt=2**16)
    columns: int = Field(gt=0, lt=2**16)
    """Of the film as shown, which the shapes' coordinates are of; square pixels, unlike some stored ones."""
    answer: Answer
    said: Said | None = None
    """None: the reader has taken back what they said before, or the readers disagree by now."""

    @property
    def declared(self) -> dict[str, Declared]:
        """What findings of the hospital's own are called."""
        return {name: each.said() for name, each in self.answer.declared.items()}

    @property
    def problem(self) -> Problem:
        """What was asked of the film.

        Raises:
            KeyError: a newer reading room's, which is not known here.
        """
        return PROBLEMS[self.answer.asked]

    @property
    def withdrawn(self) -> bool:
        """Whether it only takes back what was said before."""
        return self.said is None
