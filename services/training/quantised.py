"""A network in integers of 8 bits, which processors multiply several times as fast: made of its weights and some films.

Only the segmenter's: of the others, too many answers change (docs/training.md, "In 8 bits").
"""

from pathlib import Path

import numpy as np
import openvino
from numpy.typing import NDArray

from cxr import runtime
from cxr.geometry import Square, sample
from cxr.runtime import Source
from training.films import DataError, Films, frontal

FILMS = 300
"""Of the training split, that show how large each layer's values become. Source: nncf's own default."""

SEED = 0


def quantise(source: Source, films: Films) -> Path:
    """Write the 8-bit form of a segmenter beside its weights; its path. The same films give the same form.

    Raises:
        DataError: nncf is not installed, or there are no films to show.
    """
    try:
        import nncf
    except ImportError:
        raise DataError("nncf makes the 8-bit form, and is not installed: pip install nncf") from None
    shown = _shown(films, source.side)
    made = nncf.quantize(
        runtime.traced(runtime.build(source), source.side),
        nncf.Dataset(list(shown)),
        preset=nncf.QuantizationPreset.MIXED,  # the layers' values below zero matter, too
        subset_size=len(shown),
    )
    own = source.quantised.with_name("partial.xml")
    openvino.save_model(runtime.named(made, source.stage), own, compress_to_fp16=True)
    own.with_suffix(".bin").replace(source.quantised.with_suffix(".bin"))
    own.replace(source.quantised)
    return source.quantised


def _shown(films: Films, side: int) -> NDArray[np.uint8]:
    """Shape (FILMS, 1, 1, side, side), at most."""
    rows = films.where(frontal(films.rows) & (films.rows["split"] == "train"))
    if not len(rows):
        raise DataError("there is no frontal film of the training split")
    chosen = np.random.default_rng(SEED).choice(rows, min(FILMS, len(rows)), replace=False)
    squares = [sample(films.pixels[row], Square.whole(films.pixels[row].shape), side) for row in map(int, chosen)]
    return np.stack(squares)[:, None, None]
