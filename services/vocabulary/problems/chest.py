"""The first problem: which class a frontal chest film is of."""

from vocabulary.code import ours
from vocabulary.conditions import CLASSES
from vocabulary.problems.problem import Classes, Problem
from vocabulary.stages import STAGES

CHEST = Problem(
    name="chest",
    title="Chest radiograph",
    stages=STAGES,
    asks=Classes(tuple(CLASSES)),
    code=ours("chest-classes", "Classes of a chest radiograph"),
    body_part="CHEST",
    film="chest radiograph",
    refusal="not_a_chest_radiograph",
)
