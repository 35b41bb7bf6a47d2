"""Blocks between `[[[cog` and `[[[end]]]` in files that people write otherwise. The library cog runs what stands there.

In a block, `each(TEMPLATE)` writes the template once for each stage, with @stage@ and @STAGE@ replaced by its name, and
@version@ by that of its weights; `each_number(TEMPLATE)` for each stage that answers a problem alone, and
`each_reference(TEMPLATE)` for those of them that have a reference.json.
"""

import contextlib
import io
import subprocess
from pathlib import Path

from cogapp import Cog

from local.places import ROOT

PROLOGUE = """
from generators.stages import STAGES, for_each, for_each_number, for_each_reference
def each(*template): cog.out(for_each(*template))
def each_number(*template): cog.out(for_each_number(*template))
def each_reference(*template): cog.out(for_each_reference(*template))
"""


def contents() -> dict[Path, str]:
    """What the files with blocks have to hold."""
    return {path: _run(path) for path in _files()}


def _files() -> list[Path]:
    command = ["git", "grep", "--untracked", "-lF", "[[[cog", "--", ":!deploy/generators"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in found.splitlines()]


def _run(path: Path) -> str:
    cog = Cog()
    cog.options.prologue = PROLOGUE
    with contextlib.redirect_stdout(io.StringIO()):
        return str(cog.process_string(path.read_text(), str(path)))
