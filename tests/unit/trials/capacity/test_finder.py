"""The smallest plan for a target, and what is written of it."""

from dataclasses import replace

import pytest
import yaml

from local.plan import STABLE, Plan
from tests.kustomize import kustomize
from tests.trials.capacity import files, finder, model, processors
from tests.trials.capacity.finder import NoPlanError, Target, find, keeps
from vocabulary.stages import STAGES

EASY = Target(per_s=2, p95_s=0.5, cores=4)
BUSY = Target(per_s=60, p95_s=0.3, cores=16)


@pytest.fixture(scope="module")
def found(demands):
    """A plan for many films."""
    return find({1: demands}, BUSY)


def test_few_films_need_one_of_each(demands):
    """Nothing is added that nobody waits for."""
    plan = find({1: demands}, EASY)

    assert plan.layout.gateways == 1
    assert {servers.workers for servers in plan.layout.stages.values()} == {1}
    assert plan.memory_mb == pytest.approx(3 * 350 + 180 + 20)


def test_a_plan_keeps_its_target(found):
    """60 films/s need 0.84 of an event loop and 1.2 segmenters; more for the p95."""
    assert keeps(found.outcome, BUSY)
    assert found.layout.stages["segmenter"].workers >= 2


def test_no_server_can_be_taken_from_a_plan(found, demands):
    """Or it would not be the smallest."""
    for stage in STAGES:
        servers = found.layout.stages[stage]
        if servers.workers > 1:
            fewer = {**found.layout.stages, stage: replace(servers, workers=servers.workers - 1)}
            outcome = model.open_(demands, replace(found.layout, stages=fewer), BUSY.per_s)
            assert not keeps(outcome, BUSY), stage
    if found.layout.gateways > 1:
        fewer = replace(found.layout, gateways=found.layout.gateways - 1)
        assert not keeps(model.open_(demands, fewer, BUSY.per_s), BUSY)


def test_too_few_processors_are_told_with_how_many_are_wanted(demands):
    """60 films/s at 81 ms are 4.9 processors, and nine tenths of what there is may be used."""
    with pytest.raises(NoPlanError, match=r"60 films/s take 5\.4 processors, and there are 2"):
        find({1: demands}, replace(BUSY, cores=2))


def test_a_p95_below_one_film_alone_is_refused(demands):
    """No number of servers makes a film quicker than it is by itself."""
    with pytest.raises(NoPlanError, match="a film that is alone takes 90 ms"):
        find({1: demands}, replace(EASY, p95_s=0.05))


def test_more_threads_are_taken_where_only_they_are_quick_enough(demands):
    """Both are told where neither is."""
    quick = replace(demands, alone_s=0.06)

    plan = find({1: demands, 2: quick}, replace(EASY, p95_s=0.085))

    assert plan.threads == 2
    with pytest.raises(NoPlanError, match=r"1 thread a call: .*; 2 threads a call: "):
        find({1: demands, 2: quick}, replace(EASY, p95_s=0.05))


def test_spare_replicas_come_on_top(demands):
    """One of each may be gone."""
    plan = find({1: demands}, replace(EASY, spare=1))

    assert plan.layout.gateways == 2
    assert {servers.replicas for servers in plan.layout.stages.values()} == {2}
    assert {finder.each(servers) for servers in plan.layout.stages.values()} == {1}


def test_the_plan_that_is_written_is_the_plan_that_is_read(found, tmp_path):
    """By `make up PLAN=`."""
    [path, *_] = files.write(tmp_path, found, BUSY)

    sizes = Plan.read(path).releases[STABLE]

    for stage, servers in found.layout.stages.items():
        assert sizes[stage].replicas == servers.replicas
        assert sizes[stage].workers * servers.replicas >= servers.workers
        assert sizes[stage].threads == servers.threads


def test_in_kubernetes_a_worker_is_a_replica(found):
    """So that a pod is what is scheduled, probed and scaled."""
    component = yaml.safe_load(files.kustomization(found, BUSY))

    assert component["kind"] == "Component"
    counts = {each["name"]: each["count"] for each in component["replicas"]}
    assert counts == {stage: each.workers for stage, each in found.layout.stages.items()} | {
        "gateway": found.layout.gateways
    }


def test_kustomize_takes_the_component(demands, tmp_path):
    """With more threads it says how many processors each stage asks for, which are its threads."""
    plan = find({2: replace(demands, alone_s=0.06)}, EASY)
    files.write(tmp_path / "plan", plan, EASY)
    for name in (*STAGES, "gateway"):
        container = {"name": "torchserve", "image": "any"}
        deployment = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {"template": {"spec": {"containers": [container]}}},
        }
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(deployment))
    whole = {"resources": [f"{name}.yaml" for name in (*STAGES, "gateway")], "components": ["plan"]}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(whole))

    for each in yaml.safe_load_all(kustomize(tmp_path)):
        assert each["spec"]["replicas"] == 1
        if each["metadata"]["name"] in STAGES:
            [container] = each["spec"]["template"]["spec"]["containers"]
            assert container["resources"]["requests"]["cpu"] == "2"


def test_the_page_says_what_is_busy(found):
    """And with which figures it was foretold."""
    page = files.report(found, BUSY)

    assert "60 films/s, p95 300 ms, 16 cores" in page
    assert f"| {processors.LOOP} | " in page
