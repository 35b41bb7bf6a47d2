"""What the API answers: the assessment, and the result that identical radiographs share."""

from datetime import datetime
from typing import Annotated, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from cxr.geometry import Scalar
from cxr.radiograph import Pixels
from vocabulary.findings import Declared
from vocabulary.refusals import RefusalReason

Outcome = Literal["assessed", "refused", "failed"]
"""Of an assessment that is finished."""

Source = Literal["modality", "reader", "api", "test"]
"""Where a film came from: the DICOM listener, a reader at the reading room, a program that calls the API, a trial of
the system itself, which no doctor has to read."""

SourceName = Annotated[str, WithJsonSchema({"type": "string", "examples": list(get_args(Source))})]
LaneName = Annotated[str, WithJsonSchema({"type": "string", "examples": ["urgent", "routine"]})]
"""What a newer gateway may say, too; so neither is an enum."""

ABSENT_WHERE_EMPTY = "x-absent-where-empty"
"""Marks a field's schema, until the API's description is made of it: not every answer has the field."""

Reason = Annotated[str, WithJsonSchema({"type": "string", "examples": list(get_args(RefusalReason))})]
"""Of a refusal: one of those, or what a newer stage says; who reads it takes any, so it is no enum."""


class Model(BaseModel):
    """Immutable; bytes travel as base64."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")


class Refusal(Model):
    """Why a radiograph was not assessed."""

    reason: Reason
    detail: str = Field(description="for a person: what is wrong and what to do")


class Gate(Model):
    """What the discriminator says."""

    in_distribution: float = Field(ge=0, le=1, description="probability: like the chest films that the models know")
    frontal: float = Field(ge=0, le=1, description="probability: frontal, not lateral")
    upright: float = Field(ge=0, le=1, description="probability: not rotated")
    positive: float = Field(ge=0, le=1, description="probability: bone is bright, not inverted")
    nearness: float | None = Field(
        None, description="to known chest films: no unit, about 0 for those, lower is more novel; null of older models"
    )


class BoundingBox(Model):
    """In pixels of radiograph.png; row and column of the top left pixel."""

    row: int
    column: int
    rows: int
    columns: int


class LungField(Model):
    """What the segmenter says."""

    bounding_box: BoundingBox | None = Field(description="null where no lung was found")
    area_fraction: float = Field(ge=0, le=1, description="of the film")
    quality: float = Field(ge=0, le=1, description="the Dice to be expected with a reader's mask")


class HeatMapFacts(Model):
    """About the heat map of the predicted class."""

    predicted: str = Field(alias="class", serialization_alias="class")
    in_lungs: float = Field(ge=0, le=1, description="share of the heat that lies in the lungs")

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Problem(Model):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None = None


class Conclusion(Model):
    """What the models say about the pixels; the same for every request with the same pixels and models."""

    outcome: Outcome
    refusal: Refusal | None = Field(None, description="why it was refused; of an assessed film, what was overridden")
    discriminator: Gate | None = None
    lungs: LungField | None = None
    classes: dict[str, float] | None = Field(None, description="calibrated probabilities, sum 1; null unless assessed")
    predicted_class: str | None = None
    operating_points: dict[str, float] = Field(
        default_factory=dict, description="class to the probability from which its evaluation called it present"
    )
    possible_classes: list[str] | None = Field(
        None,
        description="classes that reach their operating points: of nine films in ten the right one is among them. If "
        "there is not exactly one, the models are not sure. null unless assessed",
    )
    findings: dict[str, float] | None = Field(None, description="only findings that the model was evaluated on")
    declared: dict[str, Declared] = Field(
        default_factory=dict,
        exclude_if=lambda declared: not declared,
        json_schema_extra={ABSENT_WHERE_EMPTY: True},
        description="finding to what the hospital that trained it calls it, of findings of its own; absent where there "
        "is none",
    )
    heatmap: HeatMapFacts | None = None
    models: dict[str, str] = Field(default_factory=dict, description="stage to version")


class Timings(Model):
    """Milliseconds of this request; a stage that was not asked is null."""

    decode: float | None = None
    discriminator: float | None = None
    segmenter: float | None = None
    classifier: float | None = None
    total: float


class Started(Model):
    """What every assessment has from its first moment."""

    id: str
    created: datetime


class Running(Started):
    """An assessment that is not finished."""

    outcome: Literal["running"] = "running"


class Listed(Started):
    """A finished assessment, as the feed tells of it."""

    outcome: Outcome
    source: SourceName | None = Field(None, description="where the film came from; null from older gateways")
    lane: LaneName = Field("routine", description="urgent: whoever sent it asked for it to go first")
    asked: str = Field("chest", description="the problem's name; of whatever is no chest, the answer is Measured")


class Page(Model):
    """A part of the feed, in the order in which the assessments were finished."""

    assessments: list[Listed]
    next: str = Field(description="the cursor to go on after")


class Conflict(Model):
    """A DICOM attribute that says something else than the discriminator sees. Neither is preferred: a person looks."""

    attribute: str = Field(description="its DICOM keyword")
    stated: str = Field(description="what the file says")
    seen: str = Field(description="what the discriminator says")
    detail: str = Field(description="for a person")


class Caution(Model):
    """A reason to trust this assessment less, although nothing is wrong with the film."""

    code: str
    detail: str = Field(description="for a person")


class Correction(Model):
    """How the film that was sent was changed before it was assessed, because the request allowed it."""

    rotated: Literal[0, 90, 180, 270] = Field(0, description="degrees clockwise by which it was turned")
    inverted: bool = Field(False, description="whether its negative was taken")

    def of(self, sent: Pixels) -> Pixels:
        """The corrected film, of one of shape (rows, columns) as it was sent."""
        turned = np.rot90(sent, -(self.rotated // 90))
        return np.ascontiguousarray(255 - turned if self.inverted else turned)

    def undone(self, corrected: Pixels) -> Pixels:
        """The film as it was sent."""
        turned = self.laid_back(corrected)
        return 255 - turned if self.inverted else turned

    def laid_back(self, drawn: NDArray[Scalar]) -> NDArray[Scalar]:
        """What was drawn over the corrected film, of shape (rows, columns), over the film as it was sent."""
        return np.ascontiguousarray(np.rot90(drawn, self.rotated // 90))

    def told(self) -> str:
        """For a person."""
        done = [f"turned by {self.rotated} degrees clockwise"] * bool(self.rotated) + ["inverted"] * self.inverted
        return " and ".join(done)


class Assessment(Conclusion, Started):
    """What the system says about one radiograph."""

    display: str | None = Field(None, description="the display transform that made the pixels; null until decoded")
    correction: Correction | None = Field(
        None, description="what ?correct=true changed; maps and boxes are then of the corrected film; null if nothing"
    )
    conflicts: list[Conflict] = Field(default_factory=list, description="DICOM attributes that contradict the pixels")
    cautions: list[Caution] = Field(default_factory=list, description="reasons to trust it less")

    problem: Problem | None = Field(None, description="why it failed; null unless the outcome is failed")
    timings_ms: Timings
    cached: bool


class Map(Model):
    """A small float map over a square of the film."""

    rows: int
    columns: int
    values: bytes = Field(description="32-bit floats, little endian, row by row")

    @classmethod
    def of(cls, array: NDArray[np.float32]) -> "Map":
        """From an array of shape (rows, columns)."""
        return cls(rows=array.shape[0], columns=array.shape[1], values=array.astype("<f4").tobytes())

    def array(self) -> NDArray[np.float32]:
        """Shape (rows, columns)."""
        return np.frombuffer(self.values, "<f4").reshape(self.rows, self.columns).copy()


Convention = Literal["lungs", "lung-fields"]
"""What counts as lung: all of it, with the region behind the heart and the diaphragm's domes, or the clear fields."""


class Maps(Model):
    """What pictures of an assessment are drawn from, beside the film."""

    mask: bytes | None = Field(None, description="bits of a square mask over the whole film, row by row; 1 is lung")
    mask_side: int = 0
    fields: bytes | None = Field(None, description="the same of the lung fields alone; null from older archives")
    crop: tuple[int, int, int] | None = Field(None, description="row, column, side on the film of the heat maps")
    heatmaps: dict[str, Map] = Field(default_factory=dict, description="class to its heat map")


class Result(Maps):
    """A conclusion, and what its pictures are drawn from."""

    conclusion: Conclusion
