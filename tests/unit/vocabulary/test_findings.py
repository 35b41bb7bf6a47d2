"""Findings of a hospital's own: what they may be called, and what people and reports call them."""

import pytest

from vocabulary.code import Code
from vocabulary.conditions import CONDITIONS
from vocabulary.findings import Declared, FindingError, checked, condition_of, declared

RIB = Declared("Fracture of a rib", "SCT", "33737001")


def test_a_known_finding_keeps_its_words_and_its_code_whatever_is_declared():
    assert condition_of("Effusion", {"Effusion": RIB}) is CONDITIONS["Effusion"]


@pytest.mark.parametrize(
    ("said", "label", "code"),
    [
        ({"Rib_Fracture": RIB}, "Fracture of a rib", Code("33737001", "SCT", "Fracture of a rib")),
        ({"Rib_Fracture": Declared("Fracture of a rib")}, "Fracture of a rib", None),
        ({"Rib_Fracture": Declared("Fracture of a rib", "ICD-11", "NA82.3")}, "Fracture of a rib", None),
        ({}, "Rib Fracture", None),
    ],
)
def test_another_is_called_as_it_is_declared_or_else_by_its_name(said, label, code):
    known = condition_of("Rib_Fracture", said)

    assert (known.name, known.label, known.code) == ("Rib_Fracture", label, code)


def test_names_stay_in_their_order():
    assert checked(["Rib_Fracture", "Effusion", "Hernia"]) == ("Rib_Fracture", "Effusion", "Hernia")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([""], "'' is no name of a finding"),
        (["Rib fracture"], "'Rib fracture' is no name"),
        (["1st_Rib"], "is no name"),
        (["Rippenbrüche"], "is no name"),
        (["X" * 33], "32 characters at most"),
        (["Edema", "Edema"], "Edema is named twice"),
        (["no_pathology"], "what a whole film is called"),
        (["effusion"], "effusion is too much like Effusion"),
        (["Rib_Fracture_Left", "Rib_Fracture_Lower"], "Lower is too much like Rib_Fracture_Left"),
        (["Pleural_Thickenings"], "too much like Pleural_Thickening"),
    ],
)
def test_a_name_that_cannot_be_is_told_in_one_line(names, told):
    with pytest.raises(FindingError, match=told) as raised:
        checked(names)

    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("Effusion", "Water"), "Effusion is known here"),
        (("Rib_Fracture", ""), "needs words"),
        (("Rib_Fracture", "x" * 65), "64 characters at most"),
        (("Rib_Fracture", "Rib", "ICD-11", "NA82"), "of ICD-11; expected SCT or RADLEX"),
        (("Rib_Fracture", "Rib", "", "33737001"), "of no scheme"),
        (("Rib_Fracture", "Rib", "SCT", "RID4756"), "expected 6 to 16 digits"),
        (("Rib_Fracture", "Rib", "RADLEX", "33737001"), "expected RID and a number"),
    ],
)
def test_a_declaration_that_cannot_be_is_told_in_one_line(said, told):
    with pytest.raises(FindingError, match=told):
        declared(*said)
