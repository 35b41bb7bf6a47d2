"""An earlier version with data becomes this one while films come, and goes back, as docs/operations.md tells."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import httpx

from tests.orthanc import AET
from tests.trials.containers import dicom, serving
from tests.trials.containers.checkout import archived, cloned, keyed, opened, route, switched
from tests.trials.containers.engine import ADDRESS
from tests.trials.containers.exchange import CACHE, exchanged, parts
from tests.trials.containers.load import KIND, PATH, films_of
from tests.trials.containers.records import counted, missing, records, schemas
from tests.trials.containers.report import Report, Step
from tests.trials.containers.room import People
from tests.trials.containers.site import Site
from tests.trials.containers.volumes import places
from tests.trials.traffic.exposures import exposures
from vocabulary.stages import STAGES

ORDER = ((*CACHE, *STAGES), ("scp", "review"))
"""What is exchanged after each other; those in one place of it together."""

SAID = "interstitial_pneumonia"
NEW = 39
"""Seed of films that come when all is exchanged."""

WITHIN_S = 600
"""A reading room takes in one film at a time, also those by HTTP, where a busy machine has little time for it."""

IN_CLEAR = {"CXR_SCP_DISK_KEY": "none", "REVIEW_DISK_KEY": "none"}
"""As the handbook advises whoever may go back to a version that does not encrypt films."""


def upgraded(report: Report, site: Site, folder: Path) -> None:
    """From the earlier commit to the present one, and back; backups are in the folder."""
    started(report, site)
    filled(report, site)
    backed_up(report, site, folder)
    prepared(report, site)
    for number, services in enumerate(ORDER):
        exchanged(report, site, services, seed=40 + number)
    kept(report, site)
    at_work(report, site)
    gone_back(report, site)


def started(report: Report, site: Site) -> None:
    """The earlier version, from nothing."""
    with report.step(f"upgrade: {site.earlier.commit[:12]} from nothing") as step:
        cloned(site.compose.folder, site.earlier.commit)
        keyed(site.compose.folder)
        route(site.compose.folder, ADDRESS, site.pacs.port, AET)
        site.compose("build")
        archived(site.compose.folder, site.earlier.archives)
        site.up()
        step.expect(not (ill := site.compose.ill()), f"not healthy: {', '.join(ill)}")
        site.schemas = schemas(site.compose)
        step.tell(_schemas(site.schemas))


def filled(report: Report, site: Site) -> None:
    """Films by HTTP and C-STORE, and what a reader says of one."""
    with report.step("upgrade: films, people, an opinion") as step, site.compose.client() as client:
        answer = _sent(client)
        step.expect(answer.is_success, f"answered {answer.status_code}")
        site.models = answer.json()["models"]
        site.people = People(site.compose)
        site.films += exposures(3, seed=31)
        step.expect(dicom.c_store(site.films), "the listener does not take what storescu sends")
        step.expect(dicom.returned(site.pacs, site.films), "not all results came to the PACS")
        step.expect(dicom.until(site.all_in_room, WITHIN_S), "not all films came to the reading room")
        site.ada.say(site.read(), SAID)
        site.cursor = client.get("/v1/assessments", params={"limit": 1000}).json()["next"]
        site.before, site.listed = records(site.compose), site.ada.films()
        step.tell(counted(site.before))


def backed_up(report: Report, site: Site, folder: Path) -> None:
    """By the earlier version, while it runs."""
    with report.step("upgrade: backup") as step:
        site.make("backup", f"TO={folder}", **places(site.compose))
        (backup,) = folder.glob("cxr-*.tar*")
        step.tell(f"{backup.stat().st_size / 1e6:.1f} MB")


def prepared(report: Report, site: Site) -> None:
    """All that can be done while the earlier version goes on serving."""
    with report.step("upgrade: new images beside the old") as step:
        site.put_aside()
        switched(site.compose.folder, site.present.commit)
        keyed(site.compose.folder)
        site.compose("build")
        archived(site.compose.folder, site.present.archives)
        site.compose.environment = {**site.compose.environment, **IN_CLEAR}
        step.expect(not (ill := site.compose.ill()), f"not healthy meanwhile: {', '.join(ill)}")


def kept(report: Report, site: Site) -> None:
    """All that was there is there, in the tables of the present version."""
    with report.step("upgrade: what there was before") as step:
        now = schemas(site.compose)
        for service, revision in now.items():
            migrated = "migrated" in site.compose("logs", "--no-log-prefix", service)
            step.expect(
                migrated == (revision != site.schemas[service]), f"{service}: the log says migrated: {migrated}"
            )
        _expect_kept(step, site)
        assert site.people
        site.people.again()
        mine = site.ada.state(site.read())["mine"] or {}
        step.expect(mine.get("label") == SAID, f"the reader is said to have said {mine}")
        step.tell(f"{_schemas(now)}; {counted(site.before)}")


def at_work(report: Report, site: Site) -> None:
    """A film sent again, the feed, and all that came during the exchange."""
    with report.step("upgrade: films sent during it, and again") as step, site.compose.client() as client:
        step.expect(dicom.returned(site.pacs, site.films, WITHIN_S), "not all results came to the PACS")
        in_room = dicom.until(site.all_in_room, WITHIN_S)
        step.expect(in_room, f"not in the reading room: {', '.join(site.not_in_room())}")
        again, cached = (_sent(client).json() for _ in range(2))
        step.expect(not again["cached"], "a film of before is answered as the earlier version answered it")
        step.expect(cached["cached"], "a film that is sent again is computed again")
        new = [answered(client, film) for film in islice(films_of(seed=NEW), 3)]
        listed = list(feed(client, site.cursor))
        step.expect([each for each in listed if each in new] == new, "the feed has new films in another order, or not")
        step.tell(f"{len(site.films)} films by C-STORE in PACS and reading room, none lost; {len(listed)} in the feed")


def gone_back(report: Report, site: Site) -> None:
    """The tables by the present version, then the earlier one's services, in reverse order."""
    with report.step("upgrade: going back") as step:
        compose, now = site.compose, schemas(site.compose)
        site.before, site.listed = records(compose), site.ada.films()
        compose("stop", "scp", "review")
        for service, revision in site.schemas.items():
            if revision != now[service]:
                compose("run", "--rm", "--no-deps", "-T", service, "migrate", "--to", revision)
        switched(compose.folder, site.earlier.commit)
        site.take_back()
        opened(compose.folder)
        for services in reversed(ORDER):
            for part in parts(site, services):
                site.up("--no-deps", *part)
        step.expect(not (ill := compose.ill()), f"not healthy: {', '.join(ill)}")
        step.expect(schemas(compose) == site.schemas, f"its tables: {schemas(compose)}")
        _expect_kept(step, site)
        new = list(exposures(1, NEW))
        step.expect(dicom.c_store(new) and dicom.returned(site.pacs, new), "new films are not taken, or not assessed")
        step.tell(f"{_schemas(site.schemas)}; {counted(site.before)}")


