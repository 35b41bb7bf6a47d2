"""Where things lie on this machine: beside the code in a checkout, else where this user's programs keep their state.

CXR_HOME         folder of what runs here and is kept: archives, logs, films, readings
CXR_MODEL_STORE  folder of the weights, as model_store has them
"""

import os
from importlib.util import find_spec
from pathlib import Path

SERVICES = Path(__file__).resolve().parents[1]
"""The folder of our packages."""

CHECKOUT = SERVICES.parent if (SERVICES.parent / "model_store").is_dir() else None
"""The repository that this code is run from; None where it was installed from a wheel."""

MODELS = "cxr_models"
"""The package that the wheel of the weights brings."""


def home() -> Path:
    """CXR_HOME, else the checkout's build folder, else a folder of its own.

    Source:
        XDG Base Directory Specification 0.8: XDG_STATE_HOME.
    """
    if named := os.environ.get("CXR_HOME"):
        return Path(named).resolve()
    if CHECKOUT:
        return CHECKOUT / "build"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "cxr-cascade"


def model_store() -> Path:
    """CXR_MODEL_STORE, else the checkout's, else that of the package of the weights; it may not be there."""
    if named := os.environ.get("CXR_MODEL_STORE"):
        return Path(named).resolve()
    if CHECKOUT:
        return CHECKOUT / "model_store"
    package = find_spec(MODELS)
    return Path(*list(package.submodule_search_locations or ())[:1]) if package else home() / "models"


def releases_file(run: Path, problem: str = "") -> Path:
    """Which releases of a problem's stages there are, and which answers.

    Args:
        run: folder of what runs here.
        problem: whose answer is a number, by its name; empty for the chest.
    """
    return run / (f"releases-{problem}.yaml" if problem else "releases.yaml")
