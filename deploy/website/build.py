"""Building the site with MkDocs, strictly: a link or an anchor that leads nowhere is an error."""

import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from website.pages import gather

CONFIGURATION = Path(__file__).with_name("mkdocs.yml")


class BrokenSiteError(Exception):
    """What MkDocs says is wrong with the pages."""


def build(root: Path, out: Path) -> Path:
    """Build it anew; its first page.

    Args:
        root: of the repository.
        out: the folder it comes to; what was there goes.

    Raises:
        BrokenSiteError: a page, a link or an anchor is missing.
    """
    with tempfile.TemporaryDirectory(prefix="cxr-docs-") as folder:
        gather(root, Path(folder, "pages"))
        own = {"INHERIT": str(CONFIGURATION), "docs_dir": str(Path(folder, "pages")), "site_dir": str(out)}
        (configuration := Path(folder, "mkdocs.yml")).write_text(yaml.safe_dump(own))
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", configuration]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BrokenSiteError(done.stdout + done.stderr)
    return out / "index.html"
