"""What is odd about a file, in words: cautions of its assessment."""

from cxr.radiograph import Doubt

LEAST_DETAIL = 224
"""Pixels of a film's shorter side, below which it is smaller than what the classifier looks at. Source: its side."""


def replaced(transform: str) -> Doubt:
    """Of a film that is not shown as its file says, or over all its values where it says nothing."""
    detail = f"With {transform}, nobody could read this film; so it is shown by the range of most of its pixels."
    return Doubt("display_replaced", f"{detail} Compare it with what the workstation shows.")


def polarity() -> Doubt:
    """Of a film whose header contradicts itself."""
    told = "The file contradicts itself about which values are white (photometric interpretation, presentation LUT)."
    return Doubt("polarity_contradiction", f"{told} What the film looks like has decided.")


def small(rows: int, columns: int) -> tuple[Doubt, ...]:
    """Of a film that is smaller than what the networks look at."""
    if min(rows, columns) >= LEAST_DETAIL:
        return ()
    detail = f"The film has {rows} x {columns} pixels, fewer than the models look at: fine signs are lost."
    return (Doubt("low_resolution", f"{detail} Send the film itself, not a preview."),)
