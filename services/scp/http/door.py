"""The HTTP side: where the gateway passes DICOMweb on to, the reading room hands over opinions, and ops look."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from auditing.trail import Trail
from doors import dicomweb_notes
from doors.access.caller import Caller
from doors.access.guard import Guard, Proofs, Rule
from doors.access.tokens import FileToken, read_token
from doors.audited import Audited, Note
from doors.methods import Methods
from doors.problem import problem
from doors.problems import Problems
from doors.request_id import current_request_id
from doors.requests import RequestId
from results.amendment import MAX_AMENDMENT_BYTES, Amendment
from scp.errors import MeaninglessError, NoRoomError, NotYetError, UnknownFilmError
from scp.http import pictures, retrieving, searching, studies
from scp.service import Service

RULES = (
    Rule("GET", "/livez|/readyz|/status|/metrics", None),
    Rule("POST", "/amendments", "amend:write"),
    Rule("POST", "/dicomweb/.*", "films:write"),
    Rule("GET", "/dicomweb/.*", "feed:read"),
)
"""Who may ask what. What is open tells numbers, and nothing of a patient."""


def create_app(service: Service) -> FastAPI:
    """The door of a running service. It is meant for gateway, reading room and ops: keep it inside.

    Raises:
        ValueError: the token can be guessed.
        OSError: its file cannot be read.
    """
    app = FastAPI(title="CXR Cascade listener", docs_url=None, redoc_url=None, openapi_url=None)

    problems = Problems(problem, lambda code: service.metrics.problems.labels(code).inc())
    if token_file := service.settings.token_file:
        read_token(token_file)
        app.add_middleware(Guard, proofs=Proofs(FileToken(token_file)), rules=RULES, problems=problems)
    app.add_middleware(Methods)
    app.add_middleware(Audited, trail=lambda scope: service.trail, notes=_note)
    app.add_middleware(RequestId)
    problems.install(app)
    app.include_router(studies.router(service))
    for part in (searching, retrieving, pictures):
        app.include_router(part.router(service.holdings))

    @app.post("/amendments")
    async def amend(request: Request) -> Response:
        """Take what a reader says of a film: 201 when it is on its way, 200 when it was before, or there is nothing.

        404 when the film never came here; 503 when its assessment is not out yet, 507 when there is no room: later.
        """
        said = await _body(request, MAX_AMENDMENT_BYTES)
        if said is None:
            return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large")
        return await run_in_threadpool(_amend, service, said, Caller.of(request).name)

    @app.get("/livez", response_class=PlainTextResponse)
    async def livez() -> str:
        """The process is alive."""
        return "alive"

    @app.get("/readyz")
    def readyz() -> Response:
        """Films can be taken: there is room. The gateway may be away meanwhile; films wait."""
        try:
            service.spool.check_room()
        except NoRoomError as error:
            return JSONResponse({"ready": False, "error": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE)
        return JSONResponse({"ready": True, "gateway": service.gateway.ready(), "audit": service.trail.well})

    @app.get("/status")
    def status() -> dict[str, Any]:
        """What waits, how films ended, and how each route does."""
        return service.status()

    @app.get("/metrics")
    def metrics() -> Response:
        """For Prometheus."""
        return Response(service.render_metrics(), media_type=CONTENT_TYPE_LATEST)

    return app


def _note(scope: Scope, status: int, trail: Trail) -> Note | None:
    """Of what was searched for and fetched; films and amendments have their rows of whoever takes them."""
    asked = scope["method"] == "GET" and status < HTTPStatus.MULTIPLE_CHOICES
    return dicomweb_notes.note(scope, trail) if asked else None


def _amend(service: Service, said: bytes, caller: str) -> Response:
    try:
        amendment = Amendment.model_validate_json(said)
        answer = service.amendments.take(amendment)
    except ValidationError as error:  # where, and never what: it may be a patient's
        where = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", where)
    except MeaninglessError as error:
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", str(error))
    except UnknownFilmError:
        return _answer(HTTPStatus.NOT_FOUND, "unknown-film")
    except NotYetError:
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE, "not-yet")
    except NoRoomError:
        return _answer(HTTPStatus.INSUFFICIENT_STORAGE, "no-room")
    told: dict[str, Any] = {"amendment": str(amendment.key), "withdrawn": amendment.withdrawn, "answer": answer}
    service.trail.record(caller, "amendment.take", request=current_request_id(), **told)
    return _answer(HTTPStatus.CREATED if answer == "kept" else HTTPStatus.OK, answer)


async def _body(request: Request, max_bytes: int) -> bytes | None:
    """The body; None where it is larger than max_bytes."""
    chunks, held = [], 0
    async for chunk in request.stream():
        held += len(chunk)
        if held > max_bytes:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _answer(status: HTTPStatus, code: str, wrong: str = "") -> Response:
    return JSONResponse({"answer": code} | ({"wrong": wrong} if wrong else {}), status)
