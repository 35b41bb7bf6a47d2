"""The patient's earlier films, and what the models said of them where this reader may see it."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from review.arrivals import header
from review.reading import standing
from review.reading.contract import Earlier, Pixels
from review.tables import Assessment, Film

MAX_LOOKED_THROUGH = 50
"""Films of the same ID, some of which may be another hospital's patient's."""

MAX_EARLIER_FILMS = 20
"""Films that are told of, the newest: more points than a small plot can tell apart."""


def earlier_films(session: Session, film: Film, reader_id: str, blind: bool) -> list[Earlier]:
    """The films of the same patient and problem from before this one, the newest first.

    A model's answer to one of them is told where it is not hidden from the reader; and none is while they have to read
    the newest film blind, since what the models said last year tells a good part of what they say now.

    Args:
        blind: whether the answer to the film itself is hidden.
    """
    if not film.patient_id or not (film.birth_date or film.patient_name):
        return []
    issuer = header.issuer(film.header)
    rows = session.execute(_before(film, reader_id)).all()
    same = [row for row in rows if header.issuer(row.Film.header) == issuer]
    return [_told(row.Film, None if blind or row.hidden else row.Assessment) for row in same[:MAX_EARLIER_FILMS]]


def pixels(film: Film) -> Pixels:
    """Where the film's pixels are, and how many."""
    spacing = (film.spacing_mm[0], film.spacing_mm[1]) if film.spacing_mm else None
    return Pixels(url=f"/films/{film.id}/radiograph.png", rows=film.rows, columns=film.columns, spacing_mm=spacing)


def _before(film: Film, reader_id: str) -> Select[Film, bool, Assessment]:
    """By the patient's ID, which a picture has not.

    Another hospital gives the same ID to somebody else, and some give one ID to all whom they do not know: another
    birth date, sex or issuer is another patient, and so is another name where no date is known.
    """
    same_name = [] if film.birth_date else [Film.patient_name == film.patient_name]
    query = select(Film, standing.hidden(reader_id).label("hidden"), Assessment)
    return (
        query.join(Assessment, Assessment.id == Film.assessment_id)
        .where(
            Film.problem == film.problem,
            Film.patient_id == film.patient_id,
            Film.birth_date == film.birth_date,
            Film.sex == film.sex,
            *same_name,
            Film.id != film.id,
            Film.study_date <= film.study_date,
            Film.arrived < film.arrived,
            Film.forgotten.is_(None),
        )
        .order_by(Film.study_date.desc(), Film.arrived.desc())
        .limit(MAX_LOOKED_THROUGH)
    )


def _told(film: Film, answer: Assessment | None) -> Earlier:
    return Earlier(
        id=film.id,
        date=film.study_date,
        name=film.patient_name,
        view_position=film.view_position,
        pixels=pixels(film),
        classes=(answer.body.get("classes") or None) if answer else None,
        lung_contours=answer.contours if answer else [],
    )
