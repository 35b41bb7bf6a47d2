"""Films, what the models and the readers said of them.

Statements are only ever added to: the database itself refuses to change or remove one (migrations/versions).
"""

import hashlib
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    ScalarSelect,
    String,
    Text,
    UniqueConstraint,
    case,
    select,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from review.base import Table
from review.measured import Interval, interval_of
from review.people import Reader
from vocabulary.problems.chest import CHEST

State = Literal["unread", "read", "second_read", "arbitration", "settled"]
STATES: tuple[State, ...] = ("unread", "read", "second_read", "arbitration", "settled")
"""Of a film: nobody has read it; one reader agrees with the models, or there is nothing to agree with; one disagrees;
readers disagree with each other; readers agree, or a chief has decided."""


def place_of(film_id: str) -> float:
    """A number from 0 to below 1 that nothing but a film's id decides."""
    return int(hashlib.sha256(film_id.encode()).hexdigest()[:13], 16) / 16**13


def _place(context: DefaultExecutionContext) -> float:
    return place_of(context.get_current_parameters()["id"])  # type: ignore[no-untyped-call]


LISTED = (
    *("state", "dismissed", "forgotten", "source", "arrived", "id"),
    *("outcome", "blind", "urgent", "urgency", "place"),
)
"""All that decides whether and where a film is listed, unless it is searched for: an index of these is read instead of
films, whose headers are long."""


