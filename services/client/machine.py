"""The verbs of the command cxr that run the stack on this machine.

They are those of the package local, which lies above this one and needs far more than a client does: it is looked for
only when one of them is asked for.
"""

import importlib
import sys

VERBS = {
    "demo": "start everything on this machine, and assess the sample films",
    "up": "start everything on this machine",
    "down": "stop it",
    "status": "what runs, how much memory it takes, and whether it answers",
    "top": "what it does now, how fast, and where a film's time goes",
    "observe": "start Prometheus with our alert rules, looking at it",
    "logs": "its logs, merged",
    "scale": "more or fewer replicas of a stage",
    "backup": "all that nobody can make again into one file",
    "restore": "put a backup back",
}

MISSING = 1
"""The exit code where what runs a stack is not installed."""


def run(words: list[str]) -> int:
    """Do what the words say; the exit code."""
    try:
        does = importlib.import_module("local.cli")
    except ModuleNotFoundError as error:
        print(
            f"cxr: `cxr {words[0]}` runs the whole stack here, for which {error.name} is missing: "
            "install cxr-cascade[local]",
            file=sys.stderr,
        )
        return MISSING
    code: int = does.main(words)
    return code
