import os
import subprocess
import sys
from pathlib import Path

from client.places import SERVICES
from training.__main__ import ACTIONS
from training.arguments import parser


def test_help_says_what_it_is_which_actions_there_are_and_where_to_read_more() -> None:
    told = " ".join(parser().format_help().split())

    assert "Trains the networks" in told
    assert "docs/training.md" in told
    assert all(f" {name} " in told for name in ACTIONS)


PROGRAM = """
import atexit, sys
from training.command import main

atexit.register(lambda: print("MONAI" if "monai" in sys.modules else "no network"))
sys.argv[1:] = ["reference", "--help"]
main()
"""


def test_the_command_needs_no_folder_to_be_in_and_imports_no_network_that_it_does_not_build(tmp_path: Path) -> None:
    """In the repository the handlers, by which training answers as TorchServe does, lie beside services."""
    environment = os.environ | {"PYTHONPATH": str(SERVICES)}

    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "--films" in done.stdout and done.stdout.endswith("no network\n")
