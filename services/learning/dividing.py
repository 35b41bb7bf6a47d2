"""Who judges a lesson, and who teaches it: by patient, in an order that nobody chose."""

import hashlib
from collections.abc import Set

import numpy as np
from numpy.typing import NDArray


def drawn_patients(
    patients: NDArray[np.str_], able: NDArray[np.bool_], enough: int, taught_before: Set[str]
) -> NDArray[np.bool_]:
    """Which films are of patients who judge, so many that about enough of their films are able to.

    Args:
        patients: pseudonym of each film's patient.
        able: which films were drawn by chance and read blind.
        enough: films.
        taught_before: patients of earlier lessons.
    """
    chosen: set[str] = set()
    films = 0
    for name in sorted({str(name) for name in patients[able]} - taught_before, key=order):
        if films >= enough:
            break
        chosen.add(name)
        films += int(((patients == name) & able).sum())
    return np.isin(patients, sorted(chosen))


def order(patient: str) -> str:
    """By this patients are put in order: by chance, and the same each time."""
    return hashlib.sha256(patient.encode()).hexdigest()
