"""Texts of the reading room: all are in the catalogues, and nothing that is seen stands outside of them.

That the catalogues are up to date with the sources: tests/unit/deploy/test_generated.py.
"""

import re
from html.parser import HTMLParser

import pytest
from jinja2 import Environment, nodes

from review.languages.catalogue import LANGUAGES, SOURCE, catalogue
from review.pages import HERE

OTHERS = [each for each in LANGUAGES if each != SOURCE]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
KEYS = re.compile(r"\b(?:Enter(?! as)|Esc|Ctrl|Shift|Del)\b|<kbd>.*?</kbd>")
TAGS = re.compile(r"</?\w+")

NOT_TRANSLATED = {"CXR Cascade", "API", "1:1", "film-page", "Shift+", "Esc", "Escape"}
"""Names, keys, and a class of styles."""
SEEN = ("title", "alt", "aria-label", "placeholder")
WEB = HERE / "web" / "src"
SCRIPTS = sorted({*WEB.rglob("*.ts")} - {*WEB.glob("worker/*"), WEB / "vocabulary.ts"})
"""The worker shows nothing; the vocabulary is in the catalogues."""


@pytest.fixture(params=OTHERS)
def language(request):
    return request.param


def forms(message):
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_no_text_is_missing_or_uncertain(language):
    found = [each for each in catalogue(language) if each.id]
    assert len(found) > 500
    assert [each.id for each in found if each.fuzzy or not all(forms(each))] == []
    assert not list(catalogue(language).obsolete)


def test_translations_have_the_values_the_keys_and_the_tags_of_the_text(language):
    for message in catalogue(language):
        if not message.id:
            continue
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        wanted = [{each for text in sources for each in pattern.findall(text)} for pattern in (PLACEHOLDER, KEYS, TAGS)]
        for form in forms(message):
            assert [set(pattern.findall(form)) for pattern in (PLACEHOLDER, KEYS, TAGS)] == wanted, message.id


def test_a_text_begins_and_ends_as_its_source_does(language):
    """What is put together of several texts has its spaces, full stops and small letters."""
    for message in catalogue(language):
        if message.id and isinstance(message.id, str):
            assert re.search(r"\s*$", message.string)[0] == re.search(r"\s*$", message.id)[0], message.id
            assert message.string.rstrip().endswith(".") == message.id.rstrip().endswith(".") or message.id == "No."


def test_a_text_in_a_language_is_of_as_many_forms_as_the_language_has(language):
    found = catalogue(language)
    assert all(len(forms(each)) == found.num_plurals for each in found if each.id and not isinstance(each.id, str))


class Visible(HTMLParser):
    """What a person sees or hears of a page."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_data(self, data):
        self.found.append(data)

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in SEEN and value]


def bare(source):
    """Text of a template that no catalogue can have: outside of every trans, and constants that nothing translates."""
    environment = Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701  nothing is rendered
    visible, translated, begun = Visible(), False, False
    for _, kind, value in environment.lex(source):
        if kind == "block_begin":
            begun = True
        elif begun and kind == "name":
            translated, begun = {"trans": True, "endtrans": False}.get(value, translated), False
        elif kind == "data" and not translated:
            visible.feed(value)
    visible.close()
    return [each.strip() for each in visible.found + constants(environment.parse(source)) if is_text(each)]


def constants(tree):
    called = [each for each in tree.find_all(nodes.Call) if isinstance(each.node, nodes.Name)]
    known = {id(each) for call in called for each in call.find_all(nodes.Const)}
    shown = [each for each in tree.find_all(nodes.Const) if id(each) not in known and isinstance(each.value, str)]
    return [
        each.value for each in shown if re.match(r"[A-Z][a-z]+|.*[a-z] [a-z]", each.value) and "=" not in each.value
    ]


def is_text(given):
    kept = given.strip(" ·")
    return (
        bool(re.search(r"[^\W\d_]{2,}", kept)) and kept not in NOT_TRANSLATED and not re.fullmatch(r"[·\sUTC]+", kept)
    )


def test_no_template_has_text_that_is_not_translated():
    templates = sorted((HERE / "templates").glob("*.html"))
    found = {each.name: bare(KBD.sub("", each.read_text())) for each in templates}
    assert len(templates) > 15 and {name: each for name, each in found.items() if each} == {}


KBD = re.compile(r"<kbd[^>]*>(?:Enter|Delete)</kbd>")


@pytest.mark.parametrize(
    "text", ["<p>Seen</p>", '<p title="Seen"></p>', '{{ "Seen" if x else "" }}', "<p>{% if x %}so it is{% endif %}</p>"]
)
def test_text_outside_of_a_catalogue_is_found(text):
    assert bare(text)


@pytest.mark.parametrize(
    "text", ['<p>{{ _("Seen") }}</p>', "{% trans %}<b>Seen</b>{% endtrans %}", '{{ x | tojson }} <p class="Seen">1</p>']
)
def test_text_of_a_catalogue_is_not(text):
    assert not bare(text)


GIVEN = re.compile(r'\b(?:_|N_|ngettext|pgettext)\((?:\s*"(?:[^"\\]|\\.)*"\s*[,+]?)+')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"|`([^`]*)`')
UNSEEN = re.compile(
    r"^import .*|^ *//.*| // .*|querySelector.*|new Error\(.*|"
    r'\bclass: (?:"[^"]*"|`[^`]*`)|\bbind\((?:"[^"]*", ){4}',
    re.M,
)

DOM = {"Enter", "Escape", "Delete", "Tab", "Key ", "Files"}
"""What the browser calls keys, and what is dragged."""


def untranslated(source):
    """Strings of a script that look like what a person reads, and that no function of the catalogues is given."""
    code = UNSEEN.sub("", re.sub(r"/\*.*?\*/", "", source, flags=re.S))
    literals = [text or template for text, template in LITERAL.findall(GIVEN.sub("", code))]
    words = [re.sub(r"\$\{[^}]*\}", " ", each) for each in literals]
    seen = [
        each for each in words if re.match(r"[A-Z][a-z]+($|[ :,.])", each) or re.search(r"[a-z]{2,} [a-z]{2,}", each)
    ]
    return [each for each in seen if each not in DOM and f'N_("{each}")' not in source]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.stem)
def test_no_script_has_text_that_is_not_translated(script):
    assert untranslated(script.read_text()) == []


def test_text_in_a_script_is_found():
    assert untranslated('say("Not saved");') == ["Not saved"]
    assert untranslated("say(`${told} was not saved`);") == ["  was not saved"]
    assert untranslated('say(_("Not saved"));') == []
