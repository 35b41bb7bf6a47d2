"""What the three stages say of a sample of the training films, for the gateway to compare with what it is sent.

The handlers answer here as they do in TorchServe, one after the other as the gateway asks them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import yaml
from numpy.typing import NDArray
from tqdm import tqdm

from cxr import lungs
from cxr.geometry import Square, sample
from cxr.radiograph import Pixels
from cxr.stage import StageHandler, source
from handlers.classifier import ClassifierHandler
from handlers.discriminator import DiscriminatorHandler
from handlers.segmenter import SegmenterHandler
from imaging import grey
from imaging.reference import Bins, Reference
from training.chests import Chest
from training.crops import as_served
from training.export import WEIGHTS
from training.films import digest, frontal, joined, read_image

FILE = "reference.json"

Handler = TypeVar("Handler", bound=StageHandler)

REFERENCE_FILMS = 1500
"""In the sample. Source: the index of two samples of one kind is about (bins - 1) (1 / n + 1 / m), so that 1,500 add
0.006 to what a window of the gateway's has anyway (Yurdakul and Naranjo, 2020)."""


class Stages:
    """The model store's three stages, in this process."""

    def __init__(self, store: Path) -> None:
        """Of a folder with a folder for each stage."""
        self.about: dict[str, dict[str, str]] = {}
        self._store = store
        self._discriminator = self._load(DiscriminatorHandler())
        self._segmenter = self._load(SegmenterHandler())
        self._classifier = self._load(ClassifierHandler())

    def scores(self, film: Pixels) -> dict[str, float]:
        """What the cascade says of one film, by quantity; what a refusal keeps from being asked is not in it."""
        whole = Square.whole(film.shape)
        (seen,) = self._discriminator.predict(_square(self._discriminator, film))
        scores = {"in_distribution": seen.in_distribution, "frontal": seen.frontal}
        scores |= {} if seen.nearness is None else {"nearness": seen.nearness}
        if seen.refusal:
            return scores
        (found,) = self._segmenter.predict(_square(self._segmenter, film))
        cell = whole.side / len(found.mask)
        area = min(float(found.mask.sum()) * cell**2 / film.size, 1.0)
        scores |= {"quality": found.quality, "area_fraction": area}
        if found.refusal:
            return scores
        square = lungs.crop(found.mask).on_film(whole, len(found.mask))
        config = self._classifier.config
        shown = Chest(film, square, found.mask, lungs.region(found.mask, config.get("region", ""))).shown(
            config["side"]
        )
        (classified,) = self._classifier.predict(shown[None, None])
        return scores | classified.classes

    def _load(self, handler: Handler) -> Handler:
        folder = self._store / handler.name
        handler.config = yaml.safe_load((folder / "model-config.yaml").read_text())["stage"]
        handler.network = as_served(source(handler.name, folder, handler.config))
        self.about[handler.name] = identity(folder, handler.config)
        return handler


def identity(folder: Path, config: Mapping[str, Any]) -> dict[str, str]:
    """Which stage answered: its version, and the digest of its weights.

    Args:
        folder: of the stage in the model store.
        config: the stage section of its model-config.yaml.
    """
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    return {"version": config["version"], "weights_sha256": digest}


def make(indexes: Sequence[Path], stages: Stages, films: int = REFERENCE_FILMS, seed: int = 1) -> Reference:
    """The reference of a random sample of the training split's frontal films, at most as many as given.

    Args:
        indexes: index.csv files.
        stages: what answers.
        films: the sample's size.
        seed: of the sample.
    """
    rows = joined(indexes)
    chosen = rows[frontal(rows) & (rows["split"] == "train")]
    chosen = chosen.sample(min(films, len(chosen)), random_state=seed)
    scores: defaultdict[str, list[float]] = defaultdict(list)
    image: defaultdict[str, list[float]] = defaultdict(list)
    paths = [Path(root) / name for root, name in zip(chosen["root"], chosen["image"], strict=True)]
    for path in tqdm(paths, "films", unit="film", mininterval=5):
        film = read_image(path)
        for kept, values in ((scores, stages.scores(film)), (image, grey.levels(film))):
            for quantity, value in values.items():
                kept[quantity].append(value)
    about = {
        "command": f"python -m training reference --data index.csv --films {films} --seed {seed}",
        "films": len(chosen),
        "sample": "frontal chest films of the training split, at random",
        "datasets": chosen["dataset"].value_counts().to_dict(),
        "data_sha256": digest(indexes),
        "stages": stages.about,
    }
    return Reference(about, *({name: Bins.of(values) for name, values in kept.items()} for kept in (scores, image)))


def _square(handler: StageHandler, film: Pixels) -> NDArray[np.uint8]:
    """A batch of one, as the gateway would send it."""
    return sample(film, Square.whole(film.shape), handler.config["side"])[None, None]
