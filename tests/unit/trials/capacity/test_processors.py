"""Processor time by part, of processes that say whose they are, and where they may run."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from local import leftovers
from tests.trials.capacity import processors
from tests.trials.capacity.processors import LOOP, THREADS, Others, confined, cpu_s, java, worker

WORKS = """
import threading, time
def work(seconds):
    started = time.thread_time()
    while time.thread_time() - started < seconds: pass
other = threading.Thread(target=work, args=(0.1,)); other.start()
work(0.3)
other.join()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("done", flush=True)
time.sleep(60)
"""


@pytest.fixture
def start(tmp_path):
    """Starts a process of a stack, which has worked 0.3 s in its main thread, and 0.1 s in another."""
    started = []

    def process(name, *words):
        marks = {leftovers.STACK: str(tmp_path.resolve()), leftovers.PROCESS: name}
        command = [sys.executable, "-c", WORKS, *words]
        started.append(subprocess.Popen(command, env=os.environ | marks, stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout.readline() == "done\n"
        return psutil.Process(started[-1].pid)

    yield process
    for each in started:
        each.kill()
        each.wait()
        each.stdout.close()


def test_a_gateways_event_loop_is_told_from_its_threads(start, tmp_path):
    """Threads that have ended are no longer told: those of a gateway do not end."""
    start("gateway")

    used = cpu_s(tmp_path)

    assert used[LOOP] == pytest.approx(0.3, abs=0.15)
    assert THREADS in used


def test_workers_are_told_from_java_and_replicas_are_added_up(start, tmp_path):
    """By their command; classifier-2 is the second replica."""
    start("classifier")
    start("classifier-2", "model_service_worker.py")
    start("classifier", "model_service_worker.py")

    used = cpu_s(tmp_path)

    assert used[worker("classifier")] == pytest.approx(2 * used[java("classifier")], rel=0.4)


def test_another_stacks_processes_are_not_counted(start, tmp_path):
    """Two may be up."""
    start("gateway")

    assert cpu_s(tmp_path / "other") == {}


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one processor")
def test_a_part_is_kept_on_its_processors_with_all_its_threads(start, tmp_path):
    """A stage's name is that of all its replicas; afterwards everything is as it was."""
    every = os.sched_getaffinity(0)
    first, second, other = start("classifier"), start("classifier-2"), start("gateway")

    with confined(tmp_path, {"classifier": (0,), "": (1,)}):
        assert {frozenset(os.sched_getaffinity(thread.id)) for thread in first.threads()} == {frozenset({0})}
        assert os.sched_getaffinity(second.pid) == {0}
        assert os.sched_getaffinity(other.pid) == every
        assert os.sched_getaffinity(0) == {1}

    assert {frozenset(os.sched_getaffinity(thread.id)) for thread in first.threads()} == {frozenset(every)}
    assert os.sched_getaffinity(0) == every


def test_what_a_stack_works_is_not_what_others_work(start, tmp_path):
    """It is taken off, as is what this process and its children do."""
    with Others(tmp_path) as ours:
        start("gateway")
        time.sleep(0.1)

    assert 0 <= ours.cores <= len(os.sched_getaffinity(0)) + 1
    assert processors.memory_mb(tmp_path)[LOOP] > 1
