"""Other programs of ours, run as a person would run them."""

import os
import subprocess
import sys

from client.places import SERVICES


def run(module: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`python -m MODULE WORDS`, with what it says kept; whatever its exit code is."""
    command = [sys.executable, "-m", module, *words]
    environment = os.environ | {"PYTHONPATH": str(SERVICES)}
    return subprocess.run(command, env=environment, text=True, capture_output=True, check=False)
