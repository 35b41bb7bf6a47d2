"""A text in the language of the request that is being answered. The English one is its ID.

The names are gettext's own, by which texts are found in the sources (generators.texts). What stands for a value is
%(name)s, in templates and in the pages' TypeScript alike.
"""

from typing import Any

from review.languages.catalogue import translations
from review.languages.spoken import spoken


def gettext(text: str, **values: Any) -> str:
    """A text, with its values put in."""
    return _filled(translations(spoken()).gettext(text), values)


def ngettext(one: str, many: str, count: int, **values: Any) -> str:
    """A text that depends on a number, which is count in it."""
    return _filled(translations(spoken()).ngettext(one, many, count), values)


def pgettext(context: str, text: str, **values: Any) -> str:
    """A text that is one in English, and several elsewhere: what it is about tells which."""
    return _filled(str(translations(spoken()).pgettext(context, text)), values)


def npgettext(context: str, one: str, many: str, count: int, **values: Any) -> str:
    """Both."""
    return _filled(str(translations(spoken()).npgettext(context, one, many, count)), values)


def gettext_noop(text: str) -> str:
    """The same text: one that is found here, and put into a language where it is shown."""
    return text


def _filled(text: str, values: dict[str, Any]) -> str:
    return text % values if values else text
