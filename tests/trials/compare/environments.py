"""An environment for each alternative, of exactly the versions in requirements/NAME.txt: theirs conflict with ours."""

import subprocess
import venv
from pathlib import Path

from tests.trials.bench.errors import MeasurementError

REQUIREMENTS = Path(__file__).parent / "requirements"


def prepare(name: str, folder: Path) -> Path:
    """The environment's folder of programs; made, or made anew, where it is not of these very versions.

    Args:
        name: of the alternative.
        folder: of all environments.

    Raises:
        MeasurementError: a package cannot be installed.
    """
    wanted, place = REQUIREMENTS / f"{name}.txt", folder / name
    stamp = place / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        venv.create(place, clear=True, with_pip=True, symlinks=True)
        # The list is complete: without their dependencies, nothing else comes, such as openvino's telemetry.
        words = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", str(wanted))
        done = subprocess.run([place / "bin" / "python", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise MeasurementError(f"{name} cannot be installed: {done.stderr.strip()[-500:]}")
        stamp.write_text(wanted.read_text())
    return place / "bin"


def version(name: str, package: str) -> str:
    """Of a package, as its requirements pin it."""
    lines = (REQUIREMENTS / f"{name}.txt").read_text().splitlines()
    return next(line.partition("==")[2] for line in lines if line.partition("==")[0] == package)
