"""Films whose answers are known, because each was asked about alone before anything was broken."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from client.token import of_environment

PATH = "/v1/assessments"
FRESH = {"Cache-Control": "no-cache", "X-CXR-Source": "test"}
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".dcm": "application/dicom"}
SAMPLES = ("normal.png", "film.dcm", "pneumonia.jpg", "cat.jpg")
"""One of each kind of file; the last is no radiograph, and has to be refused whatever happens."""

ALONE_S = 60


class UnknownFilmError(Exception):
    """What a film is could not be learned: the message is for a person."""


@dataclass(frozen=True)
class Truth:
    """What the whole system says of a film."""

    outcome: str
    classes: dict[str, float] | None
    reason: str | None
    """Why it is refused."""
    models: dict[str, str]

    @classmethod
    def of(cls, assessment: dict[str, Any]) -> Self:
        """Of the gateway's answer."""
        refusal = assessment["refusal"] or {}
        return cls(assessment["outcome"], assessment["classes"], refusal.get("reason"), assessment["models"])


@dataclass(frozen=True)
class Film:
    """A file, and what is right to say of it."""

    data: bytes
    kind: str
    truth: Truth


def learn(url: str, folder: Path) -> list[Film]:
    """Ask about every sample alone.

    Raises:
        UnknownFilmError: one was not answered, or all answers are alike, so that a mix-up would not show.
    """
    with httpx.Client(base_url=url, timeout=ALONE_S, auth=of_environment()) as client:
        films = [_learn(client, folder / name) for name in SAMPLES]
    classes = [film.truth.classes for film in films if film.truth.classes]
    outcomes = {film.truth.outcome for film in films}
    if outcomes != {"assessed", "refused"} or any(classes.count(each) > 1 for each in classes):
        raise UnknownFilmError(f"the samples are not answered each in its own way: {outcomes}")
    return films


def _learn(client: httpx.Client, path: Path) -> Film:
    data, kind = path.read_bytes(), TYPES[path.suffix]
    answer = client.post(PATH, content=data, headers={"Content-Type": kind, **FRESH})
    if answer.status_code != httpx.codes.OK:
        raise UnknownFilmError(f"{path.name}, asked about alone, is answered {answer.status_code}: {answer.text[:200]}")
    return Film(data, kind, Truth.of(answer.json()))
