"""What the FHIR record of a number holds."""

from collections.abc import Iterator
from typing import Any

from highdicom.sr import CodedConcept

from results import codes as concepts
from results.identity import RESEARCH
from results.measured import Measured
from results.number import INTERVAL, Quantity, Told, problem, texts, told
from results.record import Record, refused
from results.resources import SYSTEMS, About, coding, observation

METHOD = "A neural network reads it off the film; the interval is that of split conformal prediction"


def number_record(measured: Measured, about: About) -> Record:
    """The number, or why there is none."""
    asked = problem(measured)
    said = list(texts(measured))
    code = coding(concepts.concept(asked.report))
    return Record(asked, code, list(_observations(measured, about)), " ".join([RESEARCH, *said]), said)


def _observations(measured: Measured, about: About) -> Iterator[dict[str, Any]]:
    asked = problem(measured)
    if measured.refusal:
        yield refused(about, measured.refusal)
    if number := told(measured):
        known = {"method": {"text": METHOD}, "component": [_interval(number)]}
        yield quantified(about, asked.name, number) | known


def quantified(about: About, what: str, number: Quantity) -> dict[str, Any]:
    """The observation of a number, whoever says it.

    Args:
        about: what it is about.
        what: which of the observations of this film and author it is.
        number: with its codes.
    """
    site = {"bodySite": {"coding": [coding(number.site)]}} if number.site else {}
    return observation(about, what, number.what) | site | {"valueQuantity": _quantity(number.value, number.unit)}


def _interval(number: Told) -> dict[str, Any]:
    """A component: a reference range would be that of healthy people."""
    text = f"{INTERVAL.meaning} in {number.coverage:.0%} of films"
    ends = {"low": _quantity(number.low, number.unit), "high": _quantity(number.high, number.unit)}
    return {"code": {"coding": [coding(INTERVAL)], "text": text}, "valueRange": ends}


def _quantity(value: float, unit: CodedConcept) -> dict[str, Any]:
    return {"value": value, "unit": unit.meaning, "system": SYSTEMS["UCUM"], "code": unit.value}
