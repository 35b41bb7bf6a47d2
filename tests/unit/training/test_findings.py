"""What each source says of single findings."""

import pandas as pd
import pytest

from training.findings import TRAINED_FINDINGS, UNKNOWN, findings


def told(dataset: str, label: str, complete: str = "yes") -> dict[str, int]:
    rows = pd.DataFrame([{"dataset": dataset, "label_raw": label, "label_complete": complete}])
    values = findings(rows)[0].tolist()
    return {name: value for name, value in zip(TRAINED_FINDINGS, values, strict=True) if value != UNKNOWN}


def test_a_complete_label_says_what_is_not_there() -> None:
    said = told("nih", "Cardiomegaly|Mass")

    assert {name for name, value in said.items() if value} == {"Cardiomegaly", "Lung_Lesion"}
    assert said["Pneumothorax"] == 0
    assert "Tuberculosis" not in said and "Support_Devices" not in said, "NIH names neither"


def test_a_label_that_names_only_what_has_a_box_says_nothing_of_the_rest() -> None:
    assert told("nih", "Nodule", complete="") == {"Lung_Lesion": 1}


def test_an_uncertain_finding_is_neither_there_nor_not() -> None:
    said = told("chexpert", "Pleural Effusion|Edema?|Support Devices")

    assert (said["Effusion"], said["Support_Devices"], said["Cardiomegaly"]) == (1, 1, 0)
    assert "Edema" not in said and "Lung_Opacity" not in said, "oedema is an opacity, if it is there"


@pytest.mark.parametrize("label", ["Atelectasis", "Effusion", "Nodule"])
def test_whether_a_collapse_a_fluid_or_a_nodule_is_an_opacity_is_not_told(label: str) -> None:
    assert "Lung_Opacity" not in told("nih", label)


@pytest.mark.parametrize(
    ("dataset", "label", "expected"),
    [
        ("siim", "Negative for Pneumonia", {"Lung_Opacity": 0, "Pneumonia": 0}),
        ("siim", "Atypical Appearance", {"Lung_Opacity": 1}),
        ("kermany", "normal", {"Lung_Opacity": 0, "Pneumonia": 0, "Consolidation": 0}),
        ("montgomery", "tuberculosis", {"Tuberculosis": 1}),
        ("covid-cxnet", "COVID-19", {}),
        ("our-hospital", "Effusion|Hernia", {"Effusion": 1}),
    ],
)
def test_other_sources_tell_what_their_labels_mean(dataset: str, label: str, expected: dict[str, int]) -> None:
    assert told(dataset, label) == expected


OWN = ("Rib_Fracture", "Hernia", "Effusion", "Lung_Opacity")
LABELS = [
    ("ward", "Rib_Fracture|Effusion"),
    ("ward", "Hernia?"),
    ("ward", "no pathology"),
    ("ward", "other pathology"),
    ("ward", ""),
    ("clinic", "Effusion"),
    ("nih", "Hernia|Effusion"),
    ("nih", "No Finding"),
    ("shenzhen", "normal"),
]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (0, {"Rib_Fracture": 1, "Effusion": 1, "Hernia": 0}),
        (1, {"Rib_Fracture": 0, "Effusion": 0}),
        (2, {"Rib_Fracture": 0, "Effusion": 0, "Hernia": 0}),
        (3, {}),
        (4, {}),
        (5, {"Effusion": 1}),
        (6, {"Hernia": 1, "Effusion": 1}),
        (7, {"Hernia": 0, "Effusion": 0, "Lung_Opacity": 0}),
        (8, {}),
    ],
    ids=[" ".join(each) for each in LABELS],
)
def test_a_film_tells_of_a_chosen_finding_only_if_its_source_names_it(row: int, expected: dict[str, int]) -> None:
    rows = pd.DataFrame(LABELS, columns=["dataset", "label_raw"]).assign(label_complete="yes")

    said = dict(zip(OWN, findings(rows, OWN, chosen=True)[row].tolist(), strict=True))

    assert {name: value for name, value in said.items() if value != UNKNOWN} == expected
