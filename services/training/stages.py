"""Which course and settings belong to which stage."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from training.classifier import ClassifierCourse
from training.course import Course
from training.crops import read_crops
from training.discriminator import DiscriminatorCourse
from training.films import Films
from training.segmenter import SegmenterCourse
from training.settings import ClassifierSettings, DiscriminatorSettings, SegmenterSettings

SETTINGS = {
    "discriminator": DiscriminatorSettings(),
    "segmenter": SegmenterSettings(),
    "classifier": ClassifierSettings(),
}


def settings(stage: str, epochs: int | None) -> Any:
    """The stage's settings, with another number of epochs if one is given."""
    chosen: Any = SETTINGS[stage]
    return chosen if epochs is None else replace(chosen, epochs=epochs)


def course(
    stage: str, films: Films, chosen: Any, segmenter: Path, cache: Path, lungs_only: Films | None = None
) -> Course:
    """The stage's training.

    Args:
        segmenter: weights of the trained segmenter, for the classifier's crops.
        cache: folder for those crops.
        lungs_only: films whose surroundings were blacked out, for the classifier.
    """
    match stage:
        case "discriminator":
            return DiscriminatorCourse(films, chosen)
        case "segmenter":
            return SegmenterCourse(films, chosen)
        case "classifier":
            return ClassifierCourse(films, read_crops(films, segmenter, cache), chosen, lungs_only)
    raise ValueError(f"no such stage: {stage}")
