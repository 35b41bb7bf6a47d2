"""What the film page is told: the answer of /films/{id}/state, from which `make generated` writes the page's types.

What the page sends is in review/schema.py.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from results.schema import Caution, Conflict, Correction, Gate, LungField, Outcome
from review.reading.label import Why
from review.schema import Point, Shape
from review.tables import State
from vocabulary import conditions

Label = TypeAliasType("Label", conditions.Label)
Contour = TypeAliasType("Contour", list[Point])
Sureness = TypeAliasType("Sureness", Literal["sure", "probable", "unsure"])


class Told(BaseModel):
    """Immutable."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Pixels(Told):
    """A radiograph's picture."""

    url: str
    rows: int
    columns: int
    spacing_mm: tuple[float, float] | None = Field(description="between rows, between columns")


class Patient(Told):
    """Who is on the film, as its header says it; empty where it does not."""

    name: str
    id: str
    birth_date: str
    sex: str
    age: str


class Study(Told):
    """What the film's header says of it."""

    date: str
    time: str
    accession_number: str
    modality: str
    view_position: str
    description: str
    scanner: str


class Refused(Told):
    """Why a film was refused. A newer gateway may know a reason that we do not: the page shows its name then."""

    reason: str
    detail: str


class Overridden(Told):
    """Who had a refused film assessed anyway, or corrected."""

    by: str
    at: str


class Verdict(Told):
    """The models' answer in words."""

    kind: Literal["normal", "abnormal", "unsure", "estimate"]
    text: str
    where: str = Field(description="where in the lungs the most probable pathology has most heat; or empty")


class Asked(Told):
    """The number that is asked of a film."""

    title: str = Field(description="what it is of")
    unit: str
    lowest: float
    highest: float
    places: int = Field(description="digits after the point")


class Measured(Told):
    """A number of the models', in the unit that is asked for."""

    value: float
    low: float
    high: float
    coverage: float = Field(description="share of films whose reader's number is from low to high")


class Answer(Told):
    """What the models say. Null is what an older gateway did not say, or what there is not."""

    assessment_id: str
    created: str
    outcome: Outcome
    refusal: Refused | None = None
    overridden: Overridden | None = None
    verdict: Verdict | None = Field(None, description="null unless assessed")
    number: Measured | None = Field(None, description="where a number is asked; null unless assessed")
    classes: dict[str, float] | None = None
    predicted_class: str | None = Field(None, description="a newer gateway may have one that no reader can say")
    operating_points: dict[str, float]
    possible_classes: list[str] | None = None
    findings: dict[str, float] | None = None
    discriminator: Gate | None = None
    lungs: LungField | None = None
    conflicts: list[Conflict] | None = None
    cautions: list[Caution] | None = None
    correction: Correction | None = Field(None, description="what was done to the film first; it is kept as it came")
    models: dict[str, str] | None = None
    heat: dict[str, str] = Field(description="class to the address of its heat map; of a number: number")
    lung_contours: list[Contour]


class Said(Told):
    """What a reader says, whoever it is and whenever."""

    label: Label | None
    value: float | None = Field(description="the number, where one is asked, in its unit")
    findings: list[str]
    refusal: Literal["wrong", "right"] | None
    heat: Literal["wrong"] | None
    lungs: Literal["wrong"] | None
    shapes: list[Shape]
    sureness: Sureness | None
    comment: str


class Opinion(Said):
    """An opinion that stands, as colleagues see it."""

    number: int
    reader: str
    at: str
    agrees: bool | None = Field(description="of a number: whether it is within the interval")
    difference: float | None = Field(description="of a number: less the models', of the answer of that moment")
    blind: bool
    seconds: float
    arbitration: bool


class Earlier(Told):
    """A film of the same patient from before this one."""

    id: str
    date: str
    name: str
    view_position: str
    pixels: Pixels
    classes: dict[str, float] | None = Field(description="null where the models said nothing, or it is hidden")
    lung_contours: list[Contour] = Field(description="empty where there are none, or they are hidden")


class Next(Told):
    """The next film on the reader's list."""

    id: str
    url: str
    pixels: str


class Vocabulary(Told):
    """What a film can be called, and what can be found on it."""

    labels: list[Label]
    findings: list[str]
    words: dict[str, str] = Field(description="finding of the hospital's own to what people call it")


class FilmState(Told):
    """All that the film page knows."""

    id: str
    sitting: str
    csrf: str
    file_name: str = Field(description="of the file that was dropped, where the film does not say whose it is")
    patient: Patient
    study: Study
    pixels: Pixels
    asked: Asked | None = Field(description="null where classes are asked")
    blind: bool = Field(description="whether the models' answer is hidden from this reader")
    answer: Answer | None
    earlier: list[Earlier] = Field(description="the newest first")
    mine: Opinion | None
    undoable: bool
    others: list[Opinion]
    state: State
    second_read: Why | None = Field(description="why, where it waits for one; told to who has read it")
    arbiter: bool = Field(description="whether this reader has the last word")
    next: Next | None
    auto_advance: bool = Field(description="whether the next film opens by itself after an opinion")
    vocabulary: Vocabulary
