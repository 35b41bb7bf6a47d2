"""Cohen's covid-chestxray-dataset: metadata.csv, and images in images/.

Its masks (annotations/) are not read: some were drawn by a network, and V7's are a data set of their own. Nor are its
volumes/, which hold CT.

Source: Cohen et al. 2020, github ieee8023/covid-chestxray-dataset, SCHEMA.md; the classes of findings, the index that
the shipped weights were trained from.
"""

import re
from pathlib import Path

from training.layouts.listing import INTERSTITIAL, NOTHING, OTHER, SUFFIXES, Entry, Listing, table

COLUMNS = ("patientid", "finding", "view", "filename")
"""Those that every version has; modality, folder, license and url came later."""

LATTICE = {"COVID-19", "Chlamydophila", "H1N1", "Herpes", "Influenza", "MERS-CoV", "Mycoplasma", "Pneumocystis"}
LATTICE |= {"Mycoplasma Bacterial Pneumonia", "SARS", "Varicella", "Viral"}
"""Causes of interstitial pneumonia, as the findings name them."""

AIR = {"ARDS", "Aspergillosis", "Aspiration", "Bacterial", "E.Coli", "Fungal", "Klebsiella", "Legionella", "Lipoid"}
AIR |= {"MRSA", "Nocardia", "Pneumonia", "Staphylococcus", "Streptococcus", "Tuberculosis"}
"""Other pathologies. What is in neither, as "todo" and "Unknown", tells no class."""

SLICES = ("Axial", "Coronal", "CT")
"""Views that only CT has."""

VIEWS = {"APS": "AP Supine", "LATERAL": "L"}


def read(folder: Path) -> Listing:
    """Every image that the table lists: films and slices of CT.

    Raises:
        LayoutError: no table, or no such columns.
    """
    listing = Listing("covid-chestxray", "ieee8023/covid-chestxray-dataset", "unstated")
    folder = folder.resolve()
    for row in table(folder / "metadata.csv", COLUMNS):
        source = f"{row.get('folder') or 'images'}/{row['filename']}"
        if why := _unusable(row, folder / source):
            listing.skip(source, why)
        else:
            listing.entries.append(_entry(row, folder, source))
    return listing


def three_class(finding: str) -> str:
    """The class of a finding such as Pneumonia/Viral/COVID-19 or, in older tables, "COVID-19, ARDS"."""
    names = {name.strip() for name in re.split(r"[/,]", finding)}
    if names == {"No Finding"}:
        return NOTHING
    if names & LATTICE:
        return INTERSTITIAL
    return OTHER if names & AIR else ""


def _unusable(row: dict[str, str], path: Path) -> str:
    if row.get("modality", "").lower() not in ("", "x-ray", "ct"):
        return f"modality {row['modality']}"
    if path.suffix.lower() not in SUFFIXES:
        return "not an image file"
    if not path.is_file():
        return "listed, but not on disk"
    return "" if row["patientid"] else "no patient"


def _entry(row: dict[str, str], folder: Path, source: str) -> Entry:
    view = VIEWS.get(row["view"].upper(), row["view"])
    ct = row.get("modality", "").lower() == "ct" or view in SLICES
    licence = row.get("license") or (f"unstated (see source publication {row['url']})" if row.get("url") else "")
    return Entry(
        image=folder / source,
        source_path=source,
        patient_id=f"covid-{row['patientid']}",
        label_raw=row["finding"],
        three_class="" if ct else three_class(row["finding"]),
        view=view,
        kind="ct" if ct else "cxr",
        licence=licence,
    )
