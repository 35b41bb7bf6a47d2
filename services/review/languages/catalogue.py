"""The texts of each language: read from its .po file when somebody first asks for it, so that nothing is compiled."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

Language = Literal["en", "es"]

LANGUAGES: dict[Language, str] = {"en": "English", "es": "Español"}
"""Code (BCP 47) to its own name; the first is that of the sources."""

SOURCE: Language = "en"

HERE = Path(__file__).parent


def path(language: Language) -> Path:
    """The file of its texts."""
    return HERE / f"{language}.po"


@cache
def catalogue(language: Language) -> Catalog:
    """Its texts, with where each stands in the sources."""
    with path(language).open("rb") as file:
        return read_po(file, locale=language)


@cache
def translations(language: Language) -> NullTranslations:
    """What gives a text in it; the texts themselves in English."""
    if language == SOURCE:
        return NullTranslations()
    file = BytesIO()
    write_mo(file, catalogue(language))
    file.seek(0)
    return Translations(file)