class Film(Table):
    """One radiograph in the worklist, with what the worklist shows and is sorted by."""

    __tablename__ = "film"
    __table_args__ = (
        UniqueConstraint("digest", "sop_instance_uid", name="film_once"),
        Index("film_by_arrival", "arrived"),
        Index("film_listed", *LISTED),
        Index("film_by_patient", "patient_id", "study_date"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the pixels as displayed."""
    sop_instance_uid: Mapped[str] = mapped_column(String(64), default="")
    """Empty for a picture that is no DICOM file."""
    study_instance_uid: Mapped[str] = mapped_column(String(64), default="")
    arrived: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(8))
    """One of review.sources."""
    file_name: Mapped[str] = mapped_column(String(255), default="")
    """Of the file that was dropped, where the film itself has no patient's name or ID; it may hold one."""
    rows: Mapped[int]
    columns: Mapped[int]
    spacing_mm: Mapped[list[Any] | None]
    """Between rows, between columns."""
    header: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """DICOM JSON Model of what the gateway keeps of the film's header; {} for a picture."""

    patient_name: Mapped[str] = mapped_column(String(330), default="")
    patient_id: Mapped[str] = mapped_column(String(64), default="")
    birth_date: Mapped[str] = mapped_column(String(10), default="")
    sex: Mapped[str] = mapped_column(String(1), default="")
    accession_number: Mapped[str] = mapped_column(String(16), default="")
    study_date: Mapped[str] = mapped_column(String(10), default="")
    """YYYY-MM-DD, or empty."""
    study_time: Mapped[str] = mapped_column(String(8), default="")
    modality: Mapped[str] = mapped_column(String(16), default="")
    view_position: Mapped[str] = mapped_column(String(16), default="")
    scanner: Mapped[str] = mapped_column(String(200), default="")
    """Manufacturer, model and station."""
    search: Mapped[str] = mapped_column(String(500), default="")
    """What the search looks through, folded."""

    assessment_id: Mapped[str] = mapped_column(String(32))
    """The newest: the one that is shown."""
    outcome: Mapped[str] = mapped_column(String(8), index=True)
    refusal: Mapped[str | None] = mapped_column(String(32))
    problem: Mapped[str] = mapped_column(String(32), default=CHEST.name, server_default=CHEST.name, index=True)
    """What was asked of it: its name, vocabulary.problems."""
    predicted_class: Mapped[str | None] = mapped_column(String(32), index=True)
    urgent: Mapped[bool] = mapped_column(default=False)
    """Whether whoever sent it asked for it to go first."""
    urgency: Mapped[float] = mapped_column(default=0.0)
    """How probably it is abnormal, weighted, 0 to 1: review.urgency; 0 where the models said nothing."""
    place: Mapped[float] = mapped_column(default=_place)
    """Where it stands on the list of who must not learn its urgency, 0 (last) to 1: chance, and always the same."""
    nearness: Mapped[float | None]
    """The discriminator's: lower is more novel; no unit."""

    blind: Mapped[bool] = mapped_column(default=False)
    """Drawn by chance at arrival: whoever reads it says first what they see, without the models. Who opens another film
    from the films worth labelling can do so, too: Sitting.blind."""
    state: Mapped[str] = mapped_column(String(12), default="unread")
    label: Mapped[str | None] = mapped_column(String(32))
    """What its readers call it; null while nobody does, or somebody has to read it again."""
    value: Mapped[float | None]
    """The same where a number is asked: the mean of theirs, in the problem's unit."""
    dismissed: Mapped[datetime | None]
    """Since when it is not to be read; null where it is."""
    read_at: Mapped[datetime | None]
    """When the oldest of the opinions that stand was given."""
    forgotten: Mapped[datetime | None]
    """When all that is of a patient was removed from it: it is on no list any more, and only counted."""


class Dropped(Table):
    """That a reader dropped a film onto the page; one film can be dropped by several."""

    __tablename__ = "dropped"

    film_id: Mapped[str] = mapped_column(ForeignKey("film.id"), primary_key=True)
    reader_id: Mapped[str] = mapped_column(ForeignKey("reader.id"), primary_key=True, index=True)
    at: Mapped[datetime]
    """For the last time."""


class Assessment(Table):
    """What the models said of a film."""

    __tablename__ = "assessment"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The gateway's."""
    film_id: Mapped[str] = mapped_column(ForeignKey("film.id"), index=True)
    created: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(8))
    overridden_by: Mapped[str | None] = mapped_column(ForeignKey("reader.id"))
    """Who had it assessed although it was refused."""
    body: Mapped[dict[str, Any]]
    """The gateway's JSON, as it came."""
    contours: Mapped[list[Any]]
    """The lungs: lists of [x, y] in pixels of the film."""
    zones: Mapped[dict[str, Any] | None]
    """Class to where in the lungs its heat is highest, in words; null where nobody looked."""

    @property
    def predicted_class(self) -> str | None:
        """The most probable one."""
        return self.body.get("predicted_class")

    @property
    def measured(self) -> Interval | None:
        """The number and its interval, of a film of which a number is asked; None where there is none."""
        return interval_of(self.body)

    @property
    def refusal(self) -> str | None:
        """Why the film was refused; of one that was assessed anyway, what was overridden."""
        return (self.body.get("refusal") or {}).get("reason")


def refusal_of(assessment_id: Mapped[str]) -> ScalarSelect[str | None]:
    """Assessment.refusal, in a statement."""
    reason = select(Assessment.body["refusal"]["reason"].as_string()).where(Assessment.id == assessment_id)
    return reason.correlate_except(Assessment).scalar_subquery()


class Sitting(Table):
    """A reader's having a film open."""

    __tablename__ = "sitting"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    film_id: Mapped[str] = mapped_column(ForeignKey("film.id"), index=True)
    reader_id: Mapped[str] = mapped_column(ForeignKey("reader.id"), index=True)
    opened: Mapped[datetime]
    blind: Mapped[bool]
    """Whether the models' answer was hidden when it was opened; it stays so until they have said something."""
    assessment_id: Mapped[str | None] = mapped_column(String(32))
    """Which answer was shown last; null where none was."""


class Opinion(Table):
    """What a reader says of a film; reading.standing says which counts, schema.Given what the fields are."""

    __tablename__ = "opinion"
    __table_args__ = (Index("opinion_by_film", "film_id", "reader_id", "number"),)

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    """The page's own, so that the same opinion sent twice is kept once."""
    film_id: Mapped[str] = mapped_column(ForeignKey("film.id"))
    reader_id: Mapped[str] = mapped_column(ForeignKey("reader.id"), index=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    blind: Mapped[bool]
    """Whether the reader had not seen the models' answer before: only such a label says what a reader alone says."""
    assessment_id: Mapped[str] = mapped_column(String(32))
    """The models' answer of that moment, shown or hidden; its versions are in its body."""
    withdrawn: Mapped[bool] = mapped_column(default=False)
    """True in the row that takes the reader's earlier opinions back."""
    undoes: Mapped[int | None]
    """The number of the opinion that was undone; this row repeats the one before it, or is withdrawn."""
    label: Mapped[str | None] = mapped_column(String(32))
    agrees: Mapped[bool | None]
    """With the models' most probable class, or that the reader's number is within their interval; null where there was
    none."""
    value: Mapped[float | None]
    """The number, where one is asked, in the problem's unit."""
    findings: Mapped[list[Any]]
    refusal: Mapped[str | None] = mapped_column(String(8))
    """What the reader thinks of it: wrong or right."""
    judged_refusal: Mapped[str | None] = column_property(case((refusal.is_not(None), refusal_of(assessment_id))))
    """Of which refusal: the one that the reader saw. Newer models may refuse the film for another reason, or not at
    all; whoever spoke before has not spoken of that."""
    heat: Mapped[str | None] = mapped_column(String(8))
    lungs: Mapped[str | None] = mapped_column(String(8))
    shapes: Mapped[list[Any]]
    sureness: Mapped[str | None] = mapped_column(String(8))
    comment: Mapped[str] = mapped_column(Text, default="")
    seconds: Mapped[float]
    """The reader looked for, before saying it."""
    shown: Mapped[dict[str, Any]]
    """What was on the screen: answer, heat map, contour, window."""
    arbitration: Mapped[bool] = mapped_column(default=False)
    """A chief's last word on a disagreement."""
    reader: Mapped[Reader] = relationship()
    film: Mapped[Film] = relationship()


class Forgotten(Table):
    """That a film was forgotten: what lets the database empty what was said of it (migrations, v0006)."""

    __tablename__ = "forgotten"

    film_id: Mapped[str] = mapped_column(ForeignKey("film.id"), primary_key=True)
    audit_number: Mapped[int] = mapped_column(ForeignKey("audit.number"))
    """The row of the audit that says so."""


class Bookmark(Table):
    """How far the gateway's feed has been read."""

    __tablename__ = "bookmark"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    cursor: Mapped[str] = mapped_column(String(64))
