from pathlib import Path

import pytest

from local import memory
from local.errors import NoMemoryError, PlanError
from local.plan import STABLE, Plan, Replica, Size, as_stored


def names(plan: Plan) -> list[str]:
    return [replica.name for replica in plan.replicas()]


def test_every_stage_has_one_replica_unless_told_otherwise() -> None:
    assert names(Plan()) == names(Plan.parse("")) == ["discriminator", "segmenter", "classifier"]


def test_each_replica_of_each_release_has_a_name_of_its_own_by_which_it_is_known() -> None:
    plan = Plan.parse("classifier=3 next/classifier=2 next/segmenter=1")

    assert names(plan) == [
        *("discriminator", "segmenter", "classifier", "classifier-2", "classifier-3"),
        *("next-classifier", "next-classifier-2", "next-segmenter"),
    ]
    assert [Replica.named(name) for name in names(plan)] == plan.replicas()
    assert Replica.named("next-classifier-2") == Replica("next", "classifier", 2)
    assert Replica.named("gateway") is None


def test_workers_and_threads_are_of_each_replica_of_a_stage() -> None:
    plan = Plan.parse("classifier=2 classifier.workers=3 classifier.threads=1")

    assert {plan.size(replica) for replica in plan.replicas(stage="classifier")} == {Size(2, 3, 1)}
    assert plan.size(Replica(STABLE, "segmenter", 1)) == Size(1, 1, None)


def test_what_is_not_named_stays_as_it_was() -> None:
    before = Plan.parse("classifier=2 segmenter.workers=2 next/classifier=1")

    after = Plan.parse("classifier=3", before)

    assert after == Plan.parse("classifier=3 segmenter.workers=2 next/classifier=1")


def test_release_answers_with_stables_replicas_where_it_has_none_and_goes_with_its_last() -> None:
    plan = Plan.parse("classifier=2 next/classifier=1")

    assert plan.serving("next", "classifier") == [Replica("next", "classifier", 1)]
    assert plan.serving("next", "segmenter") == [Replica(STABLE, "segmenter", 1)]
    assert Plan.parse("next/classifier=0", plan) == Plan.parse("classifier=2")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("clasifier=2", "there is no stage clasifier. The stages are discriminator, segmenter, classifier"),
        ("classifier=0", "replicas must be a number from 1 to 16"),
        ("classifier=17", "replicas must be a number from 1 to 16"),
        ("classifier=-1", "replicas must be a number from 1 to 16"),
        ("classifier=²", "replicas must be a number from 1 to 16"),
        ("classifier=many", "replicas must be a number from 1 to 16"),
        ("classifier=", "replicas must be a number from 1 to 16"),
        ("classifier.workers=0", "workers must be a number from 1 to 16"),
        ("classifier.gpus=1", "gpus is none of replicas, workers, threads"),
        ("classifier", "classifier does not say how many"),
        ("next/classifier=17", "replicas must be a number from 0 to 16"),
        ("classifier=9 next/classifier=9", "18 replicas of the classifier in all releases; at most 16"),
        ("classifier/classifier=1", "classifier is no release's name"),
        ("../classifier=1", ".. is no release's name"),
        ("bone-age/classifier=1", "bone-age is no release's name"),
        ("next/bone-age=1", "stands beside the stable one: bone-age=1 first"),
    ],
)
def test_what_does_not_fit_is_told_by_its_word(text: str, told: str) -> None:
    with pytest.raises(PlanError) as error:
        Plan.parse(text)

    assert text.rsplit(maxsplit=1)[-1] in str(error.value)
    assert told in str(error.value)


def test_file_for_containers_is_read_and_what_is_not_about_stages_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "capacity.env"
    file.write_text(
        "# for 40 films a minute\n"
        "CXR_CLASSIFIER_REPLICAS=2\n"
        "export CXR_CLASSIFIER_WORKERS='2'   # each\n"
        "CXR_SEGMENTER_THREADS=2\n"
        "CXR_STAGE_THREADS=4\nCXR_GATEWAY_REPLICAS=2\nCXR_PORT=8001\n\n"
    )

    assert Plan.read(file) == Plan.parse("classifier=2 classifier.workers=2 segmenter.threads=2")


def test_file_that_does_not_fit_is_told_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "capacity.env"
    file.write_text("CXR_CLASIFIER_REPLICAS=2\n")

    with pytest.raises(PlanError, match=rf"CXR_CLASIFIER_REPLICAS=2 in {file}: there is no stage clasifier"):
        Plan.read(file)
    with pytest.raises(PlanError, match=r"none\.env cannot be read: .*No such file"):
        Plan.read(tmp_path / "none.env")


def test_a_stage_of_another_problem_is_there_where_it_is_asked_for_and_goes_with_its_last(tmp_path: Path) -> None:
    (tmp_path / "plan.env").write_text("CXR_BONE_AGE_REPLICAS=2\n")
    plan = Plan.read(tmp_path / "plan.env")

    assert not Plan().replicas(stage="bone-age")
    assert [each.name for each in plan.replicas(stage="bone-age")] == ["bone-age", "bone-age-2"]
    assert [Replica.named(each.name) for each in plan.replicas()] == plan.replicas()
    assert plan.told().endswith("bone-age 2")
    assert Plan.parse("bone-age=0", plan) == Plan()


def test_plan_is_read_as_it_was_stored() -> None:
    plan = Plan.parse("classifier=2 classifier.threads=2 next/classifier=1")

    assert Plan.stored(as_stored(plan)) == plan


def test_plan_tells_what_it_is_in_one_line() -> None:
    plan = Plan.parse("classifier=2 classifier.workers=2 segmenter.threads=1 next/classifier=1")

    assert plan.told() == (
        "discriminator 1, segmenter 1 on 1 thread, classifier 2 with 2 workers each, next/classifier 1"
    )


def test_plan_that_does_not_fit_into_memory_is_refused_with_what_it_needs() -> None:
    plan = Plan.parse("classifier=4 classifier.workers=2")
    needed = memory.needed(plan, plan.replicas())

    memory.check(needed, available=needed)
    with pytest.raises(NoMemoryError, match=r"needs about 1\.9 GB of memory, and 1\.0 GB are free"):
        memory.check(needed, available=1_000_000_000)
