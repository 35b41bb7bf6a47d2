"""What the API answers where a problem asks for a number in the place of classes."""

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from results.schema import Map, Model, Refusal, Started

Number = float | tuple[float, float]

Value = Annotated[
    dict[str, Number],
    WithJsonSchema(
        {
            "type": "object",
            "properties": {"interval": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}},
            "additionalProperties": {"type": "number"},
            "required": ["interval"],
        }
    ),
]
"""The number by its unit, and the interval that holds the reader's number in the share of films that its card tells."""


class Estimated(Model):
    """What is said to whoever tells this of the person."""

    value: Value
    heatmap: Map = Field(description="over the whole film, stretched to it")


class Reading(Model):
    """What the model says of the pixels; the same for every request with the same pixels and model."""

    in_distribution: float = Field(ge=0, le=1, description="probability: a film of the problem's kind")
    nearness: float = Field(description="to films that the model learned from: no unit, lower is more novel")
    refusal: Refusal | None = None
    estimates: dict[str, Estimated] = Field(default_factory=dict)
    """By what is known of the person; empty where it is refused."""
    models: dict[str, str]
    display: str


class MeasuredTimings(Model):
    """Milliseconds of this request; null where it was not needed."""

    decode: float | None = None
    model: float | None = None
    total: float


class Measured(Started):
    """What the system says about one film of which a number was asked."""

    asked: str = Field(description="the problem's name")
    outcome: Literal["assessed", "refused"]
    refusal: Refusal | None = Field(None, description="why it was refused; null if it was assessed")
    value: Value | None = Field(
        None,
        description="the number, by its unit, and interval: [low, high], which holds the reader's number in the "
        "share of films that the model's card tells; null unless assessed",
    )
    told: dict[str, str] = Field(description="what was known of the person: sex, by the request or the film's header")
    in_distribution: float = Field(ge=0, le=1, description="probability: a film of the problem's kind")
    nearness: float = Field(description="to films that the model learned from: no unit, lower is more novel")
    models: dict[str, str] = Field(description="stage to version")
    display: str = Field(description="the display transform that made the pixels")
    timings_ms: MeasuredTimings
    cached: bool


class Kept(Model):
    """A measured film as it is kept, and who had it measured."""

    measured: Measured
    caller: str
    key: str = ""
    """Names the pixels, the archive that measured them, and what was known of the person."""
    film: str = ""
    """Names the pixels."""
    header: bytes = b""
    """As that of a record of an assessment."""
