"""What is locked is what is asked for, and pip takes nothing else."""

import importlib.metadata
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from supply.installed import PROJECT, brought, needed
from supply.locks import BY_VERSION_ONLY, CONSTRAINTS, FOLDER, INSTALLER, LOCKED, fits, lock

FILES = sorted(FOLDER.glob("*.txt"))
ENTRY = re.compile(r"^([a-z0-9-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE)


def locked(file: Path) -> dict[str, str]:
    """The versions in a file."""
    return {name: version for name, version, _ in ENTRY.findall(file.read_text())}


def pins() -> dict[str, str]:
    return dict(line.split("==") for line in CONSTRAINTS.read_text().splitlines() if not line.startswith("#"))


def test_there_is_a_lock_for_each_image_for_what_runs_here_for_developing_and_for_pip_itself() -> None:
    assert {file.stem for file in FILES} == {*LOCKED, "pip"}
    assert locked(FOLDER / "pip.txt") == {"pip": INSTALLER.partition("==")[2]}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_pin_has_a_hash_and_the_file_holds_nothing_else(file: Path) -> None:
    head, body = file.read_text().split("\n", 1)

    assert head.startswith("#")
    assert all(hashes for _, _, hashes in ENTRY.findall(body))
    assert ENTRY.sub("", body).strip() == "", "a host, a folder or an option would be more than what is looked at"


@pytest.mark.parametrize("extra", LOCKED)
def test_what_is_locked_is_what_the_extra_brings_at_the_versions_that_are_installed(extra: str) -> None:
    there = locked(FOLDER / f"{extra}.txt")
    builders = {canonicalize_name(Requirement(line).name) for line in PROJECT["build-system"]["requires"]}

    assert set(there) == (set(brought(extra)) | builders) - BY_VERSION_ONLY
    assert there == {name: version for name, version in pins().items() if name in there}
    assert there == {name: importlib.metadata.version(name) for name in there}


def test_every_need_of_what_is_locked_is_locked_too() -> None:
    for extra in LOCKED:
        distributions = brought(extra)
        for distribution in distributions.values():
            for requirement in needed(distribution):
                assert requirement.specifier.contains(distributions[canonicalize_name(requirement.name)].version)


def test_what_reports_to_openvinos_maker_is_in_no_lock_and_torch_is_known_by_its_version_alone() -> None:
    assert not any("openvino-telemetry" in locked(file) or "torch" in locked(file) for file in FILES)
    assert "torch" in pins()


@pytest.mark.parametrize(
    ("file", "fit"),
    [
        ("numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", True),
        ("numpy-2.4.6-cp311-cp311-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl", True),
        ("cryptography-50.0.2-cp39-abi3-manylinux_2_28_x86_64.whl", True),
        ("idna-3.20-py3-none-any.whl", True),
        ("six-1.17.0-py2.py3-none-any.whl", True),
        ("numpy-2.4.6-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", False),
        ("numpy-2.4.6-cp311-cp311-musllinux_1_2_x86_64.whl", False),
        ("numpy-2.4.6-cp311-cp311-win_amd64.whl", False),
        ("cryptography-50.0.2-cp314-abi3-manylinux_2_28_x86_64.whl", False),
        ("example-1.0-cp310-cp310-manylinux_2_28_x86_64.whl", False),
        ("example-1.0-py314-none-any.whl", False),
    ],
)
def test_a_wheel_fits_if_python_311_on_linux_can_install_it(file: str, fit: bool) -> None:
    """Source: the platform compatibility tags of the Python packaging specifications."""
    assert fits(file) is fit


def test_pip_refuses_a_file_that_is_not_the_one_of_the_hash(tmp_path: Path) -> None:
    """With the options of Makefile and Dockerfiles, and a package of the same name and version from elsewhere."""
    wheel = tmp_path / "example-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("example.py", "raise SystemExit('somebody else\\'s code')")
        packed.writestr("example-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: example\nVersion: 1.0\n")
        packed.writestr("example-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr("example-1.0.dist-info/RECORD", "")
    asked = tmp_path / "locked.txt"
    asked.write_text(lock(["example==1.0"], {canonicalize_name("example"): ["0" * 64]}))

    command = [sys.executable, "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:", "--no-deps"]
    command += ["--no-index", "--find-links", str(tmp_path), "--target", str(tmp_path / "there"), "-r", str(asked)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)

    assert told.returncode
    assert "DO NOT MATCH THE HASHES" in told.stderr
    assert not (tmp_path / "there" / "example.py").exists()


def test_make_installs_by_the_hashes_and_the_project_with_nothing_fetched_for_it() -> None:
    recipe = Path(FOLDER.parent.parent, "Makefile").read_text().replace("\\\n", "")
    installs = re.findall(r"\$\(INSTALL\) ([^&|\n]+)", recipe)

    assert [each.split() for each in installs] == [
        ["--require-hashes", "-r", "deploy/locked/pip.txt"],
        ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", "deploy/locked/$*.txt"],
        ["--only-binary", ":all:", "--constraint", "deploy/constraints.txt", "torch"],
        ["--no-deps", "--no-build-isolation", "--editable", "."],
    ]
    assert recipe.count("pip install") == 1, "the one in INSTALL"
