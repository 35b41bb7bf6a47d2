"""From a checkpoint to what a stage serves: small weights, and a calibration measured with exactly those."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

from cxr import networks
from cxr.backbone import BODIES
from cxr.runtime import Source
from training import classification, discrimination, segmentation
from training.chests import Chests
from training.config import write_config
from training.course import CHECKPOINT
from training.crops import as_served, forms, read_crops, read_network
from training.films import Films, permissive
from training.settings import crop_side
from training.sought import SHIPPED, Sought
from training.stages import SETTINGS

WEIGHTS = "weights.safetensors"

Modules = dict[str, dict[str, Tensor]]
"""Of a checkpoint: what was trained, by name, and its weights."""


def export(stage: str, trained: Path, store: Path, films: Films, segmenter: Path, cache: Path) -> None:
    """Write the stage's weights and then its model-config.yaml.

    Args:
        trained: folder of the checkpoint; or exported weights, which are calibrated anew and, of the discriminator,
            given new heads.
        store: folder of all stages' weights.
        segmenter: weights of the trained segmenter, for the classifier's crops.
        cache: folder for those crops.
    """
    tensors, about = _read_weights(trained) if trained.is_file() else _read_checkpoint(stage, trained)
    about["data_sha256"], body = films.digest, about.get("body") or BODIES[0]
    films = films.seeking(Sought.of(about))
    if stage == "discriminator":
        learned = permissive(films) if about.get("licence") == "permissive" else films
        tensors = discrimination.complete(tensors, learned, cache)
    folder = store / stage
    write_weights(folder, tensors, about)
    calibrated(stage, store, films, segmenter, cache, body)


def calibrated(stage: str, store: Path, films: Films, segmenter: Path, cache: Path, body: str = "") -> None:
    """Write the model-config.yaml of a stage as it is served now; arguments as of export."""
    folder = store / stage
    calibration = calibrate(source(stage, folder / WEIGHTS, body), films, segmenter, cache)
    (folder / "model-config.yaml").write_text(write_config(stage, calibration, body, films.sought))


def _read_checkpoint(stage: str, folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    modules, about = read_checkpoint(folder)
    return served(stage, modules, about.get("body", ""), Sought.of(about)), about


def read_checkpoint(folder: Path) -> tuple[Modules, dict[str, Any]]:
    """The weights of what fit trained, whatever device it was on, and what it says of where they come from."""
    state = torch.load(folder / CHECKPOINT, weights_only=True, map_location="cpu")
    about = {name: value for name, value in state.items() if name not in ("modules", "optimisers")}
    return state["modules"], about


def write_weights(folder: Path, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Write a stage's weights, whole or not at all, with what is to be said of where they come from."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{WEIGHTS}.partial"
    # One entry: safetensors writes several in any order, and the same weights would have many digests.
    save_file(tensors, partial, {"training": json.dumps(about, sort_keys=True)})
    partial.chmod(0o644)
    for stale in forms(Source("", folder / WEIGHTS, 0))[1:]:
        stale.unlink()  # an 8-bit form is of other weights now: quantise makes another
    os.replace(partial, folder / WEIGHTS)


def _read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    return load_file(path), about_of(path)


def about_of(weights: Path) -> dict[str, Any]:
    """What exported weights say of where they come from; nothing where they say nothing."""
    with safe_open(weights, "pt") as file:
        about: dict[str, Any] = json.loads((file.metadata() or {}).get("training", "{}"))
    return about


def source(stage: str, weights: Path, body: str) -> Source:
    """What a stage is served from."""
    side = crop_side(body) if stage == "classifier" else SETTINGS[stage].side
    outputs = Sought.of(about_of(weights)).outputs if stage == "classifier" else 0
    return Source(stage, weights, side, outputs, body or BODIES[0])


def served(stage: str, modules: Modules, body: str = "", sought: Sought = SHIPPED) -> dict[str, Tensor]:
    """The weights as served: the running average if there is one, spectral normalisation folded in, half precision."""
    network = trained_network(stage, body, sought)
    network.load_state_dict(averaged_state(modules) if "average" in modules else modules["network"])
    return halved(_fold(network.eval()))


def averaged_state(modules: Modules) -> dict[str, Tensor]:
    """The network's weights as training's running average has them."""
    prefix = "module."
    found = modules["average"].items()
    return {name[len(prefix) :]: value for name, value in found if name.startswith(prefix)}


def halved(network: nn.Module) -> dict[str, Tensor]:
    """The network's weights in half precision."""
    state = network.state_dict()
    return {name: value.half().contiguous() if value.is_floating_point() else value for name, value in state.items()}


def _fold(network: nn.Module) -> nn.Module:
    """Put the spectral normalisation into the weights."""
    for module in network.modules():
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight")
    return network


def trained_network(stage: str, body: str = "", sought: Sought = SHIPPED) -> nn.Module:
    """The stage's network as it is trained."""
    if stage == "discriminator":
        return networks.Discriminator(spectral_norm)
    return networks.build(stage, sought.outputs, body or BODIES[0])


def calibrate(served: Source, films: Films, segmenter: Path, cache: Path) -> dict[str, Any]:
    """The numbers of model-config.yaml that are measured on the validation split."""
    match served.stage:
        case "discriminator":
            return discrimination.calibrate(read_network(served), films, cache)  # type: ignore[arg-type]
        case "segmenter":
            return segmentation.calibrate(as_served(served), films, read_crops(films, served.weights, cache))
    crops = read_crops(films, segmenter, cache)
    unseen, held_out = (Chests(films, crops, *splits) for splits in (("val",), ("val", "test")))
    return classification.calibrate(as_served(served), served.side, unseen, held_out)
