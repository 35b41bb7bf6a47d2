"""The legend under an overlay: what the colours mean, what the AI says, and that it is not a medical device."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from results.pictures import OPACITY, colours
from results.schema import Assessment

LINE = 26
"""Pixels between the lines, for a film of 1024: readable when the whole is shown on half a screen."""

MARGIN = 12
TEXT, DIM, WARNING = (235, 235, 235), (170, 170, 170), (255, 190, 60)
"""RGB. No green: nothing here says that a film is normal."""


def legend(assessment: Assessment, width: int) -> Image.Image:
    """The legend, so many pixels wide."""
    lines = _lines(assessment, width)
    page = Image.new("RGB", (width, 2 * MARGIN + LINE * (len(lines) + 1)))
    draw = ImageDraw.Draw(page)
    for number, (text, colour) in enumerate(lines):
        draw.text((MARGIN, MARGIN + number * LINE), text, colour, _font(20))
    if assessment.outcome == "assessed":
        _colour_bar(page, draw, MARGIN + len(lines) * LINE)
    return page


def _lines(assessment: Assessment, width: int) -> list[tuple[str, tuple[int, int, int]]]:
    lines = [("AI, RESEARCH USE, NOT A MEDICAL DEVICE. The doctor has the last word.", WARNING)]
    if assessment.outcome == "assessed" and assessment.classes:
        ranked = sorted(assessment.classes.items(), key=lambda each: -each[1])
        lines += [(f"{probability:4.0%}  {name.replace('_', ' ')}", TEXT) for name, probability in ranked]
    else:
        reason = assessment.refusal.detail if assessment.refusal else ""
        lines.append((f"AI RESULT NOT AVAILABLE ({assessment.outcome})", WARNING))
        lines.append((reason or (assessment.problem.detail if assessment.problem else ""), TEXT))
    lines += [(f"Conflict: {each.detail}", WARNING) for each in assessment.conflicts]
    lines += [(f"Caution: {each.detail}", WARNING) for each in assessment.cautions]
    versions = ", ".join(f"{stage} {version}" for stage, version in assessment.models.items())
    lines.append((f"{versions}  {assessment.created:%Y-%m-%d %H:%M} UTC", DIM))
    return [(part, colour) for text, colour in lines for part in _wrapped(text, width - 2 * MARGIN)]


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of words that fit."""
    lines, font = [""], _font(20)
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip() if lines[-1] else word
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]


def _colour_bar(page: Image.Image, draw: ImageDraw.ImageDraw, top: int) -> None:
    """From no heat to the most, as it is laid over a mid-gray film."""
    width, height = 200, LINE - 8
    heat = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
    weight = (OPACITY * heat)[..., None]
    bar = np.rint(96 * (1 - weight) + colours(heat) * weight).astype(np.uint8)
    text = "looked at:  least"
    left = MARGIN + round(_font(20).getlength(text)) + 8
    draw.text((MARGIN, top), text, DIM, _font(20))
    page.paste(Image.fromarray(bar), (left, top + 4))
    draw.text((left + width + 8, top), "most    lungs outlined", DIM, _font(20))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
