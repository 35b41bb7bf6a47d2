"""What a film may show, and what it may be called: the classifier's classes, single findings, readers' labels."""

from dataclasses import dataclass
from typing import Literal

from vocabulary.code import Code, dicom, ours, snomed

ClassName = Literal["interstitial_pneumonia", "other_pathology", "no_pathology"]
Label = Literal["interstitial_pneumonia", "other_pathology", "no_pathology", "not_a_chest_film"]
"""What a reader can call a film."""


@dataclass(frozen=True)
class Condition:
    """A class, a finding or a label."""

    name: str
    """As models, files and the API say it."""
    label: str
    """As people read it."""
    code: Code | None = None
    """What a report says of it; None where no scheme has a concept that means just this."""
    short: str = ""
    """The label where there is little room."""
    said: Code | None = None
    """What a report says where a reader, and not the models, calls a film so; None where that is the same code."""


_CLASSES = (
    Condition(
        "interstitial_pneumonia",
        "Interstitial pneumonia",
        snomed("64667001", "Interstitial pneumonia"),
        short="Interstitial",
    ),
    Condition(
        "other_pathology",
        "Other pathology",
        ours("other-pathology", "Pathology other than interstitial pneumonia"),
        short="Other",
    ),
    # Not SNOMED's "No abnormality detected", for models or readers: who looks for that code would take any probability
    # for a normal film, and the reader, too, chose among three classes and reported no normal film.
    Condition(
        "no_pathology",
        "No pathology",
        ours("no-pathology", "No pathology known to the AI"),
        short="None",
        said=ours("reader-none", "No pathology, as the reader says"),
    ),
)

_NOT_A_CHEST_FILM = Condition(
    "not_a_chest_film", "Not a chest film", said=ours("no-chest-film", "Not a chest radiograph")
)

_FINDINGS = (
    Condition("Atelectasis", "Atelectasis", snomed("46621007", "Atelectasis")),
    Condition("Cardiomegaly", "Cardiomegaly", snomed("8186001", "Cardiomegaly")),
    Condition("Consolidation", "Consolidation", snomed("95436008", "Lung consolidation")),
    Condition("Edema", "Edema", snomed("19242006", "Pulmonary edema")),
    Condition("Effusion", "Effusion", snomed("60046008", "Pleural effusion")),
    Condition("Emphysema", "Emphysema", snomed("87433001", "Pulmonary emphysema")),
    Condition("Fibrosis", "Fibrosis", snomed("51615001", "Fibrosis of lung")),
    Condition("Fracture", "Fracture", snomed("125605004", "Fracture of bone")),
    Condition("Hernia", "Hernia"),  # of which SNOMED CT has many kinds, and nobody said which
    Condition("Infiltration", "Infiltration", snomed("409609008", "Radiologic infiltrate of lung")),
    # CheXpert's kind of both; SNOMED CT's lesions of the lung have wounds among them.
    Condition("Lung_Lesion", "Nodule or mass", ours("lung-lesion", "Nodule or mass of the lung")),
    Condition("Lung_Opacity", "Lung opacity", dicom("112001", "Opacity")),
    Condition("Mass", "Mass", snomed("309529002", "Lung mass")),
    Condition("Nodule", "Nodule", snomed("786838002", "Nodule of lung")),
    Condition("Pleural_Thickening", "Pleural thickening"),  # as hernia
    Condition("Pneumonia", "Pneumonia", snomed("233604007", "Pneumonia")),
    Condition("Pneumothorax", "Pneumothorax", snomed("36118008", "Pneumothorax")),
    Condition("Support_Devices", "Support devices", ours("support-devices", "Tubes, lines and other support devices")),
    Condition("Tuberculosis", "Tuberculosis", snomed("154283005", "Pulmonary tuberculosis")),
)
"""By the names of the training data: NIH ChestX-ray14's, CheXpert's, and what else readers see daily."""

CONDITIONS = {each.name: each for each in (*_CLASSES, _NOT_A_CHEST_FILM, *_FINDINGS)}

CLASSES = tuple(each.name for each in _CLASSES)
"""What the classifier tells apart, in the order of its outputs and of the page's keys."""

LABELS = (*CLASSES, _NOT_A_CHEST_FILM.name)

FINDINGS = tuple(each.name for each in _FINDINGS)
"""Single findings that a reader may name, and the classifier where it was trained for them."""

URGENT = CLASSES[0]
"""The class of which insight shows how far readers and models tell it apart from the others."""
