from pathlib import Path

import pytest
import yaml

from certificates.certificate import Archive
from gateway.fleet.releases import Plan as Followed
from gateway.release import main as release
from local import releases
from local.errors import InUseError, StackError
from local.plan import Plan
from local.ports import Ports

BECAUSE = ("--without-certificate", "a test")


def ports(plan: Plan) -> Ports:
    return Ports.default({}).holding({each.name: each.stage for each in plan.replicas()})


def written(path: Path, text: str, before: Plan | None = None) -> Plan:
    plan = Plan.parse(text)
    releases.write(path, plan, ports(plan), before)
    return plan


def test_gateway_reads_the_replicas_of_a_plan(tmp_path: Path) -> None:
    file = tmp_path / "releases.yaml"
    plan = written(file, "classifier=2")

    followed = Followed.read(file)

    assert followed.serve == "stable"
    assert followed.releases["stable"]["segmenter"].at == "127.0.0.1:7080"
    assert followed.releases["stable"]["classifier"].at.split(",") == releases.targets(plan, ports(plan), "classifier")
    assert [each.name for each in tmp_path.iterdir()] == ["releases.yaml"]


def test_stages_that_a_release_has_no_replicas_of_are_stables(tmp_path: Path) -> None:
    file = tmp_path / "releases.yaml"
    plan = written(file, "segmenter=2 next/classifier=1")

    told = Followed.read(file).releases

    assert told["next"]["discriminator"] == told["stable"]["discriminator"]
    assert told["next"]["segmenter"] == told["stable"]["segmenter"]
    assert told["next"]["classifier"].at == f"127.0.0.1:{ports(plan).stages['next-classifier'].grpc}"


def test_what_the_operator_chose_stays_when_the_replicas_change(tmp_path: Path) -> None:
    file = tmp_path / "releases.yaml"
    before = written(file, "next/classifier=1")
    release(["--file", str(file), "canary", "next", "0.1", *BECAUSE])
    document = yaml.safe_load(file.read_text())
    document["releases"]["next"]["classifier"] |= {"version": "1.2.0", "digest": "ab" * 32}
    document["releases"]["elsewhere"] = document["releases"]["stable"]
    file.write_text(yaml.safe_dump(document))

    written(file, "classifier=2 next/classifier=2", before)

    followed = Followed.read(file)
    assert (followed.serve, followed.canary.release, followed.canary.share) == ("stable", "next", 0.1)
    assert followed.releases["next"]["classifier"].version == "1.2.0"
    assert followed.releases["next"]["classifier"].digest == "ab" * 32
    assert len(followed.releases["next"]["classifier"].at.split(",")) == 2
    assert followed.releases["elsewhere"] == Followed.model_validate(document).releases["stable"]


def test_rollback_undoes_a_choice_and_no_replica(tmp_path: Path) -> None:
    file = tmp_path / "releases.yaml"
    before = written(file, "next/classifier=1")
    release(["--file", str(file), "serve", "next", *BECAUSE])

    written(file, "classifier=2 next/classifier=1", before)

    assert release(["--file", str(file), "rollback"]) == 0
    assert Followed.read(file).serve == "stable"
    assert len(Followed.read(file).releases["stable"]["classifier"].at.split(",")) == 2


@pytest.mark.parametrize("choice", [("serve", "next", *BECAUSE), ("canary", "next", *BECAUSE), ("shadow", "next")])
def test_release_that_films_go_to_is_not_removed(tmp_path: Path, choice: tuple[str, ...]) -> None:
    file = tmp_path / "releases.yaml"
    written(file, "next/classifier=1")
    releases.check_unused(file, {"next"})
    release(["--file", str(file), *choice])

    with pytest.raises(InUseError, match=rf"The release next is in use \({choice[0]}\)"):
        releases.check_unused(file, {"next"})


def test_release_that_lost_its_replicas_is_gone_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "releases.yaml"
    before = written(file, "next/classifier=1")
    references = {"stable": "stable.json", "next": "next.json"}
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"references": references}))

    written(file, "", before)

    followed = Followed.read(file)
    assert set(followed.releases) == {"stable"}
    assert followed.references == {"stable": "stable.json"}


@pytest.mark.parametrize("text", ["{", "releases: [1]", "a file"])
def test_file_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "releases.yaml"
    file.write_text(text)

    with pytest.raises(StackError, match=r"releases\.yaml .*Repair it"):
        written(file, "")


OLD, NEW = (Archive(version=version, digest=version[-1] * 64) for version in ("1.2.0", "1.3.1"))


def test_what_was_signed_is_pinned_and_a_stage_of_stables_is_pinned_as_stables(tmp_path: Path) -> None:
    file, plan = tmp_path / "releases.yaml", Plan.parse("next/classifier=1")

    releases.write(file, plan, ports(plan), pins={("stable", "classifier"): OLD, ("next", "classifier"): NEW})

    told = Followed.read(file).releases
    assert (told["stable"]["classifier"].version, told["stable"]["classifier"].digest) == (OLD.version, OLD.digest)
    assert (told["next"]["classifier"].version, told["next"]["classifier"].digest) == (NEW.version, NEW.digest)
    assert told["next"]["segmenter"] == told["stable"]["segmenter"]
    assert told["stable"]["segmenter"].digest is None


def test_a_pin_stays_when_more_replicas_come(tmp_path: Path) -> None:
    file, plan, more = tmp_path / "releases.yaml", Plan(), Plan.parse("classifier=2")
    releases.write(file, plan, ports(plan), pins={("stable", "classifier"): OLD})

    releases.write(file, more, ports(more), plan, {("stable", "classifier"): NEW})

    assert Followed.read(file).releases["stable"]["classifier"].digest == OLD.digest


def test_a_replica_of_another_archive_than_is_pinned_is_not_added(tmp_path: Path) -> None:
    file, plan = tmp_path / "releases.yaml", Plan()
    releases.write(file, plan, ports(plan), pins={("stable", "classifier"): OLD})

    releases.check_pinned(file, {("stable", "classifier"): OLD, ("next", "classifier"): NEW})
    with pytest.raises(InUseError, match=r"classifier\.mar of the release stable is another one \(version 1\.3\.1"):
        releases.check_pinned(file, {("stable", "classifier"): NEW})
