"""Where films came from, who dropped them, which are not to be read; urgency is how abnormal a film is."""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

import review.base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WEIGHTS = {
    "Pneumothorax": 1.0,
    "interstitial_pneumonia": 0.9,
    "Consolidation": 0.9,
    "Edema": 0.9,
    "Effusion": 0.9,
    "Pneumonia": 0.9,
    "Tuberculosis": 0.9,
}
"""As review.urgency had them when this was written."""


def upgrade() -> None:
    op.create_table(
        "dropped",
        sa.Column("film_id", sa.String(length=26), nullable=False),
        sa.Column("reader_id", sa.String(length=26), nullable=False),
        sa.Column("at", review.base.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"]),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"]),
        sa.PrimaryKeyConstraint("film_id", "reader_id"),
    )
    op.create_index(op.f("ix_dropped_reader_id"), "dropped", ["reader_id"], unique=False)
    # No batch: on SQLite that would make the tables anew, without the triggers that guard assessments.
    op.add_column("assessment", sa.Column("zones", sa.JSON(), nullable=True))
    op.add_column("film", sa.Column("file_name", sa.String(length=255), nullable=False, server_default=""))
    op.add_column("film", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("film", sa.Column("place", sa.Double(), nullable=False, server_default="0"))
    op.add_column("film", sa.Column("dismissed", review.base.Moment(timezone=True), nullable=True))
    op.create_index(op.f("ix_film_source"), "film", ["source"], unique=False)
    _fill()


def _fill() -> None:
    """What the rows that are there already have by chance, and by what the models said of them."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT film.id, body FROM film JOIN assessment ON assessment.id = film.assessment_id")
    ).all()
    changed = [{"id": id_, "urgency": _urgency(body), "place": _place(id_)} for id_, body in rows]
    if changed:
        connection.execute(sa.text("UPDATE film SET urgency = :urgency, place = :place WHERE id = :id"), changed)


def _urgency(body: Any) -> float:
    said = json.loads(body) if isinstance(body, str) else body
    classes, findings = said.get("classes") or {}, said.get("findings") or {}
    told = findings | classes
    abnormal = 0.8 * (1 - classes["no_pathology"]) if "no_pathology" in classes else 0.0
    weighted: list[float] = [weight * told[name] for name, weight in WEIGHTS.items() if classes and name in told]
    return max([float(abnormal), *weighted])


def _place(film_id: str) -> float:
    return int(hashlib.sha256(film_id.encode()).hexdigest()[:13], 16) / 16**13


def downgrade() -> None:
    op.drop_index(op.f("ix_film_source"), table_name="film")
    for column in ("dismissed", "place", "urgent", "file_name"):
        op.drop_column("film", column)
    op.drop_column("assessment", "zones")
    op.drop_index(op.f("ix_dropped_reader_id"), table_name="dropped")
    op.drop_table("dropped")
