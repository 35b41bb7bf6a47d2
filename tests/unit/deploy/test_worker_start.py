"""What a stage's worker runs first, in a Python of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from client.places import SERVICES
from local.archives import WORKER_START


@pytest.fixture
def run(tmp_path: Path):
    """Runs a program as a worker is run, with the file where an archive has it."""
    shutil.copy(WORKER_START, tmp_path / "sitecustomize.py")

    def run(program: str) -> str:
        environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{SERVICES}"}  # cxr is beside it
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    return run


def test_importing_torch_loads_nothing(run) -> None:
    program = """
import importlib.util, sys, torch
print("torch._C" in sys.modules, importlib.util.find_spec("torch").name)
"""

    assert run(program).split() == ["False", "torch"]


def test_a_handler_that_uses_torch_has_it_whole(run) -> None:
    program = """
import torch as early
from torch import nn
import torch.nn.functional as F
import torch
print(early.Tensor is torch.Tensor, isinstance(torch.ones(1), early.Tensor), nn is torch.nn)
print(float(F.relu(early.tensor(-1.0))))
"""

    assert run(program).split() == ["True", "True", "True", "0.0"]


def test_a_worker_loads_no_coloured_tracebacks_and_nothing_that_converts_networks(run) -> None:
    program = """
import gc, sys
import cxr.stage
names = "structlog", "openvino", "rich", "openvino.tools.ovc"
print(*(bool(sys.modules.get(name)) for name in names), gc.isenabled())
"""

    assert run(program).split() == ["True", "True", "False", "False", "False"]


def test_a_stage_that_has_started_can_load_everything_and_is_looked_through_for_garbage(run) -> None:
    program = """
import gc
from cxr import importing
importing.end()
import rich, requests
from openvino.tools.ovc import convert_model
print(gc.isenabled(), gc.get_freeze_count() > 0)
"""

    assert run(program).split() == ["True", "True"]
