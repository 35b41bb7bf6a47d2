"""The texts of a page's TypeScript, as JSON in the page: no request of their own is needed for them."""

from functools import cache
from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from review.languages.catalogue import SOURCE, Language, catalogue
from review.languages.spoken import spoken

SHARED = ("services/vocabulary/", "services/review/web/src/vocabulary.ts")
WEB = "services/review/web/src"

CONTEXT = "\N{END OF TRANSMISSION}"
"""Between what a text is about and the text, as in gettext's own files."""


def texts(page: str) -> Markup:
    """An element with them; empty in English, which is in the scripts.

    Args:
        page: the folder of its script.
    """
    return _element(spoken(), page)


@cache
def _element(language: Language, page: str) -> Markup:
    if language == SOURCE:
        return Markup()
    body = htmlsafe_json_dumps(_of_page(language, page), ensure_ascii=False, separators=(",", ":"))
    return Markup('<script type="application/json" id="texts">{}</script>').format(body)


def _of_page(language: Language, page: str) -> dict[str, Any]:
    """Text, or context and text, to what it is; of one that depends on a number to its forms."""
    folders = (*SHARED, f"{WEB}/{page}/")
    found: dict[str, Any] = {}
    for each in catalogue(language):
        if each.id and any(where.startswith(folders) for where, _ in each.locations):
            name = each.id if isinstance(each.id, str) else each.id[0]
            found[f"{each.context}{CONTEXT}{name}" if each.context else name] = each.string
    return found
