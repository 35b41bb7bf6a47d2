"""A training's list of films, index.csv: its columns, and to which split a patient belongs. Exports write the same."""

import hashlib

COLUMNS = (
    "image",
    "mask",
    "mask_convention",
    "dataset",
    "kind",
    "label_raw",
    "three_class",
    "view",
    "patient_id",
    "split",
    "licence",
    "source_repository",
    "source_path",
    "original_width",
    "original_height",
)
"""The columns that training reads (docs/training.md)."""

TRAIN, VAL = 0.80, 0.08
"""Shares of the patients; the rest is for the test. Source: about those of the index of the shipped weights."""


def split(patient: str) -> str:
    """To which split a patient belongs: always the same one, whatever else is in the index."""
    share = int(hashlib.sha256(patient.encode()).hexdigest()[:8], 16) / 2**32
    return "train" if share < TRAIN else "val" if share < TRAIN + VAL else "test"
