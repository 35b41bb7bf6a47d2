"""Programs that are there, old or broken, for the tests of those who look for programs."""

from pathlib import Path


def program(path: Path, script: str) -> Path:
    """A shell script that can be started."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def broken(path: Path) -> Path:
    """A file that looks like a program and is none, as a download that was cut off leaves, or another processor's."""
    program(path, "").write_bytes(b"\x7fELF, or so it says")
    return path
