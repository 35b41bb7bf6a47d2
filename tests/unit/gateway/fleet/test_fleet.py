"""Releases side by side: switched as a whole, rolled back, given a share, or compared."""

import asyncio

import numpy as np
import pytest

from cxr.wire import Classification
from gateway import release
from gateway.fleet.channels import Channels
from gateway.fleet.fleet import Fleet
from gateway.fleet.releases import Plan
from gateway.metrics import Metrics
from imaging.reference import Bins, Reference
from tests.unit.gateway.fleet.conftest import PATH, PNG, different, metric, write

OTHER = {"interstitial_pneumonia": 0.1, "other_pathology": 0.2, "no_pathology": 0.7}
BECAUSE = ("--without-certificate", "a test")


@pytest.fixture
def newer(another):
    """A TorchServe whose classifier is version second, and says something else."""
    another.digests["classifier"] = "second"
    heat = np.ones((3, 3), np.float32)
    another.answers["classifier"] = Classification(OTHER, {}, dict.fromkeys(OTHER, heat))
    return another


async def switched(client, count=1, result="done"):
    while await metric(client, f'cxr_release_switches_total{{result="{result}"}}') < count:
        await asyncio.sleep(0.02)


async def predicted(client, film, **headers):
    response = await client.post(PATH, content=film, headers=PNG | headers)
    assert response.status_code == 200, response.text
    return response.json()["predicted_class"]


async def test_a_switch_and_a_rollback_under_load_lose_no_film_and_mix_no_answers(start, torchserve, newer, tmp_path):
    file = write(tmp_path / "releases.yaml", {"stable": torchserve.address, "next": newer.address})
    client = await start(releases=file)
    films, stop, statuses = different(8), asyncio.Event(), []

    async def post() -> None:
        while not stop.is_set():
            for film in films:
                statuses.append((await client.post(PATH, content=film, headers=PNG)).status_code)

    posting = [asyncio.create_task(post()) for _ in range(3)]
    assert await predicted(client, films[0]) == "interstitial_pneumonia"
    assert release.main(["--file", str(file), "serve", "next", *BECAUSE]) == 0
    await switched(client)
    after = [await predicted(client, film) for film in films]
    assert release.main(["--file", str(file), "rollback"]) == 0
    await switched(client, 2)
    back = [await predicted(client, film) for film in films]
    stop.set()
    await asyncio.gather(*posting)

    assert set(after) == {"no_pathology"}, "the cache does not answer for another release"
    assert set(back) == {"interstitial_pneumonia"}
    assert set(statuses) == {200}
    assert await metric(client, 'cxr_releases{release="stable",role="serve",stage="classifier",version="1.0.0"}') == 1


