"""Findings that readers ticked: what they teach, and what stays."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from learning import findings
from learning.candidate import _write_weights
from learning.comparing import Judged
from learning.findings import MIN_FILMS, Ticked, known, taught
from learning.head import Head
from learning.judge import judge
from learning.labels import read
from training.findings import OUTPUTS, TRAINED_FINDINGS, UNKNOWN
from vocabulary.conditions import CLASSES

EFFUSION, OPACITY = (TRAINED_FINDINGS.index(name) for name in ("Effusion", "Lung_Opacity"))
WIDTH = 6
SCALES = {"Effusion": {"scale": 0.7, "bias": -0.2}}


def test_what_was_ticked_is_there_and_what_a_reader_left_is_not_but_for_lung_opacity() -> None:
    said = [
        Ticked(0, frozenset({"Effusion"}), normal=False),
        Ticked(1, frozenset({"Edema"}), normal=False),
        Ticked(2, frozenset(), normal=True),
        Ticked(3, frozenset(), normal=False),
        Ticked(4, frozenset({"Effusion"}), normal=False),
        Ticked(4, frozenset({"Edema"}), normal=False),
    ]

    found = known(said, 6)

    assert found[:, EFFUSION].tolist() == [1, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN]
    assert found[:, OPACITY].tolist() == [UNKNOWN, UNKNOWN, 0, UNKNOWN, UNKNOWN, UNKNOWN]


def test_only_what_was_ticked_blind_is_read_from_an_export(export: Path, tmp_path: Path) -> None:
    shutil.copy(export / "index.csv", tmp_path)
    rows = pd.read_csv(export / "opinions.csv", dtype=str, keep_default_na=False).head(2)
    rows.assign(findings="Effusion|Edema", blind=["true", "false"]).to_csv(tmp_path / "opinions.csv", index=False)

    found = read(tmp_path).findings

    assert (found[0, EFFUSION], found[1, EFFUSION]) == (1, UNKNOWN)


@dataclass
class Films:
    """Features, whose first number tells the finding, and what readers ticked."""

    features: np.ndarray
    found: np.ndarray

    @classmethod
    def drawn(cls, seed: int, films: int, sure: float) -> "Films":
        random = np.random.default_rng(seed)
        present = random.random(films) < 0.4
        features = random.normal(0, 1, (films, WIDTH))
        features[:, 0] += sure * present
        found = np.full((films, len(TRAINED_FINDINGS)), UNKNOWN)
        found[:, EFFUSION] = present
        found[~present, TRAINED_FINDINGS.index("Edema")] = 1
        return cls(features, found)


def memory(seed: int = 5) -> SimpleNamespace:
    """Of base films in which the second number tells it."""
    films = Films.drawn(seed, 600, 0.0)
    films.features[:, 1] += 2 * films.found[:, EFFUSION]
    split = np.repeat([0, 1], 300)
    at = {"train": 0, "val": 1}
    return SimpleNamespace(
        features=films.features, findings=films.found, of=lambda name: np.flatnonzero(split == at[name])
    )


ROWS = Head(np.zeros((len(TRAINED_FINDINGS), WIDTH)) + np.eye(WIDTH)[1] * 2, np.full(len(TRAINED_FINDINGS), -1.0))


def test_a_finding_with_enough_ticks_learns_what_tells_it_here_and_forgets_nothing() -> None:
    site = Films.drawn(1, 200, 2.5)

    found = taught(ROWS, SCALES, site.features, site.found, memory())

    assert list(found) == ["Effusion"]
    row, bias = found["Effusion"]
    assert row[0] > 0.3 and row[1] > 1.0 and np.isfinite(bias)
    again = taught(ROWS, SCALES, site.features, site.found, memory())
    assert np.array_equal(again["Effusion"][0], row)


@pytest.mark.parametrize("what", ["few ticked", "no other finding", "not reported"])
def test_a_finding_that_cannot_be_taught_keeps_its_row(what: str) -> None:
    site, scales = Films.drawn(1, 200, 2.5), SCALES
    if what == "few ticked":
        present = np.flatnonzero(site.found[:, EFFUSION] == 1)
        site.found[present[MIN_FILMS - 1 :], EFFUSION] = UNKNOWN
    if what == "no other finding":
        site.found[:, TRAINED_FINDINGS.index("Edema")] = 0
    if what == "not reported":
        scales = {}

    assert taught(ROWS, scales, site.features, site.found, memory()) == {}


def test_a_taught_archive_has_all_findings_and_only_the_taught_row_differs(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    tensors = {
        "maps.weight": torch.from_numpy(random.normal(0, 1, (OUTPUTS, WIDTH, 1, 1))).half(),
        "maps.bias": torch.zeros(OUTPUTS).half(),
    }
    save_file(tensors, tmp_path / "before", {"training": "{}"})
    candidate = Head(random.normal(0, 1, (len(CLASSES), WIDTH)), np.zeros(len(CLASSES)))
    lesson = SimpleNamespace(
        candidate=candidate, recipe={"labels": "0"}, findings={"Effusion": (np.arange(WIDTH, dtype=float), 0.5)}
    )

    _write_weights(tmp_path / "before", tmp_path / "after", lesson)

    after = load_file(tmp_path / "after")
    differ = (after["maps.weight"] != tensors["maps.weight"]).flatten(1).any(dim=1)
    assert after["maps.weight"].shape[0] == OUTPUTS
    assert differ[len(CLASSES) :].nonzero().flatten().tolist() == [EFFUSION]
    assert after["maps.bias"][len(CLASSES) + EFFUSION] == 0.5


def test_a_finding_that_is_told_worse_after_it_was_taught_is_refused_by_name() -> None:
    random = np.random.default_rng(2)
    classes = np.arange(120) % 3
    good = np.eye(3)[classes] * 0.6 + 0.1 + random.random((120, 3)) * 0.4
    site = Judged(classes, good, good, np.arange(120))
    present = np.arange(120) % 2
    scores = present + random.normal(0, 0.5, 120)
    before, after = (np.stack([-each, each], axis=1) for each in (scores, random.normal(0, 1, 120)))
    worse = Judged(present, before, after, np.arange(120))

    verdict = judge(
        "calibration", site, {}, site, np.array(["one"] * 120), {}, 100, [("Lung_Lesion", "base films", worse)]
    )

    assert verdict.decision == "refuse"
    assert [gate.name for gate in verdict.gates if not gate.passed] == ["finding: Lung Lesion, base films"]
    assert findings.MIN_FILMS == 15
