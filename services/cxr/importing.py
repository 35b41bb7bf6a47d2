"""Importing all that a process needs for as long as it lives, in less processor time.

A service imports some 1,300 modules when it starts. All of them stay, so the garbage collector, which looks through
them again and again while they come, finds nothing; and libraries import others, only in case somebody asks them for
what no service does.

Source:
    None in sys.modules: Python's reference, 5.3.1, The module cache. `make trial ARGS="start"` measures a start.
"""

import contextlib
import gc
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import cast

UNUSED = ("rich", "pygments", "requests", "tqdm", "openvino.tools.ovc")
"""What libraries take where it is there, and do without where it is not: coloured tracebacks (structlog, httpx, mako),
downloads of test data (pydicom), conversion of networks, which archives hold converted (openvino)."""


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Imports in it are of modules that stay."""
    begin()
    try:
        yield
    finally:
        end()


def begin() -> None:
    """What is UNUSED seems not to be installed, and nothing is looked through for garbage, until end."""
    for name in UNUSED:
        sys.modules.setdefault(name, cast(ModuleType, None))
    gc.disable()


def end() -> None:
    """As before begin, but that what was loaded is never looked through for garbage; harmless without begin."""
    for name in UNUSED:
        if name in sys.modules and sys.modules[name] is None:
            del sys.modules[name]
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
