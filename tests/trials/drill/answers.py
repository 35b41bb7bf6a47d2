"""What an answer is worth while something is broken: right, honestly refused, lost, or wrong."""

import json
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from tests.trials.drill.films import Truth

SAME = 1e-3
"""Largest difference of a probability. Source: what the runtime promises between processors; here it is one."""

HONEST = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class Worth(StrEnum):
    """Of one answer."""

    ANSWERED = "answered"
    """What the film got when nothing was broken."""
    REFUSED = "refused"
    """429 or 503, and when to come back."""
    LOST = "lost"
    """No answer, another error, or no word about when to come back."""
    UNREACHABLE = "unreachable"
    """The connection was refused: nothing was taken on, and whoever asked knows."""
    WRONG = "wrong"
    """Other classes, another outcome or other models than the film has, or classes where there are none to have."""


@dataclass(frozen=True)
class Answer:
    """To one request; moments are seconds of the monotonic clock."""

    begun: float
    ended: float
    worth: Worth
    told: str
    """In a word or two: a status and a code, or the name of an error."""
    urgent: bool = False
    later: bool = False
    """Asked for asynchronously; ended when what became of it was read."""

    @property
    def took_s(self) -> float:
        """Seconds."""
        return self.ended - self.begun


def judge(truth: Truth, status: int, retry_after: str | None, body: bytes) -> tuple[Worth, str]:
    """What an answer is worth, and what it is.

    Args:
        truth: about the film.
        status: HTTP's.
        retry_after: the header.
        body: whole.
    """
    told = _told(body)
    if status == HTTPStatus.OK and told.get("outcome") != "failed":
        wrong = _wrong(truth, told)
        return (Worth.WRONG, wrong) if wrong else (Worth.ANSWERED, truth.outcome)
    if told.get("classes"):
        return Worth.WRONG, f"{status} {told.get('outcome', '')} with classes"
    if status == HTTPStatus.OK:  # an asynchronous one, of which the problem is kept
        problem = told.get("problem") or {}
        honest = problem.get("status") in HONEST
        return (Worth.REFUSED if honest else Worth.LOST), f"failed {problem.get('code', '')}".strip()
    honest = status in HONEST and (retry_after or "").isdigit()
    return (Worth.REFUSED if honest else Worth.LOST), f"{status} {told.get('code', '')}".strip()


def _wrong(truth: Truth, told: dict[str, Any]) -> str:
    """What differs; empty where nothing does."""
    if told.get("outcome") != truth.outcome:
        return f"outcome {told.get('outcome')} instead of {truth.outcome}"
    if (told.get("refusal") or {}).get("reason") != truth.reason:
        return f"another reason than {truth.reason}"
    if told.get("models") != truth.models:
        return f"of the models {told.get('models')}"
    found, known = told.get("classes") or {}, truth.classes or {}
    if found.keys() != known.keys() or any(abs(found[name] - known[name]) > SAME for name in known):
        return "other classes than the film has"
    return ""


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
