"""Our Bundles as transactions, for a FHIR server that keeps each resource where searches find it (FHIR R4, 3.1.0.11.2).

What is ours is updated by an identifier that lasts (conditional update), so that a later result takes the place of an
earlier one; what is the hospital's is made only where it is missing (conditional create), and never changed.
"""

import json
from typing import Any
from urllib.parse import quote

from results import codes as concepts
from results.resources import CHEST_FILM, OWN, RADIOLOGY, coding, lasting

Json = dict[str, Any]

UPDATED = ("DiagnosticReport", "Observation", "Practitioner")
"""Types of resources that are ours. A device with another version is another device."""

ESCAPED = str.maketrans({each: f"\\{each}" for each in "\\,$|"})
"""In a value that is searched for. Source: FHIR R4, 3.1.1.3."""


def transaction(bundle: bytes) -> Json:
    """A Bundle of type collection, as results.resources.bundle writes it, as one of type transaction.

    A patient whose ID has no system cannot be told from another hospital's, and is named by the ID instead (logical
    reference). An OperationOutcome, which no server keeps, becomes a cancelled report, which the result replaces if it
    comes later.
    """
    collection: Json = json.loads(bundle)
    resources: dict[str, Json] = {entry["fullUrl"]: entry["resource"] for entry in collection["entry"]}
    named = {}
    for url, each in resources.items():
        if each["resourceType"] == "Patient" and not _key(each):
            named[url] = {"type": "Patient", "identifier": each["identifier"][0]}
    kept = {url: _linked(each, named) for url, each in resources.items() if url not in named}
    entries = [_entry(url, _kept(each, kept, collection["timestamp"])) for url, each in kept.items()]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def report_query(made: Json) -> str:
    """The search for the report of a transaction as the server has it now, with its observations.

    Returns:
        What comes after the server's base URL.
    """
    url = next(
        each["request"]["url"] for each in made["entry"] if each["resource"]["resourceType"] == "DiagnosticReport"
    )
    return f"{url}&_include=DiagnosticReport:result"


def withdrawing(made: Json, found: Json) -> Json:
    """A transaction that also withdraws what its report said before and says no longer.

    Args:
        made: from transaction.
        found: what the server answers to report_query.
    """
    told = {_key(each["resource"]) for each in made["entry"]}
    before = [each["resource"] for each in found.get("entry", ()) if each["resource"]["resourceType"] == "Observation"]
    gone = [each for each in before if _key(each, f"{OWN}observation") and _key(each) not in told]
    entries = [
        {
            "resource": each | {"status": "entered-in-error"},
            "request": {"method": "PUT", "url": f"Observation/{each['id']}"},
        }
        for each in gone
        if each["status"] != "entered-in-error"
    ]
    return made | {"entry": [*made["entry"], *entries]}


def _entry(url: str, resource: Json) -> Json:
    kind, query = resource["resourceType"], f"identifier={quote(_key(resource), safe='')}"
    body = {name: value for name, value in resource.items() if name != "id"}  # the server gives its own
    if kind in UPDATED:
        request = {"method": "PUT", "url": f"{kind}?{query}"}
    else:
        request = {"method": "POST", "url": kind, "ifNoneExist": query}
    return {"fullUrl": url, "resource": body, "request": request}


def _key(resource: Json, system: str = OWN) -> str:
    """The identifier by which a server knows a resource, as a search has it: one of ours, or else the first.

    One without a system names nothing; empty where there is none.
    """
    known = [each for each in resource.get("identifier", ()) if each.get("system")]
    own = [each for each in known if each["system"].startswith(system)]
    for each in own or (known if system == OWN else ()):
        return "|".join(str(each[part]).translate(ESCAPED) for part in ("system", "value"))
    return ""


def _linked(value: Any, named: dict[str, Json]) -> Any:
    """The same with references to what is not in the transaction by name."""
    if isinstance(value, dict):
        if value.get("reference") in named:
            return named[value["reference"]]
        return {name: _linked(each, named) for name, each in value.items()}
    return [_linked(each, named) for each in value] if isinstance(value, list) else value


def _kept(resource: Json, resources: dict[str, Json], made: str) -> Json:
    """The resource, or, instead of an OperationOutcome, a report that was cancelled: it could not be made."""
    if resource["resourceType"] != "OperationOutcome":
        return resource
    report: Json = {
        "resourceType": "DiagnosticReport",
        "identifier": [lasting("report", resource["id"])],
        "status": "cancelled",
        "category": [{"coding": [RADIOLOGY]}],
        "code": {"coding": [CHEST_FILM]},
        "issued": made,
        "conclusion": resource["issue"][0]["diagnostics"],
        "conclusionCode": [{"coding": [coding(concepts.NOT_AVAILABLE)], "text": concepts.NOT_AVAILABLE.meaning}],
    }
    for url, study in resources.items():
        if study["resourceType"] == "ImagingStudy":
            film = study["series"][0]["instance"][0]["uid"]
            report |= {"identifier": [lasting("report", film)], "imagingStudy": [{"reference": url}]}
            report |= {name: study[name] for name in ("subject", "basedOn") if name in study}
            report |= {"effectiveDateTime": study["started"]} if "started" in study else {}
    return report
