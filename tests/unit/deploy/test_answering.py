"""The stack's own start, with small signed archives and no processes: who answers after it went down."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certificates import seal
from certificates.certificate import Archive, Release
from certificates.expired import expire
from certificates.signatures import make_keys
from certificates.signing import write
from gateway.fleet.releases import Plan as Followed
from gateway.release import main as release
from local import memory
from local.errors import StackError
from local.plan import Plan
from local.ports import Ports
from local.releases import told
from local.runtimes import Runtimes
from local.stack import Stack
from local.supervision import Supervision
from tests.unit.certificates.test_certificates import certificate
from vocabulary.problems.known import SERVED
from vocabulary.stages import STAGES

NOW = datetime.now(UTC)
BEFORE = {"stable": "1.0", "lesson1": "1.1", "lesson2": "1.2"}
"""Version of each release's classifier."""


def archive(stage: str, version: str) -> Archive:
    return Archive(version=version, digest=f"{SERVED.index(stage)}{version.replace('.', '')}".ljust(64, "0"))


def archives(classifier: str) -> Release:
    return Release(archives={stage: archive(stage, classifier if stage == STAGES[2] else "1.0") for stage in STAGES})


class Site:
    """A hospital's machine: archives, lessons, and a stack that starts nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_keys(folder)
        self.build("stable", *STAGES)
        for number in (1, 2):
            self.build(f"lesson{number}", "classifier")
            self.certify(number)

    def build(self, name: str, *stages: str, version: str = "") -> None:
        """Sign archives of a release."""
        place = self.folder / "archives" if name == "stable" else self.folder / "releases" / name
        place.mkdir(parents=True, exist_ok=True)
        for stage in stages:
            made = archive(stage, version or (BEFORE[name] if stage == "classifier" else "1.0"))
            about = {"stage": stage, "version": made.version, "digest": made.digest, "sources": "s"}
            seal.seal(place / f"{stage}.mar", {"weights": made.digest.encode()}, about, self.folder / "signing.key")

    def certify(self, number: int, expires: datetime = NOW + timedelta(days=9)) -> None:
        """Of the lesson that was taught from the one before."""
        before, after = archives(f"1.{number - 1}"), archives(f"1.{number}")
        told = certificate(lesson=number, parent=before, candidate=after, issued=NOW, expires=expires)
        write(told, self.folder / f"{number}.json", self.folder / "signing.key")

    def stack(self, plan: str = "") -> Stack:
        environment = {"CXR_TRUSTED_KEYS": str(self.folder)}
        return Stack(self.folder / "run", self.ports, self.folder / "archives", environment, plan=Plan.parse(plan))

    @property
    def ports(self) -> Ports:
        return Ports.free()

    def up(self, plan: str = "") -> Stack:
        (stack := self.stack(plan)).up()
        return stack

    def choose(self, *words: str) -> None:
        """`make release`, with what the verb needs."""
        number = words[1][-1] if len(words) > 1 else ""
        given = ["--certificate", str(self.folder / f"{number}.json"), "--key", str(self.folder / "signing.pub")]
        evidence = given if words[0] in ("serve", "canary") else []
        assert release(["--file", str(self.folder / "run" / "releases.yaml"), *words, *evidence]) == 0

    @property
    def followed(self) -> Followed:
        """As the gateway reads it."""
        return Followed.read(self.folder / "run" / "releases.yaml")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(memory, "check", lambda needed: None)
    monkeypatch.setattr(Runtimes, "found", classmethod(lambda cls, _: cls(Path("/java"), Path("/valkey"))))
    monkeypatch.setattr(Supervision, "launch", lambda self, environment: None)
    return Site(tmp_path)


BOTH = "lesson1/classifier=2 lesson2/classifier=1"


def test_what_served_serves_again_after_the_stack_went_down_with_its_replicas_and_its_evidence(site: Site) -> None:
    stack = site.up(BOTH)
    site.choose("serve", "lesson1")
    site.choose("shadow", "lesson2", "0.5")
    stack.down()

    again = site.up()

    assert (site.followed.serve, site.followed.shadow.release, site.followed.shadow.share) == (
        "lesson1",
        "lesson2",
        0.5,
    )
    assert [one.name for one in again.plan.replicas(stage="classifier")][1:] == [
        "lesson1-classifier",
        "lesson1-classifier-2",
        "lesson2-classifier",
    ]
    assert site.followed.releases["lesson1"]["classifier"].at == ",".join(again.targets("classifier", "lesson1"))
    assert site.followed.releases["lesson1"]["classifier"].digest == archive("classifier", "1.1").digest
    assert site.followed.evidence["lesson1"].certificate == str(site.folder / "1.json")
    assert site.followed.withdrawn is None
    site.choose("settle")
    assert release(["--file", str(stack.releases), "rollback"]) == 0


def test_it_serves_again_after_a_power_cut_too(site: Site) -> None:
    site.up(BOTH)
    site.choose("serve", "lesson1")

    site.up()

    assert site.followed.serve == "lesson1"


@pytest.mark.parametrize(
    ("happened", "why"),
    [
        (lambda site: site.certify(1, expires=NOW - timedelta(days=1)), "its certificate: it expired on"),
        (lambda site: expire(site.folder / "1.json", "drift"), "its certificate: expired: drift"),
        (lambda site: (site.folder / "1.json").unlink(), "No such file"),
        (lambda site: (site.folder / "1.json").write_text("{}"), "the signature does not fit"),
        (lambda site: (site.folder / "releases" / "lesson1" / "classifier.mar").unlink(), "there is no such archive"),
        (lambda site: site.build("lesson1", "classifier", version="6.6"), "is another one than answered before"),
        (lambda site: site.build("stable", "segmenter", version="1.9"), "is another one than answered before"),
    ],
)
def test_a_release_that_may_not_answer_any_more_is_withdrawn_and_the_reason_told(site: Site, happened, why) -> None:
    stack = site.up(BOTH)
    site.choose("serve", "lesson1")
    stack.down()
    happened(site)

    again = site.up()

    assert site.followed.serve == "stable"
    assert why in site.followed.withdrawn["lesson1"]
    assert [one.name for one in again.plan.replicas(stage="classifier")] == ["classifier"]
    first, second = told(again.releases)
    assert first == "The release stable answers."
    assert second.startswith("lesson1 was withdrawn at the start: ")


def test_instead_of_a_withdrawn_lesson_its_parent_serves_if_that_may(site: Site) -> None:
    stack = site.up(BOTH)
    site.choose("serve", "lesson1")
    site.choose("serve", "lesson2")
    stack.down()
    site.certify(2, expires=NOW - timedelta(days=1))

    site.up()

    assert site.followed.serve == "lesson1"
    assert set(site.followed.withdrawn) == {"lesson2"}


def test_a_canary_that_may_not_answer_any_more_is_withdrawn_and_what_serves_stays(site: Site) -> None:
    stack = site.up(BOTH)
    site.choose("serve", "lesson1")
    site.choose("canary", "lesson2", "0.2")
    stack.down()
    site.certify(2, expires=NOW - timedelta(days=1))

    site.up()

    assert (site.followed.serve, site.followed.canary) == ("lesson1", None)
    assert set(site.followed.withdrawn) == {"lesson2"}


def test_what_was_withdrawn_is_told_until_somebody_chooses(site: Site) -> None:
    site.up(BOTH)
    site.choose("serve", "lesson1")
    site.certify(1, expires=NOW - timedelta(days=1))
    site.up("lesson1/classifier=1")
    site.up("lesson1/classifier=1")
    assert set(site.followed.withdrawn) == {"lesson1"}

    site.certify(1)
    site.choose("serve", "lesson1")

    assert site.followed.withdrawn is None
    assert site.followed.serve == "lesson1"


def test_what_a_person_answered_for_serves_again_while_its_archives_are_the_same(site: Site) -> None:
    site.up(BOTH)
    assert release(["--file", str(site.stack().releases), "serve", "lesson1", "--without-certificate", "a test"]) == 0
    site.up()
    assert site.followed.serve == "lesson1"
    assert site.followed.evidence["lesson1"].reason == "a test"

    site.build("lesson1", "classifier", version="6.6")
    site.up()
    assert site.followed.serve == "stable"


def test_after_a_start_a_rollback_brings_the_same_back_as_before_it(site: Site) -> None:
    site.up(BOTH)
    site.choose("serve", "lesson1")
    site.choose("serve", "lesson2")
    site.certify(1, expires=NOW - timedelta(days=1))
    site.up("lesson1/classifier=1")

    assert release(["--file", str(site.stack().releases), "rollback"]) == 0
    assert site.followed.serve == "stable", "lesson 1 may not answer any more"


def test_a_file_of_releases_that_is_none_stops_the_start_and_is_told(site: Site) -> None:
    stack = site.up(BOTH)
    stack.releases.write_text("{")

    with pytest.raises(StackError, match="Repair it"):
        site.up()


def test_what_a_number_s_readers_taught_serves_again_beside_the_cascade_s_releases_and_as_far_as_it_may(
    site: Site,
) -> None:
    site.build("stable", "bone-age")
    site.build("lesson1", "bone-age", version="1.1")
    file = site.folder / "run" / "releases-bone-age.yaml"
    before, after = (Release(archives={"bone-age": archive("bone-age", version)}) for version in ("1.0", "1.1"))
    told_of = certificate(parent=before, candidate=after, issued=NOW, expires=NOW + timedelta(days=9))
    write(told_of, site.folder / "1.json", site.folder / "signing.key")
    site.up("bone-age=1 lesson1/bone-age=1")
    given = ["--certificate", str(site.folder / "1.json"), "--key", str(site.folder / "signing.pub")]
    assert release(["--file", str(file), "serve", "lesson1", *given]) == 0

    again = site.up("bone-age=1")

    assert Followed.read(file).serve == "lesson1"
    assert [one.name for one in again.plan.replicas(stage="bone-age")] == ["bone-age", "lesson1-bone-age"]
    assert Followed.read(file).releases["lesson1"]["bone-age"].digest == archive("bone-age", "1.1").digest
    assert list(site.followed.releases) == ["stable"]
    expire(site.folder / "1.json", "drift")
    assert site.up("bone-age=1").answering()[1:] == [
        "The release stable answers for bone-age.",
        "lesson1 was withdrawn at the start: its certificate: expired: drift.",
    ]
