"""The bone-age stage: how many months old a hand looks, or that it is no hand."""

from cxr.measuring import MeasuringHandler


class BoneAgeHandler(MeasuringHandler):
    """Reads months off a film of a hand."""

    name = "bone-age"
