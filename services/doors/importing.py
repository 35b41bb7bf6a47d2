"""Importing all that a service needs, in two thirds of the processor time.

A service imports some 1,500 modules when it starts. All of them stay, so the garbage collector, which looks through
them again and again while they come, finds nothing; and libraries import others, only in case somebody asks them for
what no service does.
"""

import contextlib
import gc
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import cast

UNUSED = ("rich", "pygments", "requests", "tqdm")
"""What libraries take where it is there, and do without where it is not: coloured tracebacks (structlog, httpx, mako),
and downloads of test data (pydicom)."""


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Imports in it are of modules that stay; what is UNUSED seems not to be installed until it ends.

    doors.server looks once for what is garbage of it all the same.

    Source:
        None in sys.modules: Python's reference, 5.3.1, The module cache.
    """
    hidden = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden, cast(ModuleType, None)))
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collected:
            gc.enable()
        for name in hidden:
            del sys.modules[name]
