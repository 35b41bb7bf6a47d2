"""The README's one request has the README's answer."""

import json
import re
from pathlib import Path

import pytest

from tests.integration.conftest import SAMPLES

ROOT = Path(__file__).parents[2]
OF_THIS_REQUEST = ("id", "created", "timings_ms", "cached")


def test_the_answer_in_the_readme_is_the_one_that_comes(gateway):
    block = re.search(r"<!-- answer -->\s*```json\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block
    told = json.loads(block[1])

    answer = gateway.assess(SAMPLES / "pneumonia.jpg").json()

    assert list(answer) == list(told)
    assert set(answer["timings_ms"]) == set(told["timings_ms"])
    for name in answer.keys() - set(OF_THIS_REQUEST):
        assert _numbers(answer[name]) == pytest.approx(_numbers(told[name]), abs=0.005), name


def _numbers(value: object, path: str = "") -> dict[str, object]:
    """A JSON value as path to leaf, since approx compares flat dictionaries."""
    if isinstance(value, list):
        value = {str(index): inner for index, inner in enumerate(value)} or "[]"
    if isinstance(value, dict):
        return {key: leaf for name, inner in value.items() for key, leaf in _numbers(inner, f"{path}/{name}").items()}
    return {path: value}
