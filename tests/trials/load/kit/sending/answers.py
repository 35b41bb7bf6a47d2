"""What an answer under load must be: that which the same film got when nothing else was asked."""

import json
from http import HTTPStatus

FIELDS = ("id", "created", "outcome", "discriminator", "lungs", "classes", "predicted_class", "models", "timings_ms")
SAME = 1e-3
"""Largest difference of a probability. Source: what the runtime promises between processors; here it is one."""


def shed(status: int, retry_after: str | None) -> bool:
    """Whether it says that there is too much to do, and when to come back: whole seconds, one or more."""
    return status == HTTPStatus.TOO_MANY_REQUESTS and (retry_after or "").isdigit() and int(retry_after or 0) > 0


def unexpected(status: int, body: bytes, classes: dict[str, float], cached: bool) -> str | None:
    """What is wrong with an answer; None where nothing is.

    Args:
        status: HTTP's.
        body: whole.
        classes: what this film is known to be.
        cached: whether it should have come from the cache.
    """
    if status != HTTPStatus.OK:
        return f"status {status} {_code(body)}".strip()
    try:
        answer = json.loads(body)
    except ValueError:
        return "not JSON"
    if missing := [name for name in FIELDS if answer.get(name) is None]:
        return f"outcome {answer.get('outcome')}, without {', '.join(missing)}"
    if answer["outcome"] != "assessed":
        return f"outcome {answer['outcome']}"
    if answer.get("cached") is not cached:
        return f"cached is {answer.get('cached')} instead of {cached}"
    found = answer["classes"]
    if found.keys() != classes.keys() or any(abs(found[name] - classes[name]) > SAME for name in classes):
        return "other classes than the same film had alone"
    return None


def _code(body: bytes) -> str:
    """Of problem details, if that is what it is."""
    try:
        return str(json.loads(body)["code"])
    except (ValueError, KeyError, TypeError):
        return ""
