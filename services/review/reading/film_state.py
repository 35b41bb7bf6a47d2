"""What the film page knows, as JSON: the film, the models' answer unless it is hidden, and what readers said."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from review.arrivals import header
from review.arrivals.pictures import HEAT_OF_NUMBER, is_name
from review.findings import own_findings
from review.languages import gateway
from review.languages.texts import gettext as _
from review.measured import PLACES, number_of, title
from review.people import Person, Reader
from review.reading import opinions, standing
from review.reading.contract import (
    Answer,
    Asked,
    FilmState,
    Measured,
    Next,
    Overridden,
    Patient,
    Study,
    Verdict,
    Vocabulary,
)
from review.reading.contract import Opinion as Told
from review.reading.earlier import earlier_films, pixels
from review.reading.label import Why, why_second
from review.tables import Assessment, Film, Opinion, Sitting
from review.verdict import verdict
from review.words import sex
from vocabulary.conditions import FINDINGS, LABELS

Json = dict[str, Any]


def film_state(
    session: Session,
    film: Film,
    sitting: Sitting,
    person: Person,
    next_film: Film | None,
    query: str,
    blind: bool | None = None,
) -> FilmState:
    """All of it, for one reader now; the sitting remembers which answer was shown.

    Args:
        person: who looks.
        next_film: the next one on their list.
        query: the list that the reader came from, as a URL's query.
        blind: whether the answer is hidden, where the sitting is new and only it knows.
    """
    blind = opinions.hidden(session, film, person.id) if blind is None else blind
    sitting.assessment_id = None if blind else film.assessment_id
    mine, others = _said(session, film, person.id)
    return FilmState(
        id=film.id,
        sitting=sitting.id,
        csrf=person.csrf,
        file_name=film.file_name,
        patient=_patient(film),
        study=_study(film),
        pixels=pixels(film),
        asked=_asked(film),
        blind=blind,
        answer=None if blind else _answer(session, film),
        earlier=earlier_films(session, film, person.id, blind),
        mine=mine,
        undoable=mine is not None,
        others=others if mine else [],
        state=film.state,
        second_read=_second_read(session, film) if mine else None,
        arbiter=opinions.is_arbiter(film, person.role),
        next=_next(next_film, query),
        auto_advance=person.auto_advance,
        vocabulary=_vocabulary(session, film),
    )


def _asked(film: Film) -> Asked | None:
    number = number_of(film.problem)
    if number is None:
        return None
    ends = {"lowest": number.lowest, "highest": number.highest}
    return Asked(title=title(film.problem), unit=_(number.unit), **ends, places=PLACES)


def _vocabulary(session: Session, film: Film) -> Vocabulary:
    """The same while the answer is hidden: the models tell the same findings of every film."""
    if number_of(film.problem):
        return Vocabulary(labels=[], findings=[], words={})
    assessment = session.get(Assessment, film.assessment_id) if film.assessment_id else None
    own = own_findings(assessment.body) if assessment else {}
    return Vocabulary(labels=list(LABELS), findings=[*FINDINGS, *own], words=own)


def _patient(film: Film) -> Patient:
    years = header.years(film.birth_date, film.study_date)
    return Patient(
        name=film.patient_name,
        id=film.patient_id,
        birth_date=film.birth_date,
        sex=sex(film.sex),
        age="" if years is None else _("%(years)s y", years=years),
    )


def _study(film: Film) -> Study:
    return Study(
        date=film.study_date,
        time=film.study_time,
        accession_number=film.accession_number,
        modality=film.modality,
        view_position=film.view_position,
        description=str(header.read_header(film.header).get("StudyDescription", ""))[:64],
        scanner=film.scanner,
    )


def _answer(session: Session, film: Film) -> Answer:
    assessment = session.get_one(Assessment, film.assessment_id)
    body = assessment.body
    overridden, header_says = None, {}
    if assessment.overridden_by:
        header_says = _header_says(session, film, body)
        by = session.get_one(Reader, assessment.overridden_by)
        overridden = Overridden(by=by.name, at=assessment.created.isoformat())
    shared = {name: body[name] for name in Answer.model_fields if body.get(name) is not None}
    measured = _measured(film, assessment)
    with_heat = [HEAT_OF_NUMBER] if measured else filter(is_name, body.get("classes") or {})
    found = verdict(body, assessment.zones)
    ours = {
        "assessment_id": assessment.id,
        "number": measured,
        "verdict": Verdict(**found._asdict()) if found else None,
        "overridden": overridden,
        "heat": {name: f"/films/{film.id}/{assessment.id}/heat/{name}.png" for name in with_heat},
        "lung_contours": assessment.contours,
    }
    told = {"operating_points": {}} | shared | header_says
    return Answer.model_validate(told | gateway.said(told) | ours)


def _measured(film: Film, assessment: Assessment) -> Measured | None:
    number, found = number_of(film.problem), assessment.measured
    return Measured(**found._asdict(), coverage=number.coverage) if number and found else None


def _header_says(session: Session, film: Film, body: Json) -> Json:
    """Conflicts and cautions of an overridden answer, with those of the refusal: of a child, say.

    What was assessed anyway was a picture without a header; the film that was refused had one.
    """
    refusals = select(Assessment.body).where(Assessment.film_id == film.id, Assessment.outcome == "refused")
    refused = session.scalar(refusals.order_by(Assessment.created.desc()).limit(1)) or {}
    told = {}
    for name in ("conflicts", "cautions"):
        mine = body.get(name) or []
        told[name] = mine + [each for each in refused.get(name) or [] if each not in mine]
    return told


def _second_read(session: Session, film: Film) -> Why | None:
    return why_second(film, standing.current(session, film.id)) if film.state == "second_read" else None


def _said(session: Session, film: Film, reader_id: str) -> tuple[Told | None, list[Told]]:
    found = standing.current(session, film.id)
    mine = next((shown(session, each) for each in found if each.reader_id == reader_id), None)
    return mine, [shown(session, each) for each in found if each.reader_id != reader_id]


def shown(session: Session, opinion: Opinion) -> Told:
    """An opinion, as colleagues see it."""
    named = {name: getattr(opinion, name) for name in Told.model_fields if name not in ("reader", "at", "difference")}
    named["difference"] = _difference(session, opinion)
    return Told(**named, reader=opinion.reader.name, at=opinion.at.isoformat())


def _difference(session: Session, opinion: Opinion) -> float | None:
    if opinion.value is None:
        return None
    judged = session.get_one(Assessment, opinion.assessment_id).measured
    return round(opinion.value - judged.value, PLACES) if judged else None


def _next(film: Film | None, query: str) -> Next | None:
    if film is None:
        return None
    url = f"/films/{film.id}" + (f"?{query}" if query else "")
    return Next(id=film.id, url=url, pixels=f"/films/{film.id}/radiograph.png")
