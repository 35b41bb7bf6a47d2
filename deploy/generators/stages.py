"""What blocks write for each stage of the cascade."""

import yaml

from local.places import ROOT
from vocabulary.stages import STAGES


def for_each(template: str, between: str | None = None) -> str:
    """The template once for each stage; @stage@ and @STAGE@ in it are the stage's name, @version@ its weights' version.

    Args:
        template: lines; empty ones at its ends do not count.
        between: a line that goes between two stages, such as "---" of YAML, or "" for an empty one.
    """
    filled = (_filled(template, stage).strip("\n") + "\n" for stage in STAGES)
    return ("" if between is None else f"{between}\n").join(filled)


def _filled(template: str, stage: str) -> str:
    names = {"@stage@": stage, "@STAGE@": stage.upper(), "@version@": version(stage)}
    for name, value in names.items():
        template = template.replace(name, value)
    return template


def version(stage: str) -> str:
    """Of the weights in the store."""
    config = yaml.safe_load((ROOT / "model_store" / stage / "model-config.yaml").read_text())
    return str(config["stage"]["version"])
