"""A reader's opinion as a structured report, in the style of the AI's: TID 1500, with the reader as its observer.

A condition that a reader sees is coded as the finding that it is (TID 1501, row 3: finding type), which one that the AI
has a probability for never is: here a person says it. One of which they are unsure is not: who looks for the code shall
not find it.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from highdicom.sr import (
    CodedConcept,
    FindingSite,
    GraphicTypeValues,
    ImageRegion,
    Measurement,
    MeasurementsAndQualitativeEvaluations,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    SourceImageForRegion,
    TrackingIdentifier,
)
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.sr.codedict import codes

from imaging.header import header
from imaging.values import TEXT
from results import codes as concepts
from results.amendment import RESEARCH, Amendment, Person, Place, Said
from results.amendment_number import of_the_ai, of_the_reader, said_by_the_ai
from results.identity import Identity, Superseded
from results.number_report import measurement
from results.report import Author, Group, group, write_report
from vocabulary.findings import Declared

SERIES, SERIES_NUMBER = "Reader on AI report", 4


def read_film(amendment: Amendment) -> Dataset:
    """The header of the film that an amendment is about.

    Raises:
        ValueError: there is none, or it says not which film it is of.
    """
    try:
        found = Dataset.from_json(amendment.header)
        named = str(found.get("SOPInstanceUID") or "")
    except Exception as error:  # pydicom raises many kinds on what is no DICOM JSON
        raise ValueError("the header is no DICOM JSON") from error
    known = header(found)
    if not named or known.SOPInstanceUID != named:
        raise ValueError("the header names no film")
    return known


def identity(film: Dataset, amendment: Amendment) -> Identity:
    """Of what is written of an amendment: the same whenever it is written."""
    return _identity(film, str(amendment.key), amendment)


def superseded(film: Dataset, amendment: Amendment) -> Superseded | None:
    """The report of what this reader said of this film before."""
    if amendment.supersedes is None:
        return None
    before = _identity(film, str(amendment.supersedes), amendment)
    return Superseded(before.uid("report"), before.uid("report series"))


def write_amendment(film: Dataset, amendment: Amendment, before: list[Superseded]) -> bytes:
    """The report of a reader's opinion, or of its being withdrawn, as a Part 10 file.

    Args:
        film: from read_film.
        amendment: what the reader says.
        before: the AI's report, of which this one repeats the class, the number or the refusal that the reader speaks
            of, and the reader's own earlier one. Source: PS3.3, C.17.2: predecessors are documents whose content is
            included.
    """
    made = identity(film, amendment)
    author = Author(_observer(amendment.reader), SERIES, SERIES_NUMBER, RESEARCH)
    procedure = concepts.concept(amendment.problem.procedure)
    groups: list[Group] = [_answer(made, amendment)]
    if amendment.said is None:
        groups.append(group(made, "Reader", evaluations=[(concepts.STANDING, concepts.WITHDRAWN)]))
        text = "Withdrawn: what this reader said of this film before no longer stands."
        return write_report(made, groups, [text], concepts.WITHDRAWN, "report", before, author, procedure)
    groups += [*_opinion(made, amendment, amendment.said), *_places(made, amendment, amendment.said)]
    texts = [*said_by_the_ai(amendment), *([amendment.said.comment] if amendment.said.comment else [])]
    return write_report(made, groups, texts, None, "report", before, author, procedure)


def sees(said: Said, declared: Mapping[str, Declared]) -> list[tuple[str, CodedConcept]]:
    """The conditions that a reader says are there, by name; those that are coded as such.

    Args:
        said: by the reader.
        declared: what findings of the hospital's own are called.
    """
    if said.sureness == "unsure":
        return []
    names = ([said.label] if said.label and concepts.label(said.label).scheme_designator == "SCT" else []) + [
        each for each in said.findings if each != said.label
    ]
    return [(name, concepts.condition(name, declared)) for name in dict.fromkeys(names)]


def answers(said: Said, declared: Mapping[str, Declared]) -> list[tuple[CodedConcept, CodedConcept]]:
    """Questions and a reader's answers, but for a number: label, agreement, verdicts, how sure, when."""
    told = [(concepts.LABEL, concepts.label(said.label))] if said.label else []
    known = concepts.SAID if said.value is None else concepts.SAID_OF_NUMBERS
    told += [answer for (field, value), answer in known.items() if getattr(said, field) == value]
    if said.sureness == "unsure":
        told += [(concepts.POSSIBLE, concepts.condition(name, declared)) for name in dict.fromkeys(said.findings)]
    return told


