"""What a plan can do, by what a film takes."""

from dataclasses import replace

import pytest

from local.plan import Plan
from tests.trials.capacity import model, processors, trials
from tests.trials.capacity.demands import CLIENT, a_film
from tests.trials.capacity.model import Layout
from vocabulary.stages import STAGES


def test_two_processors_are_the_limit_of_one_of_each(demands):
    """2 / 86 ms: the sum of all parts, what sends them included."""
    found = model.bound(demands, Layout(cores=2))

    assert found.per_s == pytest.approx(2 / 0.083, rel=1e-6)
    assert found.bottleneck == "all processors"


def test_without_the_client_there_is_more_for_the_stack(demands):
    """What sends the films runs elsewhere."""
    assert model.bound(demands, Layout(cores=2, client=False)).per_s == pytest.approx(2 / 0.081, rel=1e-6)


def test_with_many_processors_the_segmenters_worker_is_the_limit(demands):
    """Until it has a second one; then it is the gateway's event loop."""
    assert model.bound(demands, Layout(cores=64)).bottleneck == processors.worker("segmenter")

    more = trials.layout(Plan.parse("segmenter=2"), 64)

    assert model.bound(demands, more).per_s == pytest.approx(1 / 0.014)
    assert model.bound(demands, more).bottleneck == processors.LOOP


def test_few_users_are_the_limit(demands):
    """One user gets a film in 90 ms, however many processors there are."""
    found = model.bound(demands, Layout(cores=64), users=1)

    assert (found.bottleneck, found.per_s) == ("users", pytest.approx(1 / 0.090))
    assert model.closed(demands, Layout(cores=64), 1, 200).per_s == pytest.approx(1 / 0.090, rel=0.02)


def test_what_is_confined_has_only_its_own_processor(demands):
    """The stages on one of two: 50 ms a film there, 33 on the other."""
    confined = dict.fromkeys(STAGES, (0,)) | dict.fromkeys(("gateway", "valkey", ""), (1,))
    layout = Layout(cores=2, confined=confined)

    found = model.bound(demands, layout)

    assert (found.per_s, found.bottleneck) == (pytest.approx(20), "processors 0")
    assert model.closed(demands, layout, 16, 1000).per_s == pytest.approx(20, rel=0.02)


def test_contention_and_what_runs_anyway_leave_less(demands):
    """A tenth more work, and a fifth of a processor that is gone."""
    busy = replace(demands, contention=0.1, idle_cores=0.2)

    assert model.bound(busy, Layout(cores=2)).per_s == pytest.approx(1.8 / 0.083 / 1.1, rel=1e-6)


def test_more_threads_take_the_work_of_a_call_apart(demands):
    """The segmenter alone on two processors: 10 ms instead of 20."""
    wide = trials.layout(Plan.parse("segmenter.threads=2"), 64)
    step = next(each for each in model.system(demands, wide).steps if each.station == processors.worker("segmenter"))

    assert (step.work_s, step.width) == (0.020, 2)


def test_every_part_is_met_as_much_as_was_measured(demands):
    """No work is lost on the way through the steps."""
    steps = model.system(demands, Layout()).steps

    for part, used in demands.cpu_s.items():
        assert sum(step.work_s for step in steps if step.station == part) == pytest.approx(used), part


def test_what_a_film_takes_is_without_what_the_stack_takes_anyway():
    """100 films in 10 s; the event loop used 2 s, of which 0.5 would have been used without any."""
    before, after = {processors.LOOP: 1.0}, {processors.LOOP: 3.0, processors.worker("classifier"): 1.0}

    found = a_film(before, after, {processors.LOOP: 0.05}, 10, 100)

    assert found[processors.LOOP] == pytest.approx(0.015)
    assert found[processors.worker("classifier")] == pytest.approx(0.010), "a worker that was not there before"
    assert found["valkey"] == 0
    assert CLIENT not in found, "it is no part of the stack"


def test_trials_need_the_processors_that_they_name():
    """On one core there is nothing to confine."""
    names = {trial.name for trial in trials.of_this_machine(1)}

    assert "one of each" in names
    assert "the stages on one core" not in names
    assert len(trials.of_this_machine(2)) == len(trials.TRIALS)


def test_the_first_trial_has_one_thread_and_one_of_each():
    """What a film takes is measured on its stack, memory too."""
    layout = trials.TRIALS[0].layout(2)

    assert {(each.workers, each.replicas, each.threads) for each in layout.stages.values()} == {(1, 1, 1)}
