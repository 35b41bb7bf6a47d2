"""What the comparison with other serving libraries stands on."""

import itertools
import json
import os
import subprocess
import sys
import time

import cv2
import numpy as np
import psutil
import pytest

from imaging.picture import read_picture
from local.places import ROOT
from tests.trials.bench.errors import MeasurementError
from tests.trials.compare import compare, environments, libraries
from tests.trials.compare.contender import Contender
from tests.trials.compare.distinct import Films
from tests.trials.compare.family import Family
from tests.trials.compare.users import Taken, closed_loop


def film():
    """Pixels without any rule."""
    return np.random.default_rng(0).integers(0, 256, (64, 80), np.uint8)


@pytest.mark.parametrize("number", [0, 1, 2**31 + 5, 2**32 - 1])
def test_distinct_film_is_the_film_but_for_its_number(number):
    """Read by OpenCV and by what the gateway reads with, each of which checks all checksums."""
    pixels = film()

    data = Films(pixels).film(number)

    for read in (cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), read_picture(data, 10**6).pixels):
        assert (read[1:] == pixels[1:]).all() and (read[0, 32:] == pixels[0, 32:]).all()
        assert sum(int(value > 0) << bit for bit, value in enumerate(read[0, :32])) == number


def test_users_send_each_film_once_and_only_what_ends_in_time_is_throughput():
    """Four users of 5 ms each, for a fifth of a second."""
    sent = []

    def ask(film):
        sent.append(film)
        time.sleep(0.005)
        return {"outcome": "assessed"}

    taken = closed_loop([ask] * 4, map(str.encode, map(str, itertools.count())), 0.2, lambda answer: None)

    assert len(sent) == len(set(sent)) == taken.films
    assert taken.films - 4 <= 0.2 * taken.per_s <= taken.films
    assert taken.p50_ms >= 5 and taken.errors == 0


def test_wrong_answer_ends_the_load():
    """Whatever its speed."""

    def check(answer):
        raise MeasurementError("not assessed")

    with pytest.raises(MeasurementError, match="not assessed"):
        closed_loop([lambda film: {}], itertools.repeat(b""), 1, check)


def test_who_answers_too_few_films_is_not_reported():
    """With what the last error was."""

    def ask(film):
        time.sleep(0.001)
        raise ConnectionResetError("gone")

    with pytest.raises(MeasurementError, match="gone"):
        closed_loop([ask], itertools.repeat(b""), 0.05, lambda answer: None)


def test_family_ends_with_children_that_left_it(tmp_path):
    """Such as Ray's: in a session of their own, deaf to signals, their parent gone."""
    child = (
        "import signal, time, os; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "os.setsid(); print(os.getpid(), flush=True); time.sleep(60)"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    family = Family([sys.executable, "-c", parent], os.environ, tmp_path, tmp_path / "log")
    until = time.monotonic() + 20
    while not (told := (tmp_path / "log").read_text()).strip() and time.monotonic() < until:
        time.sleep(0.05)
    assert family.memory_mb() > 5

    family.end()

    assert family.ended
    assert not psutil.pid_exists(int(told)) or psutil.Process(int(told)).status() == psutil.STATUS_ZOMBIE


def test_memory_of_a_family_is_its_childrens_too(tmp_path):
    """64 MB in a child."""
    child = "import time; held = bytearray(b'x') * 64_000_000; print('held', flush=True); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    family = Family([sys.executable, "-c", parent], os.environ, tmp_path, tmp_path / "log")
    try:
        until = time.monotonic() + 20
        while "held" not in (tmp_path / "log").read_text() and time.monotonic() < until:
            time.sleep(0.05)
        assert family.memory_mb() > 64
    finally:
        family.end()


@pytest.mark.parametrize("name", libraries.LIBRARIES)
def test_every_requirement_is_exact_and_openvino_is_ours(name):
    """The same networks in the same runtime; and nothing that tells its maker of it."""
    lines = (environments.REQUIREMENTS / f"{name}.txt").read_text().splitlines()

    assert all(line.count("==") == 1 and "@" not in line for line in lines)
    assert not any(line.startswith(("openvino-telemetry", "torch==")) for line in lines)
    pinned = (ROOT / "deploy" / "constraints.txt").read_text().splitlines()
    for package in ("openvino", "numpy", "opencv-python-headless", "pillow"):
        version = environments.version(name, package)
        assert any(line.lower() == f"{package}=={version}" for line in pinned), package


def test_lines_of_glue_are_code(tmp_path):
    """Neither documentation nor empty lines."""
    module = tmp_path / "with_it.py"
    module.write_text(
        '"""What it is,\n\nat length.\n"""\n\nimport it\n\n\ndef f():\n    """One."""\n    # why\n    return 1\n'
    )

    assert libraries.lines_of_glue(module) == 3


def test_what_runs_elsewhere_needs_neither_torch_nor_the_gateway():
    """The alternatives' environments have neither."""
    code = (
        "import sys, tests.trials.compare.work;"
        "print([name for name in ('torch', 'fastapi', 'grpc', 'redis', 'pydicom', 'gateway') if name in sys.modules])"
    )
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'services'}"}

    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | path, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_summary_is_of_medians_over_rounds():
    """And keeps the lowest and the highest."""
    rounds = [
        compare.Round(5, 100, 120, [Taken(1, rate, 10, 20, 50, 0), Taken(4, 2 * rate, 30, 40, 90, 1)])
        for rate in (8.0, 10.0, 9.0)
    ]

    told = compare.summary(Contender("one", lambda setting: None, "1.0", 20), rounds)

    assert told["users"]["1"]["per_s"] == {"median": 9.0, "low": 8.0, "high": 10.0}
    assert told["best_per_s"]["median"] == 18.0
    assert told["errors"] == 3
    json.dumps(told)
