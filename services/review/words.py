"""What people call things, in the language of the request."""

from collections.abc import Mapping
from functools import cache

from review.languages.catalogue import Language
from review.languages.spoken import spoken
from review.languages.texts import gettext, gettext_noop, pgettext
from vocabulary.words import label

SOURCES = {
    "dropped": gettext_noop("dropped here"),
    "modality": gettext_noop("from a modality"),
    "api": gettext_noop("by the API"),
    "test": gettext_noop("test"),
}
"""Where a film came from; of films whose source was not told, nothing."""

_ROLES = {"reader": gettext_noop("reader"), "chief": gettext_noop("chief"), "admin": gettext_noop("admin")}


def named(name: str | None) -> str:
    """A class, a finding, a reason of refusal or a state."""
    return _states(spoken()).get(name or "") or (gettext(label(name)) if name else "")


def sex(letter: str) -> str:
    """As DICOM has it (PS3.3, C.7.1.1), in English; a Spanish reader would take its M for a woman's."""
    return _sexes(spoken()).get(letter, letter)


def role(name: str) -> str:
    """What a reader may do."""
    return gettext(_ROLES.get(name, name))


def zone(name: str | None) -> str:
    """Where in the lungs, as arrivals.zones has it; empty where nobody knows."""
    return gettext(name) if name else ""


@cache
def _sexes(language: Language) -> Mapping[str, str]:
    """In the language that is spoken now."""
    return {"M": pgettext("sex", "M"), "F": pgettext("sex", "F"), "O": pgettext("sex", "O")}


@cache
def _states(language: Language) -> Mapping[str, str]:
    """In the language that is spoken now."""
    return {
        "unread": pgettext("state of a film", "Unread"),
        "read": pgettext("state of a film", "Read"),
        "second_read": pgettext("state of a film", "Second read"),
        "arbitration": pgettext("state of a film", "Arbitration"),
        "settled": pgettext("state of a film", "Settled"),
    }
