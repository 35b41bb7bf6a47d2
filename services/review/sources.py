"""Where films come from."""

from typing import Literal

Source = Literal["dropped", "modality", "api", "test", "feed"]
SOURCES: tuple[Source, ...] = ("dropped", "modality", "api", "test", "feed")
"""Of a film: a reader dropped it on the page; the listener had it assessed; another program; a trial of the system; the
gateway did not tell."""

FED: tuple[Source, ...] = ("modality", "api", "test")
"""Those that the gateway's feed tells of, and that a setting can name."""


def fed(text: str) -> list[Source]:
    """The sources of a setting, comma separated.

    Raises:
        ValueError: one of them is none.
    """
    given = [each.strip() for each in text.split(",") if each.strip()]
    if unknown := set(given) - set(FED):
        raise ValueError(f"no source of films: {', '.join(sorted(unknown))}; there are {', '.join(FED)}")
    return [each for each in FED if each in given]
