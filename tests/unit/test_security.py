"""SECURITY.md claims what a test holds, and nothing else."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
POLICY = (ROOT / "SECURITY.md").read_text()
ATTACKS = re.findall(r"^\| (A\d+) ([^|]+)\|([^|]+)\|([^|]*)\|([^|]*)\|$", POLICY, re.MULTILINE)


def known() -> set[str]:
    """The names of all tests."""
    files = (ROOT / "tests").rglob("test_*.py")
    found = (re.findall(r"^ *(?:async )?def (test_\w+)\(", file.read_text(), re.MULTILINE) for file in files)
    return {name for names in found for name in names}


def test_every_test_that_it_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", POLICY))

    assert len(named) > 50
    assert named - known() == set()


def test_every_attack_that_was_tried_has_a_test_or_is_said_to_be_open() -> None:
    assert [number for number, *_ in ATTACKS] == [f"A{number}" for number in range(1, 29)]
    for number, _, done, held, _ in ATTACKS:
        assert ("`test_" in held) != (done.strip() == "**open**"), number


def test_every_link_leads_somewhere() -> None:
    for target, _, mark in re.findall(r"\]\(([^)#:]+)(#([\w-]+))?\)", POLICY):
        page = ROOT / target
        assert page.exists(), target
        if mark:
            headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
            assert mark in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, mark


def test_it_says_that_it_is_no_medical_device_and_where_to_report() -> None:
    assert "not a medical device" in POLICY[:400]
    assert "## Reporting a weakness" in POLICY
