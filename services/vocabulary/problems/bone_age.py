"""Bone age: how many months old a child's hand looks."""

from vocabulary.code import Code, ours
from vocabulary.problems.problem import Columns, Number, Problem

BONE_AGE = Problem(
    name="bone-age",
    title="Bone age",
    stages=("bone-age",),
    asks=Number(
        unit="months",
        ucum=Code("mo", "UCUM", "month"),
        lowest=0.0,
        highest=240.0,
        step=6.0,
        spread=8.0,
        bands=(0.0, 36.0, 84.0, 120.0, 144.0, 168.0, 241.0),
    ),
    code=ours("bone-age", "Bone age"),
    body_part="HAND",
    film="hand radiograph",
    refusal="not_a_hand_radiograph",
    population="children",
    side=100,
    inner_side=128,
    akin=("hand-radiograph-64px",),
    unclear=("other-radiograph",),
    groups=("", "F", "M"),
    columns=Columns(truth="bone_age_months", group="sex"),
)
