"""Which course and settings belong to which stage."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from training.classifier import ClassifierCourse
from training.course import Course
from training.crops import read_crops
from training.discriminator import DiscriminatorCourse
from training.films import Films
from training.precision import CPU
from training.segmenter import SegmenterCourse
from training.settings import ClassifierSettings, DiscriminatorSettings, SegmenterSettings

SETTINGS: dict[str, Any] = {
    "discriminator": DiscriminatorSettings(),
    "segmenter": SegmenterSettings(),
    "classifier": ClassifierSettings(),
}


def settings(stage: str, others: Mapping[str, Any]) -> Any:
    """The stage's settings, with others in place of its own where they are not None.

    Raises:
        ValueError: it has no such setting.
    """
    given = {name: value for name, value in others.items() if value is not None}
    chosen = SETTINGS[stage]
    if unknown := [name for name in given if not hasattr(chosen, name)]:
        raise ValueError(f"the {stage} has no setting {unknown[0]}")
    return replace(chosen, **given)


def course(stage: str, films: Films, chosen: Any, segmenter: Path, cache: Path, device: torch.device = CPU) -> Course:
    """The stage's training.

    Args:
        segmenter: weights of the trained segmenter, for the classifier's crops.
        cache: folder for those crops.
        device: where it learns.
    """
    match stage:
        case "discriminator":
            return DiscriminatorCourse(films, chosen, device)
        case "segmenter":
            return SegmenterCourse(films, chosen, device)
        case "classifier":
            return ClassifierCourse(films, read_crops(films, segmenter, cache), chosen, device)
    raise ValueError(f"no such stage: {stage}")