def _expect_kept(step: Step, site: Site) -> None:
    """Rows, the worklist's order, pictures, and the three audits."""
    for told in missing(site.before, records(site.compose)):
        step.expect(False, told)
    assert site.people
    site.people.again()
    listed = site.ada.films()
    step.expect(
        [each for each in listed if each in site.listed] == site.listed, f"the worklist: {site.listed}, {listed}"
    )
    hidden = [film for film in site.listed if not site.ada.shows(film)]
    step.expect(not hidden, f"{len(hidden)} of {len(site.listed)} films have no picture any more")
    for service in ("gateway", "scp", "review"):
        went, told = site.compose.engine.tried(
            "exec", site.compose.container(service), "python", "-m", service, "audit", "verify"
        )
        step.expect(went, f"the audit of {service}: {told}")


def _schemas(found: dict[str, str]) -> str:
    return ", ".join(f"{service} has tables {revision}" for service, revision in found.items())


def feed(client: httpx.Client, after: str) -> Iterator[str]:
    """The ids of what the gateway lists after a cursor, in its order.

    Raises:
        httpx.HTTPStatusError: the cursor is none any more.
    """
    while True:
        page = client.get("/v1/assessments", params={"after": after, "limit": 1000}).raise_for_status().json()
        yield from (each["id"] for each in page["assessments"])
        if not page["assessments"]:
            return
        after = page["next"]


def answered(client: httpx.Client, film: bytes) -> str:
    """The id of a film's assessment.

    Raises:
        httpx.HTTPStatusError: it is not assessed.
    """
    answer = client.post(PATH, content=film, headers=KIND).raise_for_status()
    return str(answer.json()["id"])


def _sent(client: httpx.Client) -> httpx.Response:
    """The answer to one and the same film."""
    kind = {"Content-Type": "image/jpeg"}
    return client.post("/v1/assessments", content=serving.SAMPLE.read_bytes(), headers=kind)
