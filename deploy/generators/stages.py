"""What blocks write for each stage of the cascade, or for each problem whose answer is a number."""

from collections.abc import Iterable

import yaml

from local.places import ROOT
from vocabulary.problems.known import NUMBERS
from vocabulary.stages import STAGES


def for_each(template: str, between: str | None = None, stages: Iterable[str] = STAGES) -> str:
    """The template once for each stage; @stage@ and @STAGE@ in it are the stage's name, @version@ its weights' version.

    Args:
        template: lines; empty ones at its ends do not count.
        between: a line that goes between two stages, such as "---" of YAML, or "" for an empty one.
        stages: whose names; by default the cascade's.
    """
    filled = (_filled(template, stage).strip("\n") + "\n" for stage in stages)
    return ("" if between is None else f"{between}\n").join(filled)


def for_each_number(template: str, between: str | None = None) -> str:
    """As for_each, of the stages that answer a problem alone."""
    return for_each(template, between, NUMBERS)


def for_each_reference(template: str, between: str | None = None) -> str:
    """As for_each_number, of those that have a reference.json."""
    known = [name for name in NUMBERS if (ROOT / "model_store" / name / "reference.json").exists()]
    return for_each(template, between, known)


def _filled(template: str, stage: str) -> str:
    names = {"@stage@": stage, "@STAGE@": stage.upper().replace("-", "_"), "@version@": version(stage)}
    for name, value in names.items():
        template = template.replace(name, value)
    return template


def version(stage: str) -> str:
    """Of the weights in the store."""
    config = yaml.safe_load((ROOT / "model_store" / stage / "model-config.yaml").read_text())
    return str(config["stage"]["version"])
