"""What Java keeps of an earlier start of TorchServe, so that each later one begins with its classes loaded and its
profiles known.

It holds for one Java, one model-server.jar and one set of options; a Java for which it does not fit goes on without it.
local/rehearsal.py makes it.

Source:
    JEP 483, 514 and 515: ahead-of-time class loading, its command line, and profiles of methods.
    `make trial ARGS="cold"` measures what it gains.
"""

import hashlib
import re
import shlex
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from local.places import HOME, ROOT

FOLDER = HOME / "java"
MIN_VERSION = 25
"""Of Java, that makes it in one run and keeps the profiles in it. Source: JEP 514, JEP 515."""
SWITCH = "CXR_JAVA_CACHE"
"""`off` has Java begin as if there were none."""
VARIABLE = "JDK_JAVA_OPTIONS"
"""Java's own, beside what config.properties says. It is read by the program java alone, not by other users of a JVM."""
SILENT = "-Xlog:aot*=error"
"""What it cannot keep is no news."""
CONFIG = ROOT / "deploy" / "torchserve" / "config.properties"


def place(java_home: Path) -> Path | None:
    """Where the cache of this Java is, or would be; None where it can have none."""
    release = java_home / "release"
    if not release.exists():
        return None
    text = release.read_text()
    version = re.search(r'JAVA_VERSION="(\d+)', text)
    if not version or int(version[1]) < MIN_VERSION:
        return None
    jar = _jar()
    about = jar.stat()
    fits = [str(java_home), text, str(jar), str(about.st_size), str(about.st_mtime_ns), *_flags()]
    return FOLDER / f"{hashlib.sha256(chr(0).join(fits).encode()).hexdigest()[:16]}.aot"


def chosen(java_home: Path, environment: Mapping[str, str]) -> Path | None:
    """The cache with which a stack's stages begin; None where there is none, or SWITCH is off."""
    found = None if environment.get(SWITCH) == "off" else place(java_home)
    return found if found and found.exists() else None


def options(cache: Path) -> str:
    """The value of VARIABLE with which Java begins from a cache."""
    return f"{shlex.quote(f'-XX:AOTCache={cache}')} {SILENT}"


def recording(cache: Path) -> str:
    """The value of VARIABLE with which Java writes a cache when it ends."""
    return f"{shlex.quote(f'-XX:AOTCacheOutput={cache}')} {SILENT}"


def _jar() -> Path:
    spec = find_spec("ts")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("torchserve is not installed")
    return Path(spec.submodule_search_locations[0]) / "frontend" / "model-server.jar"


def _flags() -> list[str]:
    return [line for line in CONFIG.read_text().splitlines() if line.startswith("vmargs=")]
