"""What the page sends, checked."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypeAliasType

from vocabulary.conditions import Label
from vocabulary.findings import NAME

Finding = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]
Coordinate = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
Point = TypeAliasType("Point", tuple[Coordinate, Coordinate])


class Strict(BaseModel):
    """Immutable, and nothing that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Shape(Strict):
    """Where something is, in pixels of the film: x to the right, y down."""

    kind: Literal["box", "freehand", "lung"]
    points: list[Point] = Field(min_length=2, max_length=2000)
    finding: Finding | None = None


class Shown(Strict):
    """What was on the screen when the opinion was given."""

    answer: bool = False
    heat: str | None = Field(None, max_length=32)
    opacity: float | None = Field(None, ge=0, le=1)
    lungs: bool = False
    earlier: bool = False
    invert: bool = False
    window: tuple[Coordinate, Coordinate] | None = None


class Given(Strict):
    """An opinion, as the page sends it."""

    key: str = Field(pattern=r"^[0-9a-fA-F-]{36}$", description="the same when it is sent again")
    sitting: str = Field(min_length=26, max_length=26)
    label: Label | None = None
    value: float | None = Field(None, allow_inf_nan=False, description="the number, where one is asked, in its unit")
    findings: list[Finding] = Field(default_factory=list, max_length=30)
    refusal: Literal["wrong", "right"] | None = Field(None, description="what the reader thinks of a refusal")
    heat: Literal["wrong"] | None = None
    lungs: Literal["wrong"] | None = None
    shapes: list[Shape] = Field(default_factory=list, max_length=50)
    sureness: Literal["sure", "probable", "unsure"] | None = None
    comment: str = Field("", max_length=4000)
    seconds: float = Field(0, ge=0, le=86_400, allow_inf_nan=False)
    shown: Shown = Shown()

    def says_something(self) -> bool:
        """Whether there is anything in it."""
        more = self.findings, self.refusal, self.heat, self.lungs, self.shapes, self.comment.strip()
        return self.decides() or any(more)

    def decides(self) -> bool:
        """Whether it answers what is asked of the film."""
        return self.label is not None or self.value is not None


class AtSitting(Strict):
    """A request that needs nothing but where it comes from."""

    sitting: str = Field(min_length=26, max_length=26)


Json = dict[str, Any]
