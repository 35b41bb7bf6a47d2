"""What the command cxr does."""

import argparse
import json
import sys
from pathlib import Path
from typing import NamedTuple

import stamina
from pydantic import ValidationError

from client.answers import Json
from client.errors import GatewayError, LaterError, RefusedError
from client.films import Film, films
from client.gateway import FEED_WAIT_S, NOT_FOUND, Gateway, Wish
from client.telling import RESEARCH, told
from results.schema import Assessment

DONE, FAILED, REFUSED, RUNNING = 0, 1, 3, 4
"""Exit codes; 2 is argparse's."""

EXIT = {"assessed": DONE, "refused": REFUSED, "running": RUNNING}
WORST = (FAILED, REFUSED, RUNNING, DONE)
"""Of several films, the first of these that one of them has."""

UNDECLARED = "application/octet-stream"
"""The gateway tells DICOM, PNG and JPEG by the first bytes. Source: imaging.file.kind_of."""

TRIES = 10
"""How often a film is sent to a gateway that says when it may have room."""


class File(NamedTuple):
    """A result that can be saved."""

    source: str
    """Its name at the gateway, and with the assessment's id before it here."""
    about: str
    suffix: str = ""


RESULTS = {
    "sr": File("sr.dcm", "the structured report"),
    "seg": File("lungs.dcm", "the lungs as a DICOM Segmentation"),
    "overlay": File("overlay.dcm", "the heat map over the film, as a Secondary Capture"),
    "fhir": File("fhir", "the FHIR Bundle", ".json"),
    "heatmap": File("heatmap.png", "the heat map"),
}
"""They hold patient data, all but the last."""


def assess(gateway: Gateway, given: argparse.Namespace) -> int:
    """Assess films, one after the other, and tell each as soon as it is known."""
    asked, codes = list(films(given.files)), set()
    for number, film in enumerate(asked, 1):
        found = _answer(gateway, film, given)
        codes.add(_code(found))
        place = f"[{number}/{len(asked)}] " if len(asked) > 1 else ""
        print(
            json.dumps({"file": film.name} | found) if given.json else f"{place}{film.name}: {_told(found)}", flush=True
        )
    if not asked:
        print("cxr: no DICOM, PNG or JPEG file there", file=sys.stderr)
        return FAILED
    if not given.json:
        print(RESEARCH)
    return next(code for code in WORST if code in codes)


def results(gateway: Gateway, given: argparse.Namespace) -> int:
    """Tell an assessment, and save what is asked for of its results."""
    assessment = gateway.assessment(given.id)
    if assessment is None:
        raise RefusedError(NOT_FOUND, "no such assessment, or it has expired")
    found = {"assessment": assessment}
    print(json.dumps(assessment) if given.json else f"{_told(found)}\n{RESEARCH}")
    if _code(found) != RUNNING and (given.out or given.wanted):
        _save(gateway, given.id, given.out or Path(), given.wanted or list(RESULTS))
    return _code(found)


def feed(gateway: Gateway, given: argparse.Namespace) -> int:
    """List finished assessments: those that there are, and then, if asked to, those that come."""
    after = given.after
    while True:
        before = after
        listed, after = gateway.feed(before, FEED_WAIT_S if given.follow else 0, given.problem)
        for each in listed:
            print(json.dumps(each) if given.json else f"{each['created']}  {each['id']}  {each['outcome']}", flush=True)
        if after == before and not given.follow:  # an empty page may have others' films, and more after them
            return DONE


def ready(gateway: Gateway, given: argparse.Namespace) -> int:
    """Say whether a film could be assessed now."""
    can = gateway.ready()
    print("ready" if can else f"not ready: {given.gateway}/readyz says why")
    return DONE if can else FAILED


def _answer(gateway: Gateway, film: Film, given: argparse.Namespace) -> Json:
    """The assessment of a film, or why there is none, by these words."""
    try:
        return {"assessment": _sent(gateway, film.read(), given)}
    except GatewayError as error:
        return {"error": {"code": error.code, "detail": str(error)}}
    except OSError as error:
        return {"error": {"code": "file-unreadable", "detail": str(error.strerror)}}


def _sent(gateway: Gateway, data: bytes, given: argparse.Namespace) -> Json:
    """The gateway's answer; who waits sends a film again where the gateway says when it may have room."""
    wishes: list[Wish | None] = ["correct" if given.correct else None]
    wishes += ["despite_refusal" if given.despite_refusal else None]
    tries = TRIES if given.wait else 1
    for attempt in stamina.retry_context(on=_again_after_s, attempts=tries, timeout=None):
        with attempt:
            found = gateway.assess(data, UNDECLARED, *wishes, urgent=given.urgent, at_once=not given.wait)
    return found


def _again_after_s(error: Exception) -> float | bool:
    """Seconds, where the gateway said so."""
    return float(error.retry_after_s) if isinstance(error, LaterError) and error.retry_after_s else False


def _code(found: Json) -> int:
    """The exit code of one film."""
    return EXIT.get(found.get("assessment", {}).get("outcome"), FAILED)


def _told(found: Json) -> str:
    """For a person."""
    if "error" in found:
        return "FAILED, not assessed: {detail} ({code})".format(**found["error"])
    assessment = found["assessment"]
    if _code(found) == RUNNING:
        return f"not finished: cxr results {assessment.get('id')}"
    return told(_understood(assessment))


def _understood(found: Json) -> Assessment:
    try:
        return Assessment.model_validate(found)
    except ValidationError as error:
        raise LaterError("http-200", "something that is not the gateway, or a newer one, answers") from error


def _save(gateway: Gateway, assessment_id: str, out: Path, wanted: list[str]) -> None:
    """Save results, and say which there are none of. Raises OSError."""
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in wanted:
        file = RESULTS[name]
        data = gateway.file(assessment_id, file.source)
        path = out / f"{assessment_id}.{file.source}{file.suffix}"
        if data is None:
            print(f"none: {file.about}", file=sys.stderr)
        else:
            path.write_bytes(data)
            print(path, file=sys.stderr)
