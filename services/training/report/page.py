"""From figures, plots and pictures to the page."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray

from cxr.radiograph import Pixels
from training.figures import Figure
from training.report.cases import sections

THUMBNAIL = 192
"""Pixels of a picture's longer side."""

OUTLINES = ((0, 140, 255), (200, 90, 0))
"""Colours of the outlines in their order, blue first as OpenCV writes them: orange, blue."""

Outlines = Callable[[int], list[NDArray[np.uint8]]]
"""Row of Films to masks of the film's shape."""


def write(
    path: Path,
    about: dict[str, Any],
    figures: list[Figure],
    cases: pd.DataFrame,
    pictures: Callable[[int], Pixels],
    outlines: Outlines = lambda row: [],
) -> None:
    """Write the report.

    Args:
        path: of the HTML file.
        about: stage, version, digests and commands, as in metrics.json.
        cases: one row a judged image; its column row leads to pictures.
    """
    environment = Environment(
        loader=PackageLoader("training.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    parts = sections(about["stage"], cases)

    def picture(row: int) -> str:
        return _thumbnail(pictures(row), outlines(row))

    html = environment.get_template("page.html").render(about=about, figures=figures, sections=parts, picture=picture)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html)


def _thumbnail(film: Pixels, masks: list[NDArray[np.uint8]]) -> str:
    """A picture as a data address."""
    scale = THUMBNAIL / max(film.shape)
    size = (max(1, round(film.shape[1] * scale)), max(1, round(film.shape[0] * scale)))
    drawn = cv2.cvtColor(cv2.resize(film, size, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2BGR)
    for mask, colour in zip(masks, OUTLINES, strict=False):
        small = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
        contours, _ = cv2.findContours(small, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(drawn, contours, -1, colour, 1)
    encoded = cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()
