"""What the README says is what the repository holds."""

import re
from pathlib import Path

import pytest

from vocabulary.stages import STAGES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", ["README.md", "docs/accuracy.md"])
def test_every_figure_is_the_one_in_its_stages_card(page):
    rows = re.findall(rf"^\| ({'|'.join(STAGES)}) (\|.*)$", (ROOT / page).read_text(), re.MULTILINE)

    assert {stage for stage, _ in rows} == set(STAGES)
    for stage, row in rows:
        assert row in (ROOT / "model_store" / stage / "card.md").read_text().splitlines(), f"{stage} {row}"


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/api.md",
        "docs/integration.md",
        "docs/deployment.md",
        "docs/performance.md",
        "docs/training.md",
    ],
)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text()):
        assert (ROOT / page).parent.joinpath(target).exists(), target


def test_every_verb_that_is_told_of_is_in_the_makefile():
    verbs = re.findall(r"\bmake ([a-z]+)", README)

    for verb in verbs:
        assert re.search(rf"^{verb}:", (ROOT / "Makefile").read_text(), re.MULTILINE), verb
    assert {"demo", "test"} <= set(verbs)


def test_it_says_that_it_is_no_medical_device():
    assert "Not a medical device" in README[:600]


def test_it_is_read_in_a_few_minutes():
    assert len(README.splitlines()) < 120
