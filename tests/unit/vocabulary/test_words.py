"""The vocabulary is whole, and what models, handlers and reports use of it is in it."""

from typing import get_args

import pytest
import yaml

from cxr import gate
from local.places import ROOT
from training.findings import TRAINED_FINDINGS as TRAINED
from vocabulary.code import Code
from vocabulary.conditions import CLASSES, CONDITIONS, FINDINGS, LABELS, ClassName, Label
from vocabulary.refusals import QUALITIES, REFUSALS, QualityName, RefusalReason
from vocabulary.stages import STAGES
from vocabulary.words import label

CODES = [
    code
    for each in (*CONDITIONS.values(), *REFUSALS.values(), *QUALITIES.values())
    for code in (each.code, getattr(each, "said", None))
    if isinstance(code, Code)
]


@pytest.mark.parametrize(
    ("typed", "listed"),
    [(ClassName, CLASSES), (Label, LABELS), (RefusalReason, REFUSALS), (QualityName, QUALITIES)],
    ids=["classes", "labels", "refusals", "qualities"],
)
def test_what_is_checked_when_typed_is_what_is_listed(typed, listed):
    assert get_args(typed) == tuple(listed)


def test_codes_are_as_long_as_dicom_allows():
    # Source: PS3.5, table 6.2-1: a code value is SH, 16 characters; its meaning is LO, 64.
    assert CODES and all(len(code.value) <= 16 and len(code.meaning) <= 64 for code in CODES)


def test_the_classifier_in_the_store_tells_our_classes_apart_and_no_finding_that_we_do_not_know():
    stage = yaml.safe_load((ROOT / "model_store" / "classifier" / "model-config.yaml").read_text())["stage"]

    assert tuple(stage["classes"]) == CLASSES
    assert set(stage["trained_findings"]) == set(TRAINED) <= set(FINDINGS)


def test_the_discriminator_refuses_for_reasons_that_have_words():
    assert {(REFUSALS[reason].quality, reason) for _, reason in gate.REFUSALS} == set(gate.REFUSALS)


def test_every_stage_has_a_handler_and_a_place_in_the_store():
    for stage in STAGES:
        assert (ROOT / "handlers" / f"{stage}.py").exists() and (ROOT / "model_store" / stage / "card.md").exists()


@pytest.mark.parametrize(
    ("name", "people_say"),
    [
        ("interstitial_pneumonia", "Interstitial pneumonia"),
        ("lateral_view", "Lateral view"),
        ("of_a_newer_version", "of a newer version"),
    ],
)
def test_people_read_labels_and_of_what_is_unknown_its_name(name, people_say):
    assert label(name) == people_say
