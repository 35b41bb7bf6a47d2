"""A FHIR R4 server in memory, for what we ask of one: transactions, conditional create and update, search.

It validates every resource, does all of a transaction or nothing, and is as strict as the specification allows.
Source: FHIR R4, 3.1.0.11.2 (transaction), 3.1.0.4.3 and 3.1.0.8.1 (conditional update and create), 3.1.1 (search).
"""

import contextlib
import copy
import itertools
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fhir.resources.R4B import get_fhir_model_class

from tests.receivers import serving

Json = dict[str, Any]

UNKEPT = ("OperationOutcome", "Parameters")
"""What is no resource that a server keeps. Source: FHIR R4, 2.28."""


class RefusedError(Exception):
    """With the status of the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class FhirServer(ThreadingHTTPServer):
    """A running one keeps resources by type and id."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Json] = {}
        self._numbers = itertools.count(1)
        self.down = 0
        """Status that it answers everything with, if any."""
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/r4"

    def search(self, kind: str, query: str) -> list[Json]:
        """What fits all parameters: identifier, code and status, as tokens; what else is asked for is an error."""
        found = [each for (its, _), each in self.kept.items() if its == kind]
        for name, value in parse_qsl(query, keep_blank_values=True):
            if name != "_include":
                found = [each for each in found if _fits(each, name, value)]
        return found

    def included(self, found: list[Json], query: str) -> list[Json]:
        """What the reports among them refer to as results, where that is asked for."""
        if ("_include", "DiagnosticReport:result") not in parse_qsl(query):
            return []
        named = [result["reference"] for each in found for result in each.get("result", ())]
        return [self.kept[(kind, own)] for kind, own in (each.split("/") for each in named)]

    def transact(self, bundle: Json) -> Json:
        """All of it or nothing."""
        if bundle.get("type") != "transaction":
            raise RefusedError(400)
        before, answers = copy.deepcopy(self.kept), []
        try:
            places = {entry.get("fullUrl", number): self._place(entry) for number, entry in enumerate(bundle["entry"])}
            if len({place for place, _ in places.values()}) != len(bundle["entry"]):
                raise RefusedError(400)  # two entries for one resource
            for entry, ((kind, own), status) in zip(bundle["entry"], places.values(), strict=True):
                if status != 200 or entry["request"]["method"] == "PUT":
                    self._keep(kind, own, _resolved(entry["resource"], {url: at for url, (at, _) in places.items()}))
                answers.append({"response": {"status": str(status), "location": f"{kind}/{own}/_history/1"}})
        except Exception:
            self.kept = before
            raise
        return {"resourceType": "Bundle", "type": "transaction-response", "entry": answers}

    def _place(self, entry: Json) -> tuple[tuple[str, str], int]:
        """Type and id of the resource of an entry, and 200 if it is there or 201."""
        request, kind = entry["request"], entry["resource"]["resourceType"]
        url = urlsplit(request["url"])
        query = url.query if request["method"] == "PUT" else request.get("ifNoneExist", "")
        if kind in UNKEPT or url.path.partition("/")[0] != kind or request["method"] not in ("PUT", "POST"):
            raise RefusedError(400)
        if "/" in url.path:
            return (kind, url.path.partition("/")[2]), 200
        found = self.search(kind, query) if query else []
        if len(found) > 1:
            raise RefusedError(412)
        own = found[0]["id"] if found else str(next(self._numbers))
        return (kind, own), 200 if found else 201

    def _keep(self, kind: str, own: str, resource: Json) -> None:
        if resource.get("id", own) != own:
            raise RefusedError(400)
        kept = resource | {"id": own}
        try:
            get_fhir_model_class(kind).model_validate(kept)
        except ValueError as error:
            raise RefusedError(422) from error
        self.kept[(kind, own)] = kept


class _Handler(BaseHTTPRequestHandler):
    server: FhirServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.rstrip("/") != "/r4":
            self._answer(404, {})
            return
        try:
            status, answer = self.server.down or 200, {} if self.server.down else self.server.transact(body)
        except RefusedError as error:
            status, answer = error.status, {}
        self._answer(status, answer)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        found = self.server.search(url.path.removeprefix("/r4/"), url.query)
        entries = [{"resource": each} for each in [*found, *self.server.included(found, url.query)]]
        answer = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entries}
        self._answer(self.server.down or 200, answer)

    def _answer(self, status: int, body: Json) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def fhir_server() -> Iterator[FhirServer]:
    """A running one."""
    with FhirServer() as server, serving(server):
        yield server


def _fits(resource: Json, name: str, value: str) -> bool:
    if name == "status":
        return bool(resource["status"] == value)
    system, _, code = value.rpartition("|")
    code = code.replace("\\", "")
    if name == "identifier":
        tokens = [(each.get("system", ""), each["value"]) for each in resource.get("identifier", ())]
    elif name == "code":
        tokens = [(each["system"], each["code"]) for each in resource["code"]["coding"]]
    else:
        raise RefusedError(400)
    return (system, code) in tokens if system else code in [each for _, each in tokens]


def _resolved(value: Any, places: dict[Any, tuple[str, str]]) -> Any:
    """With references to where the resources are kept; one that leads nowhere is an error."""
    if isinstance(value, dict):
        if str(reference := value.get("reference", "")).startswith("urn:uuid:"):
            if reference not in places:
                raise RefusedError(400)
            return value | {"reference": "/".join(places[reference])}
        return {name: _resolved(each, places) for name, each in value.items()}
    return [_resolved(each, places) for each in value] if isinstance(value, list) else value
