"""`make generated`: write every file that is made from others. What each is made of: the functions in SOURCES."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from kubernetes import rules

from generators import blocks, contract, manifests, openapi, protos, settings, texts, vocabulary
from local.places import ROOT
from observability import dashboard
from scp import conformance

Contents = Mapping[Path, str]

SOURCES: dict[str, Callable[[], Contents]] = {
    "protocol buffers": protos.contents,
    "blocks in files": blocks.contents,
    "settings": settings.contents,
    "the pages' words": vocabulary.contents,
    "the pages' types": contract.contents,
    "the pages' texts": texts.contents,
    "the API's description": openapi.contents,
    "conformance statement": lambda: {ROOT / "docs" / "conformance.md": conformance.statement()},
    "dashboard": lambda: {dashboard.DASHBOARD: dashboard.render()},
    "alerts for Kubernetes": lambda: {rules.TARGET: rules.rendered()},
    "production's manifests": manifests.contents,
}
"""What the files are called together, and what they have to hold; later ones may read what earlier ones write."""


def main() -> int:
    """Write those that do not hold what they should, and say which."""
    for name, contents in SOURCES.items():
        changed = stale(contents())
        for path, text in changed.items():
            path.write_text(text)
            print(f"  {name:<24}{path.relative_to(ROOT)}")
    return 0


def stale(contents: Contents) -> dict[Path, str]:
    """Those whose file holds something else, or is missing."""
    return {path: text for path, text in contents.items() if not path.exists() or path.read_text() != text}


if __name__ == "__main__":
    sys.exit(main())
