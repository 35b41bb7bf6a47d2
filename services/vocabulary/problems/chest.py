"""The first problem: which class a frontal chest film is of."""

from vocabulary.code import loinc, ours, snomed
from vocabulary.conditions import CLASSES
from vocabulary.problems.problem import Classes, Problem
from vocabulary.stages import STAGES

CHEST = Problem(
    name="chest",
    title="Chest radiograph",
    stages=STAGES,
    asks=Classes(tuple(CLASSES)),
    code=ours("chest-classes", "Classes of a chest radiograph"),
    procedure=snomed("399208008", "Plain chest X-ray"),
    report=loinc("36554-4", "XR Chest Single view"),
    body_part="CHEST",
    site=snomed("51185008", "Thoracic structure"),
    film="chest radiograph",
    refusal="not_a_chest_radiograph",
)
