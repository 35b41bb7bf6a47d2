"""Nothing comes in on terms that nobody looked at."""

from importlib.metadata import Distribution

import pytest
from packaging.utils import canonicalize_name

from local.places import ROOT
from supply.installed import brought
from supply.licences import EXCEPTIONS, STATED, expression, of_npm, refused


@pytest.fixture(scope="module")
def packages() -> dict[str, str]:
    """All that comes with any extra, and its licence."""
    return {name: expression(name, distribution) for name, distribution in brought("dev").items()}


def test_every_package_has_a_licence_that_is_accepted_or_named_as_an_exception(packages: dict[str, str]) -> None:
    assert [why for name, licence in packages.items() if (why := refused(name, licence))] == []


def test_so_has_every_package_of_the_pages() -> None:
    there = of_npm()

    assert {"esbuild", "typescript"} <= set(there)
    assert [why for name, licence in there.items() if (why := refused(name, licence))] == []


def test_nothing_is_named_that_is_not_used(packages: dict[str, str]) -> None:
    assert set(EXCEPTIONS) | set(STATED) <= set(packages)


def test_the_readme_and_the_security_policy_name_each_exception() -> None:
    for page in ("README.md", "SECURITY.md"):
        text = (ROOT / page).read_text()
        assert [name for name in EXCEPTIONS if name not in text] == [], page


@pytest.mark.parametrize(
    ("licence", "accepted"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("Apache-2.0 AND (BSD-3-Clause OR AGPL-3.0-only)", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("MIT AND GPL-2.0-only", False),
        ("AGPL-3.0-only", False),
        ("", False),
    ],
)
def test_one_of_several_to_choose_from_is_enough_and_all_that_hold_together_count(licence: str, accepted: bool) -> None:
    """Source: SPDX 3.0, annex on licence expressions: OR is a choice, AND is not."""
    assert (refused("example", licence) == "") is accepted


def test_an_exception_is_for_the_licence_that_was_looked_at() -> None:
    assert refused("psycopg", "AGPL-3.0-only") == "psycopg: is now under AGPL-3.0-only"


class Told(Distribution):
    """A distribution with metadata of its own, as its file would hold them."""

    def __init__(self, lines: str) -> None:
        self.lines = lines

    def read_text(self, filename: str) -> str | None:
        return self.lines if filename == "METADATA" else None

    def locate_file(self, path: object) -> None:  # type: ignore[override]
        return None


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        ("License-Expression: MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("License: Apache License 2.0", "Apache-2.0"),
        ("License: a text of our own\nClassifier: License :: OSI Approved :: MIT License", "MIT"),
        ("License: a text of our own", ""),
        ("Summary: says nothing of it", ""),
    ],
)
def test_a_licence_is_what_the_metadata_say_in_words_that_are_known(lines: str, licence: str) -> None:
    told = Told(f"Metadata-Version: 2.4\nName: example\nVersion: 1.0\n{lines}\n")

    assert expression(canonicalize_name("example"), told) == licence
