"""The document: what FastAPI makes of the routes, and what holds for all of them."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel

from doors.content_coding import CODINGS
from gateway.http.access import RULES
from gateway.http.openapi.examples import of_models, of_operation, of_problems
from gateway.http.openapi.headers import AGAIN
from gateway.http.openapi.problems import come_again
from results.schema import ABSENT_WHERE_EMPTY

Json = dict[str, Any]

DESCRIPTION = """Decision support for chest radiographs. **Research use, not a medical device.**

An *assessment* is what the system says about one radiograph. A refused or failed one never has classes.

Errors are problem details (RFC 9457) with a stable `code`."""

TAGS = [
    {"name": "assessments", "description": "Films in, what the models say out: as JSON and as pictures."},
    {"name": "results", "description": "The same as DICOM objects and as FHIR, for PACS, viewers and records."},
    {"name": "DICOMweb", "description": "STOW-RS: films for the listener, which sends results where its routes say."},
    {"name": "health", "description": "For load balancers and monitoring."},
]

SERVERS = [
    {"url": "/", "description": "where this document is"},
    {"url": "http://127.0.0.1:8000", "description": "`make demo`"},
]

LICENCE = {"name": "Some weights have non-commercial terms: see the model cards"}

SECURITY: Json = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT, or a token of this gateway's own",
        "description": "Only where the gateway asks for one: docs/security.md.",
    }
}

REQUEST_ID = {
    "description": "the request's, by which it is found in the logs",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
}
ACCEPT_ENCODING = {
    "description": "what Content-Encoding may be, where that was wrong",
    "schema": {"type": "string", "examples": [", ".join(CODINGS)]},
}

EVERYWHERE = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.MISDIRECTED_REQUEST)
"""What any request may be answered."""

CLOSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE)
"""What a request may be answered for which its caller has to prove who it is."""

CHALLENGE = {"description": "what is wanted (RFC 6750, 3)", "schema": {"type": "string"}}


def operation_id(route: APIRoute) -> str:
    """The name of the route's function, as most languages write it: clients name their functions by it."""
    return to_camel(route.name)


ABOUT: Json = {
    "title": "CXR Cascade",
    "summary": "Reads a chest radiograph with three networks. Research use, not a medical device.",
    "version": "1",
    "description": DESCRIPTION,
    "license_info": LICENCE,
    "openapi_tags": TAGS,
    "servers": SERVERS,
    "generate_unique_id_function": operation_id,
}
"""For FastAPI, of the whole API."""


def complete(app: FastAPI) -> None:
    """Have the app's document say what all its routes have in common; it is made when it is first asked for."""
    of_routes = app.openapi

    def whole() -> Json:
        if not app.openapi_schema:
            app.openapi_schema = completed(of_routes())
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]  # as FastAPI's own manual has it


def completed(document: Json) -> Json:
    """The same document, with problems and examples."""
    components = document["components"]
    schemas, responses = components["schemas"], components.setdefault("responses", {})
    models = of_models()
    for path, method, operation in operations(document):
        answers = operation["responses"]
        statuses = (*EVERYWHERE, *(() if is_open(method, path) else CLOSED))
        answers |= {str(int(status)): _told_as_problem() for status in statuses}
        for status, answer in list(answers.items()):
            if _refers(answer, "HTTPValidationError"):  # problems.install answers 400 in its place
                del answers[status]
            elif _refers(answer, "Problem"):
                responses.setdefault(_name(status), _problem(int(status)))
                answers[status] = {"$ref": f"#/components/responses/{_name(status)}"}
            else:
                answer.setdefault("headers", {})["X-Request-ID"] = {"$ref": "#/components/headers/X-Request-ID"}
                _show(answer, models, operation["operationId"], status)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for schema in schemas.values():
        given = schema["properties"].items()  # all are answers, which have every field but those that say otherwise
        schema["required"] = [name for name, about in given if not about.pop(ABSENT_WHERE_EMPTY, False)]
    components |= {"headers": {"X-Request-ID": REQUEST_ID}, "securitySchemes": SECURITY}
    return document | {"security": [{}, {"bearer": []}]}


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method in capitals, and Operation Object of every operation."""
    for path, methods in document["paths"].items():
        yield from ((path, method.upper(), operation) for method, operation in methods.items())


def is_open(method: str, path: str) -> bool:
    """Whether nobody is asked who they are."""
    rule = next((each for each in RULES if each.fits(method, re.sub(r"{[^}]*}", "x", path))), None)
    return rule is not None and rule.right is None


def _refers(answer: Json, schema: str) -> bool:
    contents = answer.get("content", {}).values()
    return any(each.get("schema", {}).get("$ref", "").endswith(f"/{schema}") for each in contents)


def _name(status: str) -> str:
    """Of the response of a status: NotFound for 404."""
    return HTTPStatus(int(status)).phrase.title().replace(" ", "")


def _told_as_problem() -> Json:
    return {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _problem(status: int) -> Json:
    """The Response Object of a status that is a problem."""
    answer = {"description": HTTPStatus(status).phrase, **_told_as_problem()}
    answer["content"]["application/problem+json"]["examples"] = of_problems(status)
    answer["headers"] = {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}}
    if come_again(HTTPStatus(status)):
        answer["headers"] |= AGAIN
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        answer["headers"]["WWW-Authenticate"] = CHALLENGE
    if status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        answer["headers"]["Accept-Encoding"] = ACCEPT_ENCODING
    return answer


def _show(answer: Json, models: dict[str, Json], operation: str, status: str) -> None:
    """Add examples to what is readable of an answer."""
    for kind, content in answer.get("content", {}).items():
        schema = content.get("schema", {})
        named = [each.get("$ref", "").rpartition("/")[2] for each in (schema, *schema.get("anyOf", ()))]
        if shown := {name: example for model in named for name, example in models.get(model, {}).items()}:
            content["examples"] = shown
        elif kind.endswith("json") or kind == "text/plain":
            example = of_operation(operation, status)
            if example is not None:
                content["example"] = example
