"""The attack's inputs, its slow connections, and what it says of them."""

import asyncio
import json
import time
import zlib
from io import BytesIO

import pytest
from PIL import Image

from local.ports import any_free
from tests.trials.attack import bombs, docs
from tests.trials.attack.hostile import EVERY, inputs
from tests.trials.attack.slow import Slow, Way

FIGURES = {
    "taken": "2026-01-02T03:04:05+00:00",
    "commit": "abc",
    "form": "full",
    "machine": {"cpu": "a processor", "cores": 2},
    "inputs": 10_000,
    "connections": 1_000,
    "lasted_s": 3_600,
    "alone": {"p50": 0.2, "p95": 0.3, "count": 60},
    "attacked": {"p50": 0.3, "p95": 0.6, "count": 500},
    "times": 2.0,
    "told_later": 3,
    "wrong": [],
    "echoes": {"answered": 100, "asked": 100},
    "hostile": {"answers": {"400": 9_000, "200": 1_000}, "wrong": {}, "slowest_s": 4.5},
    "slow": {"opened": 5_000, "hung_up": 4_000, "refused": 0},
    "restarts": [],
    "memory_mb": {"gateway": [270, 900]},
    "targets": {"nothing restarts": True, "something else": False},
}


def test_bombs_are_small_and_become_large():
    palette, colours = bombs.palette(), bombs.colours()

    assert max(map(len, (palette, colours, bombs.text()))) < 300_000
    assert Image.open(BytesIO(palette)).size == (7071, 7071)
    assert Image.open(BytesIO(palette)).has_transparency_data
    assert Image.open(BytesIO(colours)).mode == "RGBA"
    assert len(zlib.decompress(bombs.packed(5_000_000))) == 5_000_000


def test_one_input_in_twenty_is_a_bomb_and_the_same_seed_gives_the_same_ones():
    first, again = ([(name, data) for name, data, _ in inputs(EVERY + 1, seed=3)] for _ in range(2))

    assert first == again
    assert [name for name, _ in first if "50 MP" in name] == ["palette of 50 MP", "four colours of 50 MP"]


def test_slow_connections_come_again_when_they_are_hung_up_on():
    port, seen = any_free(1)[0], []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(5))
        writer.close()

    async def serve(slow: Slow) -> None:
        async with await asyncio.start_server(hang_up, "127.0.0.1", port):
            with slow:
                end = time.monotonic() + 20
                while len(seen) < 12 and time.monotonic() < end:
                    await asyncio.sleep(0.05)

    slow = Slow([Way(port, b"begun", b"x")], 4)
    asyncio.run(serve(slow))

    assert set(seen) == {b"begun"}
    assert len(seen) >= 12
    assert slow.opened >= slow.hung_up > 0


@pytest.fixture
def kept(tmp_path):
    path = tmp_path / "attack.json"
    path.write_text(json.dumps(FIGURES))
    return path


def test_the_page_says_what_a_full_attack_found(kept, tmp_path):
    page = tmp_path / "attack.md"
    page.write_text("before\n<!-- attack -->\nstale\n<!-- /attack -->\nafter\n")
    docs.write(page, kept)
    text = page.read_text()

    assert text.startswith("before\n<!-- attack -->\n\nTaken 2026-01-02 on 2 cores (a processor), commit `abc`")
    assert "| p95 under attack to alone | 2 |" in text
    assert "- **Missed**: something else" in text
    assert "stale" not in text


def test_the_page_says_of_which_form_its_figures_are(kept, tmp_path):
    kept.write_text(json.dumps(FIGURES | {"form": "short"}))
    page = tmp_path / "attack.md"
    page.write_text("<!-- attack -->\n<!-- /attack -->\n")
    docs.write(page, kept)

    assert "short form: " in page.read_text()


def test_the_page_in_the_repository_has_the_place():
    assert docs.PLACE.search(docs.PAGE.read_text())
