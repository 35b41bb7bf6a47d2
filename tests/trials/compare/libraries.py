"""The serving libraries: how the module of each is started, in its own environment, and on what path it answers."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from local.places import ROOT
from local.ports import Ports
from tests.trials.bench.errors import MeasurementError
from tests.trials.compare import environments, work
from tests.trials.compare.contender import READY_TIMEOUT_S, Contender, Running, Setting, asking
from tests.trials.compare.family import Family
from tests.trials.compare.users import Ask, Connection

HERE = Path(__file__).parent

QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "BENTOML_DO_NOT_TRACK": "True", "DO_NOT_TRACK": "1"}
"""Nothing that is measured tells its makers of it."""


@dataclass(frozen=True)
class Library:
    """How a serving library is started."""

    package: str
    command: Callable[[Path, int, int, str], Sequence[str | Path]]
    """Of the folder of programs, port, cores, and a folder for what it wants to keep."""
    path: str
    form: str | None = None


LIBRARIES = {
    "litserve": Library(
        "litserve", lambda bin, port, cores, _: (bin / "python", HERE / "with_litserve.py", f"{port}", f"{cores}"),
        "/predict", form="request",
    ),
    "ray": Library(
        "ray", lambda bin, port, cores, kept: (bin / "python", HERE / "with_ray.py", f"{port}", f"{cores}", kept), "/"
    ),
    "bentoml": Library(
        "bentoml",
        lambda bin, port, *_: (
            *(bin / "bentoml", "serve", "tests.trials.compare.with_bentoml:Cascade"),
            *("--host", "127.0.0.1", "--port", f"{port}"),
        ),
        "/assess",
    ),
    "mosec": Library(
        "mosec",
        lambda bin, port, *_: (
            *(bin / "python", HERE / "with_mosec.py", "--address", "127.0.0.1", "--port", f"{port}"),
            *("--timeout", "60000"),  # ms; its 3 s would answer 408 where the others let a film wait
        ),
        "/inference",
    ),
}  # fmt: skip
TITLES = {"litserve": "LitServe", "ray": "Ray Serve", "bentoml": "BentoML", "mosec": "mosec"}


def lines_of_glue(module: Path) -> int:
    """Lines of code: neither empty, nor comment, nor docstring."""
    text, lines = module.read_text(), 0
    quoted = False
    for line in map(str.strip, text.splitlines()):
        opens = line.count('"""')
        if not quoted and line and not line.startswith(("#", '"""')):
            lines += 1
        quoted ^= opens % 2 == 1
    return lines


def of_library(name: str, library: Library) -> Contender:
    """One of them, to compare."""
    return Contender(
        TITLES[name],
        lambda setting: _library(name, library, setting),
        environments.version(name, library.package),
        lines_of_glue(HERE / f"with_{name}.py"),
    )


@contextlib.contextmanager
def _library(name: str, library: Library, setting: Setting) -> Iterator[Running]:
    programs = environments.prepare(name, setting.environments)
    kept = tempfile.mkdtemp(prefix="cxr-")  # a short name: there are sockets in it
    port = Ports.free().gateway
    environment = _bare(programs) | QUIET | {
        work.ARCHIVES: str(setting.unpacked), "PYTHONPATH": f"{ROOT}:{ROOT / 'services'}", "BENTOML_HOME": kept
    }  # fmt: skip
    log = setting.logs / f"{name}.log"
    started = time.perf_counter()
    family = Family(library.command(programs, port, setting.cores, kept), environment, Path(kept), log)

    def user() -> Ask:
        return asking(Connection(port, library.path, library.form))

    try:
        _wait(user, family, setting.film, log)
        yield Running(time.perf_counter() - started, user, family.memory_mb)
    finally:
        family.end()
        shutil.rmtree(kept, ignore_errors=True)


def _bare(programs: Path) -> dict[str, str]:
    """This environment, without what would send a library's Python here."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "RAY_"))}
    return mine | {"PATH": f"{programs}:{mine.get('PATH', '')}"}


def _wait(user: Callable[[], Ask], family: Family, film: bytes, log: Path) -> None:
    """Until it answers a film."""
    until = time.monotonic() + READY_TIMEOUT_S
    while True:
        try:
            user()(film)
        except (OSError, HTTPException, MeasurementError) as error:
            if family.ended or time.monotonic() > until:
                last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise MeasurementError(f"it does not answer ({error}); the last lines of {log}:\n{last}") from error
            time.sleep(0.2)
        else:
            return