def _identity(film: Dataset, key: str, amendment: Amendment) -> Identity:
    return Identity(film, f"amendment {key}", amendment.at)


def _observer(reader: Person) -> ObserverContext:
    """The reader (TID 1003); the name as one part, since nobody said which is the family's (PS3.5, 6.2.1)."""
    name = "".join(" " if each in "^=\\\n\t" else each for each in reader.name)[: TEXT["PN"] - 1].strip()
    return ObserverContext(codes.DCM.Person, PersonObserverIdentifyingAttributes(f"{name}^"))


def _answer(made: Identity, amendment: Amendment) -> MeasurementsAndQualitativeEvaluations:
    """What the AI said, in the words of its own report."""
    answer, number = amendment.answer, of_the_ai(amendment)
    told = [(concepts.OUTCOME, concepts.OUTCOMES[answer.outcome])]
    if answer.refusal:
        concept = concepts.OVERRIDDEN if answer.outcome == "assessed" else concepts.REFUSAL
        told.append((concept, concepts.refusal(answer.refusal)))
    if answer.predicted_class:
        told.append((concepts.MOST_PROBABLE, concepts.condition(answer.predicted_class)))
    return group(
        made,
        "AI",
        stage=amendment.problem.stages[-1],
        version=answer.version or answer.classifier,
        site=number.site if number else None,
        measurements=[measurement(number)] if number else None,
        evaluations=told,
    )


def _opinion(made: Identity, amendment: Amendment, said: Said) -> Iterator[MeasurementsAndQualitativeEvaluations]:
    number, declared = of_the_reader(amendment), amendment.declared
    yield group(
        made,
        "Reader",
        site=number.site if number else None,
        measurements=[Measurement(number.what, number.value, number.unit)] if number else None,
        evaluations=answers(said, declared),
    )
    sure = [
        answer for (field, value), answer in concepts.SAID.items() if field == "sureness" and value == said.sureness
    ]
    for name, condition in sees(said, declared):
        yield group(made, f"Reader: {name}", finding=condition, evaluations=sure)


def _places(
    made: Identity, amendment: Amendment, said: Said
) -> Iterator[PlanarROIMeasurementsAndQualitativeEvaluations]:
    """What the reader drew (TID 1410), each as a closed line."""
    film = made.source
    for number, place in enumerate(said.shapes, 1):
        finding = place.finding if said.sureness != "unsure" else None
        name = f"{place.kind} {number}"
        region = ImageRegion(
            GraphicTypeValues.POLYLINE,
            _outline(place, film, amendment),
            SourceImageForRegion(film.SOPClassUID, film.SOPInstanceUID),
        )
        told = (concepts.DRAWN, concepts.PLACES[place.kind])
        yield PlanarROIMeasurementsAndQualitativeEvaluations(
            TrackingIdentifier(made.uid(f"tracking {name}"), name),
            region,
            finding_type=concepts.condition(finding, amendment.declared) if finding else None,
            finding_sites=[FindingSite(concepts.LUNG)] if place.kind == "lung" else None,
            qualitative_evaluations=[QualitativeEvaluation(*told)],
        )


def _outline(place: Place, film: Dataset, amendment: Amendment) -> NDArray[np.float64]:
    """Shape (points, 2): columns and rows of the stored film, the last point the first again.

    Source: PS3.3, C.18.6: the film's top left corner is 0, 0, its bottom right one columns, rows; none lies outside.
    """
    points = np.asarray(place.points, np.float64)
    if place.kind == "box":
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        points = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    shown = np.array([amendment.columns, amendment.rows])
    stored = np.array([film.get("Columns") or shown[0], film.get("Rows") or shown[1]])
    outline = np.clip(points * stored / shown, 0, stored)
    return np.vstack([outline, outline[:1]])
