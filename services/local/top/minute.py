"""One line of the last minute, which the gateway itself remembers."""

import httpx
from pydantic import ValidationError

from client import authorities
from client.token import proof
from gateway.top.figures import Figures
from local.stack import Stack

TIMEOUT_S = 5.0


def last_minute(stack: Stack) -> str:
    """Films a second and the p95 of each lane; empty where the gateway does not answer."""
    try:
        answer = httpx.get(
            f"{stack.url}/v1/top", headers=proof(stack.places.token), timeout=TIMEOUT_S, verify=authorities.usual()
        )
        return told(Figures.model_validate_json(answer.raise_for_status().content))
    except (httpx.HTTPError, ValidationError):
        return ""


def told(figures: Figures) -> str:
    """The same of figures that are there."""
    lanes = {name: lane.p95_ms for name, lane in figures.lanes.items() if lane.p95_ms is not None}
    slow = "".join(f", p95 {name} {p95:.0f} ms" for name, p95 in lanes.items())
    return f"{figures.films_per_s:.2f} films/s over the last {figures.window_s:.0f} s{slow}"
