"""Which files the site is made of: the pages, and whatever they lead to, at the paths that they have in the repository.

So a link that holds on a code host holds on the site.
"""

import re
import shutil
from pathlib import Path
from urllib.parse import unquote

FIRST = "README.md"
PAGES = ("*.md", "docs/*.md", "docs/start/*.md")
LINK = re.compile(r"\]\(([^)\s#:]+)(?:#[^)\s]*)?\)")
"""The path of a link or picture within the repository."""

CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def chosen(root: Path) -> list[Path]:
    """The files, relative to the repository; a link that leads nowhere leads to no file, which the builder tells."""
    found: dict[Path, None] = {}
    waiting = [path.relative_to(root) for pattern in PAGES for path in sorted(root.glob(pattern))]
    while waiting:
        page = waiting.pop()
        if page in found or not (root / page).is_file():
            continue
        found[page] = None
        if page.suffix == ".md":
            links = LINK.findall(CODE.sub("", (root / page).read_text()))
            waiting += [(root / page.parent / unquote(link)).resolve().relative_to(root) for link in links]
    return sorted(found)


def gather(root: Path, folder: Path) -> None:
    """Copy them to a folder."""
    for path in chosen(root):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, folder / path)
