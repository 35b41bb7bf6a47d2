"""Rows of forgotten films, without what is of a patient; the package says what stays, and why."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.orm import Session

from review.amendments.queue import Amendment
from review.tables import Assessment, Film, Forgotten, Opinion

ANSWER = ("outcome", "refusal", "classes", "predicted_class", "models", "asked", "value")
"""What stays of an assessment's body; the database lets no more through (migrations, v0011)."""

TEXTS = (
    *("sop_instance_uid", "study_instance_uid", "patient_name", "patient_id", "birth_date", "sex"),
    *("accession_number", "study_date", "study_time", "search", "file_name"),
)
"""Columns of a film that are empty afterwards."""


def empty(session: Session, films: list[str], by: int) -> None:
    """Empty the rows of films, in the caller's transaction; pictures are removed after its commit.

    Args:
        by: number of the audit's row that says so.
    """
    now = datetime.now(UTC)
    # Another film of the same pixels is not this one: not even its own, where it is sent again.
    gone: dict[str, Any] = {
        "digest": literal("forgotten ") + Film.id,
        "spacing_mm": None,
        "header": {},
        "forgotten": now,
    }
    _run(session, update(Film).where(Film.id.in_(films)).values(gone | dict.fromkeys(TEXTS, "")))
    session.execute(insert(Forgotten), [{"film_id": film, "audit_number": by} for film in films])
    _run(session, delete(Amendment).where(Amendment.film_id.in_(films)))
    _run(session, update(Opinion).where(Opinion.film_id.in_(films)).values(comment="", shapes=[]))
    bodies = session.execute(select(Assessment.id, Assessment.body).where(Assessment.film_id.in_(films))).all()
    if bodies:
        session.execute(update(Assessment), [_answer(id_, body) for id_, body in bodies])


def _answer(id_: str, body: dict[str, Any]) -> dict[str, Any]:
    kept = {name: body[name] for name in ANSWER if name in body}
    return {"id": id_, "body": kept, "contours": [], "zones": None}


def _run(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})
