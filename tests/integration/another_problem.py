"""Serves one problem of the checkout that this runs in, and prints the gateway's answer to each film.

python another_problem.py PROBLEM RUN_FOLDER FILM...

A program of its own, since a process knows the problems that were declared when it began.
"""

import json
import sys
import time
from pathlib import Path

import httpx

from local import archives
from local.plan import Plan
from local.ports import Ports
from local.stack import Stack

READY_WITHIN_S = 110
"""Twice that is below what a test may take."""


def main() -> None:
    """As above."""
    problem, run, *films = sys.argv[1:]
    stored = Path(run) / "archives"
    archives.build(problem, stored)
    parts = ("valkey", problem, "gateway")
    stack = Stack(Path(run), Ports.free(), stored, {}, parts, Plan.parse(f"{problem}=1"))
    try:
        stack.up()
        stack.wait_ready(READY_WITHIN_S, names=parts[:2])  # not the gateway: it misses the stages of the chest
        token = {"Authorization": f"Bearer {stack.places.token.read_text().strip()}"}
        with httpx.Client(base_url=stack.url, headers=token, timeout=60) as client:
            listening(client)
            print(json.dumps([answer(client, problem, Path(film)) for film in films]))
    finally:
        stack.down()


def listening(client: httpx.Client) -> None:
    """Return when the gateway answers at all."""
    end = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < end:
        try:
            client.get("/livez").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the gateway does not answer")


def answer(client: httpx.Client, problem: str, film: Path) -> object:
    """What the gateway says of a film, and the number of observations in its record."""
    headers = {"Content-Type": "image/png"}
    address = f"/v1/assessments?problem={problem}"
    said = client.post(address, content=film.read_bytes(), headers=headers).raise_for_status().json()
    record = client.get(f"/v1/assessments/{said['id']}/fhir").raise_for_status().json()
    return said | {"record": [entry["resource"] for entry in record["entry"]]}


if __name__ == "__main__":
    main()
