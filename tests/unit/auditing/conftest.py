"""Audits in files, on a disk of their own where one is wanted."""

import contextlib
import subprocess

import pytest

from auditing.journal import Journal


@pytest.fixture
def journal(tmp_path):
    return Journal.open(tmp_path / "audit", None, "CXR_AUDIT_KEY")


@pytest.fixture
def small(tmp_path):
    """A disk of 1 MiB."""
    (disk := tmp_path / "disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a disk of its own")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk):
    """Until nothing fits on it any more; what fills it can be thrown away."""
    with (disk / "ballast").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 512)
