"""Whether answers are what docs/openapi.json says that they are."""

import json
import re
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from local.places import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text())
URI = "urn:cxr:openapi"
REGISTRY: Registry[Any] = Registry().with_resource(URI, Resource(DOCUMENT, DRAFT202012))
METHODS = {"HEAD": "get"}
"""Those that are answered as another, without the body."""


def answers() -> dict[tuple[str, str], dict[str, Any]]:
    """Id of an operation and status of each answer to its Response Object."""
    return {
        (operation["operationId"], status): whole(answer)
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
    }


def whole(answer: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for, or the object itself."""
    while "$ref" in answer:
        found: Any = DOCUMENT
        for name in answer["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        answer = found
    return answer


def valid(value: Any, schema: dict[str, Any]) -> None:
    """Fail unless a value is as a schema of the document has it."""
    text = json.dumps(schema).replace('"$ref": "#', f'"$ref": "{URI}#')
    _validator(text).validate(value)


def check(response: httpx.Response) -> tuple[str, str] | None:
    """Fail unless an answer that has been read is described, with its headers and its body.

    Returns:
        The operation and the status; None for what is at no path of the API, or not asked by a method of it.
    """
    request = response.request
    operation = _operation(request.url.path, METHODS.get(request.method, request.method.lower()))
    if operation is None or "Access-Control-Request-Method" in request.headers:
        return None
    name, status = operation["operationId"], str(response.status_code)
    assert status in operation["responses"], f"{name} is not described to answer {status}: {response.text[:500]}"
    answer = whole(operation["responses"][status])
    for header, about in answer.get("headers", {}).items():
        _check_header(response, header, whole(about))
    if request.method != "HEAD":
        _check_body(response, answer.get("content", {}))
    return name, status


def _check_header(response: httpx.Response, name: str, about: dict[str, Any]) -> None:
    if name not in response.headers:
        assert not about.get("required"), f"{name} is missing: {response.status_code} {response.text[:500]}"
        return
    value = response.headers[name]
    valid(int(value) if about["schema"]["type"] == "integer" else value, about["schema"])


def _check_body(response: httpx.Response, contents: dict[str, Any]) -> None:
    if not contents:
        assert response.content == b""
        return
    kind = response.headers["Content-Type"].partition(";")[0]
    described = {name.partition(";")[0]: content for name, content in contents.items()}
    assert kind in described, f"{kind} is not described, but {list(contents)}"
    if kind.endswith("json"):
        valid(response.json(), described[kind].get("schema", {}))


def _operation(path: str, method: str) -> dict[str, Any] | None:
    return next((each[method] for pattern, each in _patterns() if pattern.fullmatch(path) and method in each), None)


@cache
def _patterns() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), each) for path, each in DOCUMENT["paths"].items()]


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(
        json.loads(schema), registry=REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
