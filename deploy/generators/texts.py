"""The reading room's texts in other languages: each .po file, brought up to the sources.

A text that is new has no translation until somebody writes one, and a test fails until then; one that is in the sources
no more goes. Translations of texts that were changed are not guessed: they would be the old ones.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import write_po
from jinja2.ext import babel_extract

from local.places import ROOT
from review.languages.catalogue import LANGUAGES, SOURCE, Language, catalogue, path
from vocabulary.conditions import CONDITIONS
from vocabulary.problems.known import PROBLEMS
from vocabulary.problems.problem import Number
from vocabulary.refusals import QUALITIES, REFUSALS
from vocabulary.words import label

REVIEW = ROOT / "services" / "review"
KEYWORDS = dict(DEFAULT_KEYWORDS) | {"gettext_noop": None}

METHODS: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("**/*.py", "python", {}),
    ("templates/*.html", babel_extract, {"trimmed": "true", "trim_blocks": "true", "silent": "false"}),
    ("web/src/**/*.ts", "javascript", {"template_string": True, "parse_template_string": True}),
)
"""Which files have texts, how these are found, and that method's options."""

WIDTH = 116
"""Characters of a line."""

CHANGING = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Last-Translator", "Report-Msgid-Bugs-To")
"""Fields of the head that say nothing of the texts."""

Key = tuple[str | None, str | tuple[str, ...]]


def contents() -> dict[Path, str]:
    """The files of all languages but that of the sources."""
    found = extracted()
    return {path(language): _written(language, found) for language in LANGUAGES if language != SOURCE}


def extracted() -> Catalog:
    """Every text of the sources, with the files that have it."""
    found = Catalog()
    for where, text, context in (*_of_sources(), *_of_vocabulary()):
        found.add(text, locations=[(where, 0)], context=context)
    return found


def key(message: Message) -> Key:
    """What a text is known by; of one that depends on a number all forms."""
    return message.context, message.id if isinstance(message.id, str) else tuple(message.id)


def _of_sources() -> Iterator[tuple[str, Any, str | None]]:
    for pattern, method, options in METHODS:
        for file in sorted(REVIEW.glob(pattern)):
            if "node_modules" in file.parts:
                continue
            for _, text, _, context in extract_from_file(method, file, KEYWORDS, options=options):
                yield str(file.relative_to(ROOT)), text, context


def _of_vocabulary() -> Iterator[tuple[str, str, str | None]]:
    """What the models and the API know too, which are not to know of languages."""
    conditions, refusals = "services/vocabulary/conditions.py", "services/vocabulary/refusals.py"
    for condition in CONDITIONS.values():
        yield conditions, condition.label, None
        if condition.short:
            yield conditions, condition.short, "short"
    for refusal in REFUSALS.values():
        yield from ((refusals, text, None) for text in (refusal.label, refusal.advice, refusal.look))
    for problem in PROBLEMS.values():
        where = f"services/vocabulary/problems/{problem.name.replace('-', '_')}.py"
        yield where, problem.title, None
        if isinstance(problem.asks, Number):
            yield from ((where, text, None) for text in (problem.asks.unit, label(problem.refusal)))
    for quality in QUALITIES.values():
        yield from ((refusals, text, None) for text in (quality.label, quality.sought))


def _written(language: Language, found: Catalog) -> str:
    before = {key(each): each.string for each in (catalogue(language) if path(language).exists() else ()) if each.id}
    catalog = Catalog(locale=language, project="CXR Cascade", copyright_holder="", fuzzy=False, header_comment="")
    for each in _sorted(found):
        places = sorted({where for where, _ in each.locations})
        catalog.add(each.id, before.get(key(each)), [(where, 0) for where in places], context=each.context)
    file = BytesIO()
    write_po(file, catalog, width=WIDTH, include_lineno=False)
    lines = file.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(tuple(f'"{name}' for name in CHANGING)))


def _sorted(found: Catalog) -> Iterable[Message]:
    """By where they are, so that what is together on a page is together for who translates it."""
    messages = [each for each in found if each.id]
    return sorted(messages, key=lambda each: (min(where for where, _ in each.locations), str(key(each))))
