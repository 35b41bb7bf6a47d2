"""Which distributions an extra of pyproject.toml brings, by what those that are installed say that they need."""

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from local.places import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OURS = canonicalize_name(PROJECT["project"]["name"])

LEFT_OUT = frozenset({canonicalize_name("openvino-telemetry")})
"""Needed by what is installed and never installed: it reports every import of openvino to its maker, and openvino does
without it."""

CUDA = re.compile(r"nvidia-|cuda-|triton$")
"""What torch for CUDA asks for, at exact versions of its own choice, and torch for CPUs does without."""


def brought(extra: str) -> dict[NormalizedName, Distribution]:
    """The distributions that `pip install .[extra]` brings here, ours left out, in the order of their names.

    Raises:
        KeyError: there is no such extra.
        PackageNotFoundError: one of them is not installed: `make` first.
    """
    found: dict[NormalizedName, Distribution] = {}
    seen: set[tuple[NormalizedName, frozenset[str]]] = set()
    waiting = [Requirement(line) for line in asked(extra)]
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found[name] = importlib.metadata.distribution(name)
        waiting.extend(needed(found[name], extras))
    return dict(sorted(found.items()))


def asked(extra: str) -> list[str]:
    """The requirements of all processes and those of the extra, with those of the extras of ours that it names."""
    project = PROJECT["project"]
    lines: list[str] = [*project["dependencies"]]
    for line in project["optional-dependencies"][extra]:
        requirement = Requirement(line)
        if canonicalize_name(requirement.name) == OURS:
            lines.extend(inner for name in sorted(requirement.extras) for inner in asked(name))
        else:
            lines.append(line)
    return lines


def needed(distribution: Distribution, extras: frozenset[str] = frozenset()) -> Iterator[Requirement]:
    """What a distribution needs on this machine, with those extras of its own."""
    for line in distribution.requires or []:
        requirement, marked = Requirement(line), [{"extra": extra} for extra in ("", *extras)]
        wanted = requirement.marker is None or any(requirement.marker.evaluate(each) for each in marked)
        name = canonicalize_name(requirement.name)
        if wanted and name not in LEFT_OUT and not CUDA.match(name):
            yield requirement
