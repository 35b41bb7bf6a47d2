"""The acceptance kit with the real gateway, whose models alone are fakes: each understands the other."""

import asyncio
import json
from pathlib import Path

import cv2
import numpy as np

from learning.__main__ import main
from tests.fakes import FakeTorchServe
from tests.unit.conftest import Start


async def test_the_gateways_own_answers_become_a_report(
    start: Start, torchserve: FakeTorchServe, tmp_path: Path
) -> None:
    client = await start()
    random, films, out = np.random.default_rng(0), tmp_path / "films", tmp_path / "report"
    films.mkdir()
    for number in range(3):
        cv2.imwrite(str(films / f"{number}.png"), random.integers(0, 255, (300, 300)).astype(np.uint8))
    (films / "3.jpg").write_bytes(b"no picture")
    table = tmp_path / "truth.csv"
    table.write_text("file;label\n0.png;no pathology\n1.png;Other pathology\n2.png;no_pathology\n3.jpg;no pathology\n")
    words = ["accept", "--films", films, "--truth", table, "--out", out, "--gateway", client.base_url]

    assert await asyncio.to_thread(main, [str(word) for word in words]) == 3
    report = json.loads((out / "report.json").read_text())
    assert report["counts"]["judged"] == {"interstitial_pneumonia": 0, "other_pathology": 1, "no_pathology": 2}
    assert sum(report["counts"]["failed"].values()) == 1
    assert set(report["models"]) == {"discriminator", "segmenter", "classifier"}
    assert report["times"]["films"] == 3
    answers = [json.loads(line) for line in (out / "answers.jsonl").read_text().splitlines()[1:]]
    assert {each["row"]: each.get("reason") for each in answers} == {0: None, 1: None, 2: None, 3: "unsupported-type"}
    assert all(each["operating_points"] == torchserve.operating_points for each in answers if each["row"] < 3)
