import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import yaml

from tests import films
from tests.fakes import SIDES, FakeTorchServe, serving

PATH = "/v1/assessments"
PNG = {"Content-Type": "image/png"}


@pytest.fixture
async def another() -> AsyncIterator[FakeTorchServe]:
    """A second TorchServe with all three models."""
    fake = FakeTorchServe()
    async with serving(fake):
        yield fake


def write(path: Path, releases: dict[str, str], **roles: object) -> Path:
    """A file of releases, each with all three stages at one address or several."""
    stages = {name: dict.fromkeys(SIDES, at) for name, at in releases.items()}
    path.write_text(yaml.safe_dump({"serve": "stable", **roles, "releases": stages}))
    return path


def different(count: int) -> list[bytes]:
    """So many films of which no two are the same."""
    return [films.png(films.pixels(seed=seed).astype("uint8")) for seed in range(count)]


async def metric(client: httpx.AsyncClient, name: str) -> float:
    """A metric's value, by its name and labels; 0 where it is not told yet."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", (await client.get("/metrics")).text, re.MULTILINE)
    return float(found[1]) if found else 0.0
