"""Examples of every answer."""

import json
from typing import Any, get_args

from pydantic import BaseModel
from pydicom import Dataset
from pydicom.uid import ComputedRadiographyImageStorage

from gateway.errors import StageUnavailableError
from gateway.http.health import Health, StageHealth
from gateway.http.openapi.assessments import (
    ASSESSED,
    CREATED,
    ID,
    MODELS,
    assessment,
    corrected,
    failed,
    overridden,
    refused,
)
from gateway.http.openapi.measured import MEASURED, REFUSED
from gateway.http.openapi.problems import problems
from gateway.top.figures import Figures, ProblemFigures, figures
from gateway.top.scrape import Scrape
from gateway.top.window import Window
from results.reading import Reading
from results.schema import Listed, Page, Result, Running
from results.writing import write_fhir
from vocabulary.refusals import REFUSALS, RefusalReason
from vocabulary.stages import STAGES

Examples = dict[str, dict[str, Any]]
"""Name to an Example Object. Source: OpenAPI 3.1.0, 4.8.19."""

CURSOR = "1795898576157-0"


def of_models() -> dict[str, Examples]:
    """Name of a schema to examples of all that it may hold."""
    listed = Listed(id=ID, created=CREATED, outcome="assessed", source="modality")
    return {
        "Assessment": _assessments(),
        "Measured": measured(),
        "Running": {"running": _example("running", Running(id=ID, created=CREATED))},
        "Page": {
            "page": _example("one assessment", Page(assessments=[listed], next=CURSOR)),
            "empty": _example("nothing new", Page(assessments=[], next=CURSOR)),
        },
    }


def measured() -> Examples:
    """A number, and a film of which it cannot be told."""
    return {
        "measured": _example("a number: ?problem=bone-age", MEASURED),
        "not_measured": _example("refused: ?problem=bone-age", REFUSED),
    }


def of_problems(status: int) -> Examples:
    """Code to a problem, of those that have an HTTP status."""
    return {each.code: _example(each.detail, each) for each in problems() if each.status == status}


def of_operation(operation: str, status: str) -> Any:
    """Of an answer that has no schema, or another at each status; None where it has none that can be read."""
    match operation, status:
        case "getFhir", "200":
            reading = Reading(None, assessment(ASSESSED), Result(conclusion=ASSESSED), None, "example")
            return json.loads(write_fhir(reading))
        case "getHeader", "200":
            return _header().to_json_dict()
        case (("storeInstances" | "storeStudyInstances"), ("200" | "202" | "409")):
            return _stored(all_of_them=status == "200", some=status != "409").to_json_dict()
        case name, "200" if name.startswith("search") or name.endswith("Metadata"):
            return [_header().to_json_dict()]
        case "livez", "200":
            return "alive"
        case "readyz", ("200" | "503"):
            return _health(ready=status == "200").model_dump()
        case "getTop", "200":
            return _top().model_dump(mode="json")
    return None


def _assessments() -> Examples:
    """Every outcome, and every reason for a refusal."""
    refusals = {
        reason: _example(f"refused: {REFUSALS[reason].label}", assessment(refused(reason)))
        for reason in get_args(RefusalReason)
    }
    return {
        "assessed": _example("assessed", assessment(ASSESSED)),
        "corrected": _example("assessed; turned, since ?correct=true allowed it", corrected()),
        "overridden": _example("assessed although it was refused: ?despite_refusal=true", overridden()),
        **refusals,
        "failed": _example("failed, as a request with Prefer: respond-async is told later", failed()),
    }


def _health(ready: bool) -> Health:
    up = {name: StageHealth(ready=True, up=1, down=0, version=MODELS[name], digest="9f86d081") for name in STAGES}
    away = {"classifier": StageHealth(ready=False, up=0, down=1, error=StageUnavailableError.code)}
    return Health(ready=ready, stages=up if ready else up | away, redis=True, audit=True)


def _top() -> Figures:
    """Of a minute that nothing was asked in, after one with a problem."""
    minute = Window(Scrape(1795898516.0, {}), Scrape(1795898576.0, {}))
    last = ProblemFigures(code=StageUnavailableError.code, count=0, last=CREATED)
    return figures(minute).model_copy(update={"problems": [last], "redis": True})


def _header() -> Dataset:
    film = Dataset()
    film.SOPClassUID, film.SOPInstanceUID, film.Modality = ComputedRadiographyImageStorage, "1.2.3.1.1", "CR"
    film.PatientName, film.Rows, film.Columns = "Example^Patient", 2048, 2048
    return film


def _stored(all_of_them: bool, some: bool) -> Dataset:
    """The Store Instances Response Module. Source: PS3.18, table I.1-1; 0110H is its Processing failure (I.2-2)."""
    answer, stored, left = Dataset(), _reference("1.2.3.1.1"), _reference("1.2.3.1.2")
    answer.RetrieveURL = stored.RetrieveURL = ""
    left.FailureReason = 0x0110
    if not all_of_them:
        answer.FailedSOPSequence = [left]
    if some:
        answer.ReferencedSOPSequence = [stored]
    return answer


def _reference(uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = ComputedRadiographyImageStorage, uid
    return item


def _example(summary: str, value: BaseModel) -> dict[str, Any]:
    return {"summary": summary, "value": json.loads(value.model_dump_json(by_alias=True))}
