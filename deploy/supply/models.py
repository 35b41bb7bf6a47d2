"""The models as components of a bill: what they are, what their files are, and on which terms they were learned."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.component import Component, ComponentType

from local.places import DEFAULT_ARCHIVES, ROOT
from vocabulary.problems.known import NUMBERS
from vocabulary.stages import STAGES

STORE = ROOT / "model_store"
LIMIT = "For research; not a medical device. The card beside the weights says what it was measured on."


def components() -> Iterator[Component]:
    """One for each stage: its weights, and, where it is built, its archive."""
    others = (name for name in NUMBERS if (STORE / name / "weights.safetensors").exists())
    for stage in (*STAGES, *others):
        folder = STORE / stage
        version = str(yaml.safe_load((folder / "model-config.yaml").read_text())["stage"]["version"])
        archive = DEFAULT_ARCHIVES / f"{stage}.mar"
        served = [folder / "weights.safetensors", *sorted(folder.glob("int8.*")), archive]
        files = [_file(path) for path in served if path.exists()]
        yield Component(
            name=stage,
            version=version,
            type=ComponentType.MACHINE_LEARNING_MODEL,
            bom_ref=f"{stage}@{version}",
            description=_use(stage),
            properties=[Property(name="cxr:licence", value=terms(stage))],
            components=files,
        )


def terms(stage: str) -> str:
    """What the card says of the terms that the weights inherit.

    Raises:
        LookupError: it does not say.
    """
    for paragraph in _section(stage, "Training data and licences").split("\n\n"):
        if paragraph.startswith("The weights inherit"):
            return " ".join(paragraph.split())
    raise LookupError(f"the card of {stage} does not say which terms its weights inherit")


def with_cards(bill: str) -> str:
    """A bill of the models with a model card in each, which the library that writes bills does not know yet.

    Source: CycloneDX 1.6, modelCard.
    """
    document: dict[str, Any] = json.loads(bill)
    for component in document["components"]:
        component["modelCard"] = {
            "modelParameters": {
                "inputs": [{"format": f"grey levels of a {_film(component['name'])}"}],
            },
            "considerations": {
                "useCases": [component["description"]],
                "technicalLimitations": [
                    "For research; not a medical device.",
                    f"model_store/{component['name']}/card.md",
                ],
            },
        }
    return json.dumps(document, indent=2)


def _film(stage: str) -> str:
    return NUMBERS[stage].film if stage in NUMBERS else "chest film"


def _use(stage: str) -> str:
    """The first sentence of what the card says that the model is for."""
    return " ".join(_section(stage, "Intended use").split()).partition(". ")[0] + "."


def _section(stage: str, title: str) -> str:
    card = (STORE / stage / "card.md").read_text()
    found = re.search(rf"^## {re.escape(title)}\n\n(.*?)(?=^## |\Z)", card, re.MULTILINE | re.DOTALL)
    if not found:
        raise LookupError(f"the card of {stage} has no section {title}")
    return found[1].strip()


def _file(path: Path) -> Component:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    name = str(path.relative_to(ROOT))
    return Component(
        name=name, type=ComponentType.FILE, bom_ref=name, hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)]
    )
