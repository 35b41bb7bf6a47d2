"""DELETE /v1/assessments/{id}: an assessment is forgotten at once, and not when its time is over."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from doors.access.caller import Caller
from gateway import names
from gateway.errors import RunningError
from gateway.http.assessments import PROBLEM
from gateway.http.state import Gateway
from gateway.store import Record
from results.errors import NotFoundError
from results.measured import Kept
from results.schema import Running

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])


@router.delete(
    "/{assessment_id}",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses={204: {"description": "it is gone"}, **dict.fromkeys((404, 409, 503), PROBLEM)},
)
async def delete_assessment(request: Request, assessment_id: str) -> Response:
    """Forget an assessment: its answer, its entry in the feed, and the film's header, pixels and maps.

    Pixels and maps stay while another assessment is of the same pixels. Whoever had it assessed may ask for it, and
    everybody with the scope amend:write. To ask again does no harm, and is answered 404.
    """
    await Gateway.of(request).forgetter.forget(await _own(request, assessment_id))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _own(request: Request, assessment_id: str) -> Record | Kept:
    """A finished assessment, of classes or of a number, that the caller may remove.

    Raises:
        NotFoundError: there is none, or it has expired; or it is another caller's, which is not told.
        RunningError: it is not finished.
    """
    store = Gateway.of(request).store
    found = await store.get(names.measured(assessment_id), Kept) or await store.record(assessment_id)
    if found is None or not Caller.of(request).may_remove(found.caller):
        raise NotFoundError("no such assessment, or it has expired")
    if isinstance(found, Record) and isinstance(found.assessment, Running):
        raise RunningError("the assessment is not finished: remove it afterwards")
    return found
