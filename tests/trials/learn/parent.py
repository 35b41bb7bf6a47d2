"""The classifier that simulated hospitals begin with: a pair, as the served one is, that saw none of their films."""

from dataclasses import replace
from pathlib import Path

from cxr.classifier import Classifier
from cxr.pair import PAIRED, Pair, smaller_side
from training.classifier import ClassifierCourse
from training.course import fit
from training.crops import Crops
from training.export import WEIGHTS, halved, write_weights
from training.films import Films
from training.settings import ClassifierSettings

EPOCHS, SIDE = 6, 160
"""Of each network: short and coarse, so that all of it takes minutes on two cores."""

FROZEN = 4
"""Of the DenseNet's epochs, in which its first layers stay the EfficientNet's."""


def trained(films: Films, crops: Crops, folder: Path) -> Pair:
    """From the films of the training split alone; what was trained before is read from the folder."""
    first, second = (folder / body for body in PAIRED)
    settings = ClassifierSettings(epochs=EPOCHS, fine_epochs=0, coarse_side=SIDE)
    efficientnet = _fitted(ClassifierCourse(films, crops, settings), first)
    write_weights(first, halved(efficientnet), {"body": PAIRED[0]})
    settings = replace(
        settings, body=PAIRED[1], coarse_side=smaller_side(SIDE), freeze=FROZEN, teachers=(first / WEIGHTS,)
    )
    course = ClassifierCourse(films, crops, settings)
    course.take_stem(first / WEIGHTS)
    return Pair.of(efficientnet, _fitted(course, second)).eval()


def _fitted(course: ClassifierCourse, folder: Path) -> Classifier:
    fit(course, folder, EPOCHS, seed=1, resume=True)
    network = course.average.module
    assert isinstance(network, Classifier)
    return network.eval()
