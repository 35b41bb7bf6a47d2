"""What is known against what is used: `make audit ADVISORIES=folder`, without a network.

The folder holds advisories in the OSV format, one a file (*.json) or packed (*.zip), as the database at osv.dev exports
them for each ecosystem (PyPI, npm, Maven). None comes with the repository: a copy that is not renewed says nothing.

A component whose version is not known, or cannot be compared, counts as affected: somebody has to look.
"""

import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packageurl import PackageURL
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from supply import bills

ECOSYSTEMS: Mapping[str, str] = {"pypi": "PyPI", "npm": "npm", "maven": "Maven"}
"""OSV's names of them, by the type of a package URL. Source: OSV schema 1.7, defined ecosystems; purl specification."""
RELEASED = re.compile(r"[.-](final|ga|release)$", re.IGNORECASE)
"""What Maven adds to a version without making it another. Source: Maven's version order specification."""


class NoAdvisoriesError(Exception):
    """There is nothing to look things up in."""


@dataclass
class Used:
    """A component of some bills."""

    ecosystem: str
    name: str
    version: str
    bills: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Finding:
    """An advisory that is about a component."""

    advisory: str
    summary: str
    used: Used

    def __str__(self) -> str:
        version = self.used.version or "(version unknown)"
        return f"{self.advisory}  {self.used.name} {version}  in {', '.join(self.used.bills)}: {self.summary}"


def tell(advisories: Path) -> int:
    """Print what is found, and how new the advisories are; 1 where something is found, 2 where nothing could be."""
    try:
        found, count, newest = audit(advisories)
    except NoAdvisoriesError as error:
        print(error, file=sys.stderr)
        return 2
    for finding in found:
        print(f"  {finding}")
    print(f"{len(found)} findings in {count} advisories, the newest of {newest}. Not looked up: images, Java, Valkey.")
    return 1 if found else 0


def audit(advisories: Path, folder: Path = bills.FOLDER) -> tuple[list[Finding], int, str]:
    """What is known against what the bills list; how many advisories there are, and when the newest was changed.

    Raises:
        NoAdvisoriesError: there is no bill, or no advisory.
    """
    listed = used(folder)
    found: list[Finding] = []
    count, newest = 0, ""
    for advisory in _advisories(advisories):
        count, newest = count + 1, max(newest, str(advisory["modified"])[:10])
        if not advisory.get("withdrawn"):
            found.extend(_against(advisory, listed))
    if not count or not listed:
        raise NoAdvisoriesError(f"Nothing to look up: {count} advisories in {advisories}, {len(listed)} in {folder}.")
    return sorted(found, key=str), count, newest


def used(folder: Path) -> dict[tuple[str, str], list[Used]]:
    """Every component that an advisory could be about, by ecosystem and name."""
    found: dict[tuple[str, str, str], Used] = {}
    for path in sorted(folder.glob(f"*{bills.SUFFIX}")):
        for component in bills.listed(json.loads(path.read_text())):
            if "purl" in component:
                purl = PackageURL.from_string(component["purl"])
                key = (ECOSYSTEMS.get(purl.type, ""), _named(purl), (purl.version or "").partition("+")[0])
                entry = found.setdefault(key, Used(*key))
                entry.bills.append(path.name.removesuffix(bills.SUFFIX))
    by_name: dict[tuple[str, str], list[Used]] = {}
    for entry in found.values():
        if entry.ecosystem:
            by_name.setdefault((entry.ecosystem, entry.name), []).append(entry)
    return by_name


def affected(version: str, entry: Mapping[str, Any]) -> bool:
    """Whether a version is among those that an entry of an advisory is about.

    Source: OSV schema 1.7, "Evaluation".
    """
    if not version or version in entry.get("versions", []):
        return True
    ranges = [each for each in entry.get("ranges", []) if each["type"] != "GIT"]
    if not ranges:
        return not entry.get("versions")
    try:
        return any(_within(_ordered(version), each["events"]) for each in ranges)
    except InvalidVersion:
        return True


def _within(version: Version, events: list[dict[str, str]]) -> bool:
    """The state after all events that are not later than the version."""
    marks = [(_ordered(mark), kind) for event in events for kind, mark in event.items() if kind != "limit"]
    limits = [mark for event in events for kind, mark in event.items() if kind == "limit"]
    if limits and not any(mark == "*" or version < _ordered(mark) for mark in limits):
        return False
    state = False
    for mark, kind in sorted(marks):
        if kind == "introduced" and version >= mark:
            state = True
        elif (kind == "fixed" and version >= mark) or (kind == "last_affected" and version > mark):
            state = False
    return state


def _ordered(version: str) -> Version:
    """A version that can be compared; "0" is before all.

    Raises:
        InvalidVersion: it cannot be.
    """
    return Version("0.dev0" if version == "0" else RELEASED.sub("", version))


def _against(advisory: Mapping[str, Any], listed: Mapping[tuple[str, str], list[Used]]) -> Iterator[Finding]:
    entries: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for entry in advisory.get("affected", []):
        package = entry.get("package", {})
        ecosystem = package.get("ecosystem", "").partition(":")[0]
        name = canonicalize_name(package["name"]) if ecosystem == "PyPI" else package.get("name", "")
        entries.setdefault((ecosystem, name), []).append(entry)
    for key, about in entries.items():
        for component in listed.get(key, []):
            if any(affected(component.version, entry) for entry in about):
                yield Finding(advisory["id"], advisory.get("summary", "no summary"), component)


def _named(purl: PackageURL) -> str:
    """As OSV names a package: Maven's with a colon, npm's with its scope."""
    return f"{purl.namespace}{':' if purl.type == 'maven' else '/'}{purl.name}" if purl.namespace else purl.name


def _advisories(folder: Path) -> Iterator[dict[str, Any]]:
    """What is an advisory of all that is in the folder: the schema wants an id and the time of the last change."""
    for text in _texts(folder):
        document = json.loads(text)
        if isinstance(document, dict) and {"id", "modified"} <= set(document):
            yield document


def _texts(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*.json")):
        yield path.read_bytes()
    for path in sorted(folder.rglob("*.zip")):
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist() if name.endswith(".json"))
