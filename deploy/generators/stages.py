"""What blocks write for each stage of the cascade."""

from vocabulary.stages import STAGES


def for_each(template: str, between: str | None = None) -> str:
    """The template once for each stage; @stage@ and @STAGE@ in it are the stage's name.

    Args:
        template: lines; empty ones at its ends do not count.
        between: a line that goes between two stages, such as "---" of YAML, or "" for an empty one.
    """
    filled = (template.replace("@stage@", stage).replace("@STAGE@", stage.upper()) for stage in STAGES)
    return ("" if between is None else f"{between}\n").join(each.strip("\n") + "\n" for each in filled)
