"""The images by which the discriminator is calibrated and judged, sorted by what they are."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.films import Films, frontal, lateral
from training.gallery import INVENTED
from training.sights import Sights

Truths = NDArray[np.bool_]

SYNTHETIC = "synthetic"
"""The kind of images that nobody took."""

DOUBTFUL = "other-radiograph"
"""A kind of which some show a whole chest: never trained on, and reported aside."""

KIN = {"photo": "photo", "photo-32px": "photo", "ct": "ct", "ct-64px": "ct"}
"""Kinds that show the same things: what leaves one out of training leaves the other out, too."""


@dataclass(frozen=True)
class Judged:
    """Sights as served, with what the index says of each; every table has one row an image."""

    sights: Sights
    rows: pd.DataFrame
    """The index's columns, and turns and inverted. Images without a patient are each a patient of their own."""

    fronts: Truths
    """Upright frontal films, however turned or inverted here."""

    plain: Truths
    """Neither turned nor inverted here."""

    @classmethod
    def of(cls, films: Films, sights: Sights) -> "Judged":
        """The sights with the rows of the films that they are of."""
        about = sights.about
        invented = (about["row"] == INVENTED).to_numpy()
        rows = films.rows.iloc[about["row"].clip(lower=0)].reset_index(drop=True)
        columns = ["kind", "dataset", "view", "patient_id"]
        rows.loc[invented, columns] = [SYNTHETIC, SYNTHETIC, "", ""]
        halves = np.array(["val", "test"])[np.arange(len(rows)) % 2]
        rows.loc[invented, "split"] = halves[invented]
        rows = rows.assign(turns=about["turns"], inverted=about["inverted"])
        alone = (rows["patient_id"] == "").to_numpy()
        rows.loc[alone, "patient_id"] = [f"image {position}" for position in np.flatnonzero(alone)]
        plain = (rows["turns"] == 0) & ~rows["inverted"]
        return cls(sights, rows, frontal(rows).to_numpy(), plain.to_numpy())

    def split(self, name: str) -> Truths:
        """Which images are of that split."""
        return (self.rows["split"] == name).to_numpy()

    @property
    def others(self) -> Truths:
        """What is no chest film."""
        return ~self.rows["kind"].isin(["cxr", "cxr-rotated", DOUBTFUL]).to_numpy()

    @property
    def laterals(self) -> Truths:
        """Lateral chest films."""
        return lateral(self.rows).to_numpy()

    @property
    def kin(self) -> NDArray[np.str_]:
        """Each image's kind, kinds that show the same things under one name."""
        return kin(self.rows["kind"])


def kin(kinds: "pd.Series[str]") -> NDArray[np.str_]:
    """Kinds, those that show the same things under one name."""
    return kinds.replace(KIN).to_numpy(str)


def kinds_of(films: Films, examples: Sights) -> NDArray[np.str_]:
    """The kin of each of the heads' examples."""
    rows = examples.about["row"].to_numpy()
    named = kin(films.rows["kind"])[np.maximum(rows, 0)]
    return np.where(rows == INVENTED, SYNTHETIC, named)