async def test_a_plan_whose_stages_do_not_come_up_is_not_taken_over(start, torchserve, tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.fleet.fleet.SWITCH_S", 0.5)
    file = write(tmp_path / "releases.yaml", {"stable": torchserve.address, "next": "127.0.0.1:1"})
    client = await start(releases=file)

    release.main(["--file", str(file), "serve", "next", *BECAUSE])
    await switched(client, result="refused")

    assert await predicted(client, different(1)[0]) == "interstitial_pneumonia"


async def test_a_file_that_cannot_be_read_changes_nothing_and_is_counted(start, torchserve, tmp_path):
    file = write(tmp_path / "releases.yaml", {"stable": torchserve.address})
    client = await start(releases=file)

    file.write_text("serve: [")
    await switched(client, result="refused")

    assert await predicted(client, different(1)[0]) == "interstitial_pneumonia"


async def test_the_canary_answers_its_share_and_a_film_always_the_same(start, torchserve, newer, tmp_path):
    file = write(
        tmp_path / "releases.yaml",
        {"stable": torchserve.address, "next": newer.address},
        canary={"release": "next", "share": 0.5},
    )
    client = await start(releases=file)
    films = different(40)

    first = [await predicted(client, film) for film in films]
    again = [await predicted(client, film, **{"Cache-Control": "no-cache"}) for film in films]

    assert 8 <= first.count("no_pathology") <= 32
    assert first == again
    assert await metric(client, 'cxr_release_films_total{release="next"}') == 2 * first.count("no_pathology")


async def test_what_the_canary_fails_the_serving_release_answers(start, torchserve, newer, tmp_path):
    file = write(
        tmp_path / "releases.yaml",
        {"stable": torchserve.address, "next": newer.address},
        canary={"release": "next", "share": 1.0},
    )
    client = await start(releases=file)
    newer.answers["classifier"] = b"\xff not a reply"

    assert await predicted(client, different(1)[0]) == "interstitial_pneumonia"
    assert await metric(client, "cxr_canary_fallbacks_total") == 1


async def test_a_shadow_is_compared_and_never_used(start, torchserve, newer, tmp_path):
    file = write(
        tmp_path / "releases.yaml",
        {"stable": torchserve.address, "next": newer.address},
        shadow={"release": "next", "share": 1.0},
    )
    client = await start(releases=file)

    answers = [await predicted(client, film) for film in different(3)]
    while await metric(client, 'cxr_shadow_total{agreement="other_class"}') < 3:
        await asyncio.sleep(0.02)

    assert set(answers) == {"interstitial_pneumonia"}
    assert await metric(client, 'cxr_shadow_difference_bucket{le="0.3"}') == 0
    assert await metric(client, 'cxr_shadow_difference_bucket{le="1.0"}') == 3


async def test_a_shadow_that_fails_costs_nobody_anything(start, torchserve, newer, tmp_path):
    file = write(
        tmp_path / "releases.yaml",
        {"stable": torchserve.address, "next": newer.address},
        shadow={"release": "next", "share": 1.0},
    )
    client = await start(releases=file)
    newer.answers["segmenter"] = b"\xff not a reply"

    assert await predicted(client, different(1)[0]) == "interstitial_pneumonia"
    while await metric(client, 'cxr_shadow_total{agreement="failed"}') < 1:
        await asyncio.sleep(0.02)


FIRST, SECOND = "1" * 64, "2" * 64


@pytest.mark.parametrize(("pin", "other", "there"), [("version", "9.9.9", "1.0.0"), ("digest", SECOND, FIRST)])
async def test_replicas_of_another_than_the_pinned_archive_are_left_alone(
    start, torchserve, tmp_path, pin, other, there
):
    torchserve.digests["classifier"] = FIRST
    file = tmp_path / "releases.yaml"
    pinned = f'{{at: "{torchserve.address}", {pin}: "{other}"}}'
    file.write_text(
        f'serve: stable\nreleases: {{stable: {{discriminator: "{torchserve.address}", '
        f'segmenter: "{torchserve.address}", classifier: {pinned}}}}}\n'
    )
    client = await start(releases=file)

    response = await client.post(PATH, content=different(1)[0], headers=PNG)
    assert (response.status_code, response.json()["code"]) == (503, "stage-unavailable")
    assert await metric(client, 'cxr_stage_replicas{release="stable",stage="classifier",state="down"}') == 1
    assert await metric(client, 'cxr_stage_replicas{release="stable",stage="classifier",state="up"}') == 0
    assert (await client.get("/readyz")).json()["stages"]["classifier"]["ready"] is False

    file.write_text(file.read_text().replace(other, there))
    await switched(client)
    assert await predicted(client, different(1)[0]) == "interstitial_pneumonia"


async def test_of_two_archives_at_one_release_the_pinned_one_answers_every_film(start, torchserve, newer, tmp_path):
    """Without the pin the other one would: there are as many of both, and its digest is the higher one."""
    torchserve.digests["classifier"], newer.digests["classifier"] = FIRST, SECOND
    both = f"{torchserve.address},{newer.address}"
    file = write(tmp_path / "releases.yaml", {"stable": both})
    file.write_text(file.read_text().replace(f"classifier: {both}", f"classifier: {{at: '{both}', digest: '{FIRST}'}}"))
    client = await start(releases=file)

    assert {await predicted(client, film) for film in different(6)} == {"interstitial_pneumonia"}
    assert newer.asked.count("classifier") == 0


async def test_drift_follows_the_serving_release_to_its_own_reference(start, torchserve, newer, tmp_path):
    for name, edge in (("common", 0.25), ("next", 0.75)):
        about = {"stages": {"classifier": {"version": name}}}
        Reference(about, {"frontal": Bins((edge,), (0.5, 0.5), 1000)}, {}).write(tmp_path / f"{name}.json")
    addresses = {"stable": torchserve.address, "next": newer.address}
    file = write(tmp_path / "releases.yaml", addresses, references={"next": "next.json"})
    client = await start(releases=file, reference=tmp_path / "common.json")
    await predicted(client, different(1)[0])
    assert await metric(client, 'cxr_score_bucket{le="0.25",quantity="frontal"}') == 0
    assert await metric(client, 'cxr_score_count{quantity="frontal"}') == 1

    release.main(["--file", str(file), "serve", "next", *BECAUSE])
    await switched(client)
    assert await metric(client, 'cxr_score_count{quantity="frontal"}') == 0
    await predicted(client, different(1)[0])

    assert await metric(client, 'cxr_score_count{quantity="frontal"}') == 1
    assert await metric(client, 'cxr_reference{stage="classifier",version="next"}') == 1
    assert await metric(client, 'cxr_reference{stage="classifier",version="common"}') == 0
    assert 'le="0.75",quantity="frontal"' in (await client.get("/metrics")).text


async def test_a_release_whose_reference_cannot_be_read_is_not_taken_over(start, torchserve, newer, tmp_path):
    addresses = {"stable": torchserve.address, "next": newer.address}
    file = write(tmp_path / "releases.yaml", addresses, references={"next": "none.json"})
    client = await start(releases=file)

    release.main(["--file", str(file), "serve", "next", *BECAUSE])
    await switched(client, result="refused")

    assert await predicted(client, different(1)[0]) == "interstitial_pneumonia"


async def test_a_replica_that_a_pin_refuses_is_logged_once_with_what_it_says_it_is(torchserve, capsys):
    torchserve.digests["classifier"] = FIRST
    at = dict.fromkeys(("discriminator", "segmenter"), torchserve.address)
    classifier = {"at": torchserve.address, "digest": SECOND}
    plan = Plan.model_validate({"serve": "stable", "releases": {"stable": {**at, "classifier": classifier}}})
    said = ""

    async with Fleet.connect(plan, None, Channels(None, None, None), Metrics()):
        async with asyncio.timeout(20):
            while "replica refused" not in said:
                await asyncio.sleep(0.2)
                said += capsys.readouterr().out
        await asyncio.sleep(2.5)  # looked at again
        said += capsys.readouterr().out

    (line,) = (each for each in said.splitlines() if "replica refused" in each)
    assert FIRST in line
    assert SECOND in line
    assert torchserve.address in line


async def test_replicas_that_a_pin_leaves_alone_make_no_room(torchserve):
    torchserve.digests["classifier"] = FIRST
    at = dict.fromkeys(("discriminator", "segmenter"), torchserve.address)

    async def room(pinned: str) -> int:
        classifier = {"at": torchserve.address, "digest": pinned}
        plan = Plan.model_validate({"serve": "stable", "releases": {"stable": {**at, "classifier": classifier}}})
        async with Fleet.connect(plan, None, Channels(None, None, None), Metrics()) as fleet:
            return fleet.room()

    assert await room(SECOND) < await room(FIRST)
