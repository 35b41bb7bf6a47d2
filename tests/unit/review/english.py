"""English that is left on a page in another language."""

import re
from html.parser import HTMLParser

WORDS = re.compile(
    r"\b(?:the|and|of|film|films|reader|readers|read|agree|models|lungs|heat|saved|refused|refusal|wrong|probably|"
    r"normally|abnormal:|not|findings|log|password|worklist|undo|next|back|change|show|today|undoes|keys|window|your|you|"
    r"pneumonia|effusion|chest|sure|unsure|unread|settled|most|dropped|blind|agreement|share|which|with|all|say|says|"
    r"expires|passed|failed|conditions|candidate|lesson|taught|round|unknown)\b",
    re.I,
)
"""Words of our English pages that no Spanish one has."""

SEEN = ("title", "alt", "aria-label", "placeholder")


class Heard(HTMLParser):
    """What a page says in its own language: not what it marks as being in another."""

    VOID = ("meta", "link", "input", "img", "br")

    def __init__(self):
        super().__init__()
        self.found = []
        self.foreign = []

    def handle_starttag(self, tag, attrs):
        own = dict(attrs)
        foreign = any(self.foreign[-1:]) or tag in ("script", "style") or (tag != "html" and "lang" in own)
        self.found += [own[name] for name in SEEN if own.get(name) and not foreign]
        if tag not in self.VOID:
            self.foreign.append(foreign)

    def handle_endtag(self, tag):
        self.foreign.pop()

    def handle_data(self, data):
        if not any(self.foreign[-1:]):
            self.found.append(data)


def heard(page):
    """What a reader sees or hears of a page's HTML in the page's language."""
    parser = Heard()
    parser.feed(page)
    return "\n".join(parser.found)


def english(text):
    """Words of English in a text."""
    return sorted({each.lower() for each in WORDS.findall(text)})
