"""Commands, as messages name them: those of make in the repository, those of cxr where the wheels are installed."""

import re

from client.machine import VERBS
from client.places import CHECKOUT

PROGRAMS = {"models": "python -m local.archives", "release": "python -m gateway release", "review": "python -m review"}
"""What make calls by a name of its own."""

COMMAND = re.compile(rf'\bmake ({"|".join((*VERBS, *PROGRAMS))})\b((?: [A-Z]+=(?:"[^"]*"|[\w/.-]+))*)')
OPTION = re.compile(r'(?P<name>[A-Z]+)=(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))')
PLAIN = ("ARGS", "STAGES")
"""Variables of the Makefile whose words are the program's own; of the others, each is an option."""


def as_installed(text: str, installed: bool = not CHECKOUT) -> str:
    """A text whose commands can be given where this code runs.

    Args:
        text: it names make's commands.
        installed: whether this code comes from a wheel, and make's commands are not to be had.
    """
    return COMMAND.sub(lambda found: _of_wheel(found[1], found[2]), text) if installed else text


def _of_wheel(verb: str, options: str) -> str:
    words = [PROGRAMS.get(verb, f"cxr {verb}")]
    for option in OPTION.finditer(options):
        value = option["quoted"] if option["plain"] is None else option["plain"]
        words.append(value if option["name"] in PLAIN else f"--{option['name'].lower()} {value}")
    return " ".join(words)
