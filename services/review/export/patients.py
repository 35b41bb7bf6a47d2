"""Of whom a film is, as coarse as it takes to see whether the models harm a group: sex, and the decade of the age."""

import re

from review.arrivals.header import age
from review.export.words import Row
from review.tables import Film

PATIENT = ("sex", "age")
"""Columns of index.csv, as training reads them."""

AGE = "00101010"
"""PatientAge. Source: DICOM PS3.6, 6."""

UNITS_A_YEAR = {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}
"""Source of the letters: DICOM PS3.5, 6.2, AS."""

DECADE = 10

OLDEST = 90
"""Years; whoever is that old or older is in one group. Source: 45 CFR 164.514(b)(2)(i)(C), HIPAA's safe harbour."""

LIMIT = 150
"""Years from which on it is no age."""


def patient_row(film: Film) -> Row:
    """The columns sex (M, F or empty) and age (the middle of its decade, or empty); 90 and older is 95."""
    years = _years(film)
    decade = "" if years is None else f"{min(int(years), OLDEST) // DECADE * DECADE + DECADE // 2}"
    return {"sex": film.sex if film.sex in ("M", "F") else "", "age": decade}


def _years(film: Film) -> float | None:
    """When the film was taken: as the header says it, else by the birth date; None where neither tells."""
    values = film.header.get(AGE, {}).get("Value") or [""]
    if found := re.fullmatch(r"(\d{1,3})([DWMY])", str(values[0]).strip().upper()):
        years = int(found[1]) / UNITS_A_YEAR[found[2]]
        return years if years < LIMIT else None
    told = age(film.birth_date, film.study_date).split()
    return float(told[0]) if told else None
