"""Bone age: how many months old a child's hand looks.

Source of the codes: LOINC 85151-9 is the age itself (component Bone age, property Time, scale Qn, method XR);
37362-1 the report, as HL7's profile hspc-boneage has it; SNOMED CT's hand is that of DICOM's CID 4031.
"""

from vocabulary.code import Code, loinc, snomed
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
    code=loinc("85151-9", "XR Bone age"),
    procedure=snomed("713027003", "Plain X-ray of hand"),
    report=loinc("37362-1", "Bones X-ray bone age"),
    body_part="HAND",
    site=snomed("85562004", "Hand structure"),
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
