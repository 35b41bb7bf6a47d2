"""Asking the gateway for every film, and keeping what it says, so that an interrupted run goes on."""

import json
import os
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from tqdm import tqdm

from client.errors import GatewayError, LaterError
from client.gateway import AWAY, LOST, Gateway
from learning.accept.truth import Film, Truth
from learning.errors import LearningError
from results.schema import Assessment, Outcome

FILE = "answers.jsonl"

AT_ONCE = 4
"""Films at the gateway at once: it serves patients beside. A judgement."""

TRIES, PAUSE_S = 5, 1.0
"""How often a film is sent where the gateway has no room, and how long to wait where it does not say."""

UNDECLARED = "application/octet-stream"
"""The gateway tells DICOM, PNG and JPEG by the first bytes. Source: imaging.file.kind_of."""


class Answer(BaseModel):
    """What is kept of one film: nothing of whom it shows."""

    model_config = ConfigDict(frozen=True)

    row: int
    """Of truth.csv, counted from 0."""
    outcome: Outcome
    reason: str | None = None
    """Of a refusal, or the gateway's code of a failure."""
    classes: dict[str, float] | None = None
    operating_points: dict[str, float] = {}
    models: dict[str, str] = {}
    cached: bool = False
    """The gateway knew the film already: its time tells nothing."""
    seconds: float | None = None
    """From sending to the answer, as the client sees it, without waiting for room."""


def ask_all(truth: Truth, gateway: Gateway, out: Path) -> list[Answer]:
    """The answers to all films, in the order of the rows; asks only for those that are missing or had failed.

    Raises:
        LearningError: the answers kept there are to other films, or it was interrupted; what came is kept.
        LaterError: the gateway is away, or something else answers in its place; what came is kept.
    """
    path = out / FILE
    answers = {answer.row: answer for answer in _kept(path, truth)}
    missing = [film for film in truth.films if film.row not in answers or answers[film.row].outcome == "failed"]
    if missing and not gateway.ready():
        raise LaterError(AWAY, "the gateway is away or not ready: see its /readyz")
    try:
        with path.open("a") as file, closing(_asked(missing, gateway)) as coming:
            for answer in tqdm(coming, "films", len(missing), unit="film", mininterval=1):
                file.write(answer.model_dump_json(exclude_defaults=True) + "\n")
                file.flush()
                answers[answer.row] = answer
    except KeyboardInterrupt:
        raise LearningError(f"interrupted; {len(answers)} answers are kept, and the same command goes on") from None
    return [answers[film.row] for film in truth.films]


def _kept(path: Path, truth: Truth) -> Iterator[Answer]:
    """What an earlier run kept; makes the file where there is none. A line that was cut off is dropped."""
    head = json.dumps({"films": truth.digest})
    whole = path.read_bytes() if path.exists() else b""
    complete = whole[: whole.rfind(b"\n") + 1]
    lines = complete.decode().splitlines() or [head]
    if lines[0] != head:
        raise LearningError(f"{path} has the answers to another list of films: choose another --out, or delete it")
    if not complete:
        path.write_text(head + "\n")
    elif len(complete) < len(whole):
        os.truncate(path, len(complete))
    try:
        yield from map(Answer.model_validate_json, lines[1:])
    except ValueError as error:
        raise LearningError(f"{path} is damaged: delete it, and all films are read anew") from error


def _asked(films: Iterable[Film], gateway: Gateway) -> Generator[Answer]:
    """As they come. Closing it stops what has not begun."""
    stop = threading.Event()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(_answer, gateway, film, stop) for film in films]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _answer(gateway: Gateway, film: Film, stop: threading.Event) -> Answer:
    """Of one film; failed where the gateway says so, or never has room."""
    code = ""
    for _ in range(TRIES):
        begun = time.monotonic()
        try:
            return _read(film.row, gateway.assess(film.path.read_bytes(), UNDECLARED), time.monotonic() - begun)
        except OSError:
            return Answer(row=film.row, outcome="failed", reason="file-unreadable")
        except LaterError as error:
            if error.code in (AWAY, LOST) or error.code.startswith("http-"):
                raise
            code = error.code
            if stop.wait(error.retry_after_s or PAUSE_S):
                break
        except GatewayError as error:
            return Answer(row=film.row, outcome="failed", reason=error.code)
    return Answer(row=film.row, outcome="failed", reason=code)


def _read(row: int, told: dict[str, object], seconds: float) -> Answer:
    try:
        said = Assessment.model_validate(told)
    except ValidationError as error:
        raise LaterError("http-200", "something that is not the gateway, or a newer one, answers") from error
    reason = said.refusal.reason if said.refusal else said.problem.code if said.problem else None
    return Answer(
        row=row,
        outcome=said.outcome,
        reason=reason,
        classes=said.classes,
        operating_points=said.operating_points,
        models=said.models,
        cached=said.cached,
        seconds=round(seconds, 4),
    )
