"""What Redis keeps is sealed: who can read it learns nothing, and who can write to it makes no answer of ours."""

import contextlib

import numpy as np
import pytest
import redis

from gateway.settings import Settings
from gateway.vault import Vault
from tests import films
from tests.kept import kept_in
from tests.unit.gateway.test_objects import SAMPLE, assessed

PATH = "/v1/assessments"
PNG = {"Content-Type": "image/png"}
SECRET = "a secret of sixteen"  # noqa: S105 - a test's


@pytest.fixture
def kept(valkey):
    """A client of the server that keeps it."""
    with contextlib.closing(redis.Redis(port=valkey.port)) as client:
        yield client


def names(kept, kind):
    return sorted(kept.scan_iter(f"cxr:{kind}:*"))


async def test_neither_pixels_nor_classes_are_there_in_clear(client, valkey):
    film = films.pixels(200, 180).astype(np.uint8)
    await client.post(PATH, content=films.png(film), headers=PNG)

    held = kept_in(valkey.url)

    assert len(held) > film.size
    assert film[100].tobytes() not in held
    assert b"interstitial" not in held


async def test_a_result_that_somebody_wrote_is_not_there_and_is_computed_anew(client, kept, torchserve):
    film = films.png()
    await client.post(PATH, content=film, headers=PNG)
    (name,) = names(kept, "result")
    forged = b'{"conclusion": {"outcome": "assessed", "classes": {"no_pathology": 0.998}}}'
    sealed = kept.get(name)
    before = torchserve.asked.count("classifier")
    for count, value in enumerate((forged, sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b""), 1):
        kept.set(name, value)
        body = (await client.post(PATH, content=film, headers=PNG)).json()
        assert body["cached"] is False
        assert torchserve.asked.count("classifier") == before + count
    assert (await client.post(PATH, content=film, headers=PNG)).json()["cached"] is True


async def test_an_entry_opens_under_its_own_name_only(client, kept):
    ids = [
        (await client.post(PATH, content=films.png(films.pixels(seed=seed).astype(np.uint8)), headers=PNG)).json()["id"]
        for seed in (1, 2)
    ]
    first, second = (f"cxr:assessment:{id_}" for id_ in ids)
    kept.set(second, kept.get(first))

    assert (await client.get(f"{PATH}/{ids[0]}")).json()["id"] == ids[0]
    assert (await client.get(f"{PATH}/{ids[1]}")).status_code == 404


async def test_pixels_that_somebody_wrote_are_not_shown(client, kept):
    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()
    (name,) = names(kept, "film")
    kept.set(name, b"\x02\x00\x00\x00\x02\x00\x00\x00abcd")

    assert (await client.get(f"{PATH}/{body['id']}/radiograph.png")).status_code == 404


async def test_gateways_with_the_same_secret_know_each_others_assessments_and_others_do_not(start, tmp_path):
    (tmp_path / "secret").write_text(SECRET + "\n")
    one, other, stranger = await start(secret=SECRET), await start(secret_file=tmp_path / "secret"), await start()
    path = f"{PATH}/{(await assessed(one))['id']}"

    for name in ("", "/sr.dcm", "/radiograph.png"):
        assert (await other.get(path + name)).status_code == 200
        assert (await stranger.get(path + name)).status_code == 404
    assert (await assessed(other, SAMPLE.read_bytes()))["cached"] is True


async def test_a_secret_that_can_be_guessed_is_refused(start, tmp_path):
    (tmp_path / "secret").write_text("short")
    with pytest.raises(ValueError, match="16 characters"):
        await start(secret_file=tmp_path / "secret")


def test_the_same_is_sealed_otherwise_each_time():
    vault = Vault(SECRET)
    sealed = {vault.seal("a", b"x") for _ in range(3)}

    assert len(sealed) == 3
    assert {vault.open("a", each) for each in sealed} == {b"x"}
    assert vault.open("b", sealed.pop()) is None
    assert vault.open("a", b"") is None


def test_a_secret_is_changed_without_a_loss():
    before = Vault(SECRET).seal("a", b"x")
    now = Vault("the secret that comes after it", SECRET)

    assert now.open("a", before) == b"x"
    assert Vault(SECRET).open("a", now.seal("a", b"y")) is None, "the first seals"
    assert now.digest("draw", "a") == Vault("the secret that comes after it").digest("draw", "a")


@pytest.mark.parametrize("short", ["short", f"{SECRET}\nshort", f"{SECRET}\n\n{SECRET}"])
def test_each_line_is_a_secret_that_cannot_be_guessed(short, tmp_path):
    (tmp_path / "secret").write_text(short)
    for given in ({"secret": short}, {"secret_file": tmp_path / "secret"}):
        with pytest.raises(ValueError, match="a secret needs 16 characters"):
            Settings(**given).shared_secrets()


def test_of_several_lines_the_first_is_the_secret_and_the_others_were_before():
    assert Settings(secret=f"{SECRET}\n{SECRET}.\n").shared_secrets() == [SECRET, f"{SECRET}."]
    assert Settings().shared_secrets() == []
