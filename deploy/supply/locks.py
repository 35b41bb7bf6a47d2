"""Exact versions, and the hash of every file that may be installed as one of them: `make constraints`.

deploy/constraints.txt has the versions of all that the extra `dev` brings. For each of LOCKED there is a file in
deploy/locked that `pip install --require-hashes --no-deps` takes: another file that an index or a mirror serves instead
is refused. Only wheels are in it: nothing is built, and so no code of a package runs before it is imported.

torch is the exception, with what its CUDA build asks for: it is published as one version with a file for each kind of
machine, in several places, and a hospital chooses which. Its version is pinned, and its file is not.
"""

import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path, PurePosixPath

import uv
from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename

from local.places import ROOT
from supply.installed import PROJECT, brought

CONSTRAINTS = ROOT / "deploy" / "constraints.txt"
FOLDER = ROOT / "deploy" / "locked"
LOCKED = ("gateway", "scp", "review", "torchserve", "local", "dev")
"""The extras that are installed: one for each image, and those of `make`."""
BY_VERSION_ONLY = frozenset({canonicalize_name("torch")})
INSTALLER = "pip==26.1.2"
"""Locked apart, in a file of its own: it installs the others. The one that Debian 12 brings is slower."""

PYTHON_MINOR = 11
PLATFORM = re.compile(r"any|(many)?linux\w*_(x86_64|aarch64)|macosx_\w+_(arm64|universal2)")
HEAD = "# By `make constraints`: wheels for Python 3.11 on Linux (x86-64, ARM) and macOS (ARM), by their SHA-256.\n"


def write() -> None:
    """Write the versions and the hashes of what is installed now.

    Raises:
        CalledProcessError: the index does not answer, or lacks a version; uv says why.
        LookupError: a version has no wheel that could be installed.
    """
    everything = brought("dev") | _builders()
    CONSTRAINTS.write_text(constraints(everything))
    known = hashes(CONSTRAINTS.read_text() + f"{INSTALLER}\n")
    FOLDER.mkdir(exist_ok=True)
    for extra in LOCKED:
        (FOLDER / f"{extra}.txt").write_text(lock(map(pin, (brought(extra) | _builders()).values()), known))
    (FOLDER / "pip.txt").write_text(lock([INSTALLER], known))


def constraints(distributions: Mapping[NormalizedName, Distribution]) -> str:
    """What `pip install -c` takes: exact versions."""
    head = "# Exact versions of everything that is installed, for `pip install -c`; written by `make constraints`.\n"
    return head + "".join(f"{pin(distributions[name])}\n" for name in sorted(distributions))


def lock(pins: Iterable[str], known: Mapping[NormalizedName, list[str]]) -> str:
    """What `pip install --require-hashes` takes: each pin with the hashes of its files."""
    named = {canonicalize_name(line.partition("==")[0]): line for line in pins}
    return HEAD + "".join(
        " \\\n    ".join([named[name], *(f"--hash=sha256:{each}" for each in known[name])]) + "\n"
        for name in sorted(set(named) - BY_VERSION_ONLY)
    )


def pin(installed: Distribution) -> str:
    """Its exact version, without the name of a local build (`+cpu`)."""
    return f"{canonicalize_name(installed.metadata['Name'])}=={installed.version.partition('+')[0]}"


def hashes(pins: str) -> dict[NormalizedName, list[str]]:
    """The SHA-256 of each wheel that fits, as the index gives them.

    Raises:
        CalledProcessError: the index does not answer, or lacks a version.
        LookupError: a version has no wheel that fits.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked, answer = Path(folder, "pins.txt"), Path(folder, "pylock.toml")
        asked.write_text(pins)
        command = [uv.find_uv_bin(), "pip", "compile", "--quiet", "--no-deps", "--universal", "--no-config"]
        command += [
            "--python-version",
            f"3.{PYTHON_MINOR}",
            "--format",
            "pylock.toml",
            "--output-file",
            str(answer),
            str(asked),
        ]
        subprocess.run(command, check=True)
        packages = tomllib.loads(answer.read_text())["packages"]
    found = {canonicalize_name(package["name"]): _fitting(package.get("wheels", [])) for package in packages}
    if missing := sorted(name for name, wheels in found.items() if not wheels):
        raise LookupError(f"no wheel for Python 3.{PYTHON_MINOR} of {', '.join(missing)}")
    return found


def fits(file: str) -> bool:
    """Whether Python 3.11 on one of the machines can install the wheel."""
    return any(_runs(tag) and PLATFORM.fullmatch(tag.platform) for tag in parse_wheel_filename(file)[3])


def _fitting(wheels: list[dict[str, object]]) -> list[str]:
    named = {PurePosixPath(str(wheel["url"])).name: wheel["hashes"] for wheel in wheels}
    return sorted(entry["sha256"] for name, entry in named.items() if isinstance(entry, dict) and fits(name))


def _runs(tag: Tag) -> bool:
    """The rules of the platform compatibility tags, for the one version that is wanted."""
    if tag.interpreter == f"cp3{PYTHON_MINOR}" or tag.interpreter == "py3":
        return tag.abi in ("none", "abi3", f"cp3{PYTHON_MINOR}")
    older = re.fullmatch(r"(cp|py)3(\d+)", tag.interpreter)
    if not older or int(older[2]) > PYTHON_MINOR:
        return False
    return tag.abi == ("abi3" if older[1] == "cp" else "none")


def _builders() -> dict[NormalizedName, Distribution]:
    """What builds our own distribution: it is installed beside the others, so that nothing is fetched for it."""
    names = [Requirement(line).name for line in PROJECT["build-system"]["requires"]]
    return {canonicalize_name(name): distribution(name) for name in names}
