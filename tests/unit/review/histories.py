"""Random histories of opinions; and the rules of review.reading.standing once more, as folds over one history.

The folds share nothing with the statements for the database: they follow what a reader did, row by row, and do not look
at what an undo's row repeats, nor whether it is marked as withdrawn.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from review.errors import ConflictError
from review.people import Role
from review.reading import opinions
from review.reading.standing import stack
from review.schema import Given
from review.settings import Settings
from review.tables import Film, Opinion
from tests.unit.review.site import Site
from vocabulary.conditions import CLASSES, LABELS

ROLES: dict[str, Role] = {"ada": "reader", "bob": "reader", "cid": "reader", "eva": "chief", "kim": "admin"}
REFUSALS = ("not_a_chest_radiograph", "not_a_chest_radiograph", "rotated", "lateral_view", "inverted")
MAX_MOVES = 12
"""Of all readers on one film: from none to as many, so that some films are read once and some are fought over."""

UNDONE = 0.3
"""Share of the moves that undo."""

REPEATED = ("label", "blind", "refusal", "sureness", "arbitration")
"""What differs between the rows that are made here, and an undo repeats."""

Random = np.random.Generator


def standing(history: Sequence[Opinion]) -> Opinion | None:
    """The row that stands of one reader's history on one film; None where they have taken back all of it."""
    return history[-1] if stack(history) else None


def blind_reading(history: Sequence[Opinion]) -> Opinion | None:
    """What the reader said before they saw the answer, whatever they did after."""
    said = None
    for each in history:
        if each.undoes is None and each.blind:
            said = each
    return said


def is_hidden(film: Film, history: Sequence[Opinion]) -> bool:
    """Whether the models' answer is hidden from the reader whose history on the film it is."""
    return film.blind and film.outcome == "assessed" and len(history) == 0


def histories(session: Session) -> dict[tuple[str, str], list[Opinion]]:
    """Film's and reader's id to all that the reader ever said of it, in order."""
    found = defaultdict(list)
    for each in session.scalars(select(Opinion).order_by(Opinion.number)):
        found[each.film_id, each.reader_id].append(each)
    return found


def has_second_reads(film: Film) -> bool:
    """Half of the films are read as in a site that has them."""
    return int(film.id[1:]) % 2 == 0


def play(site: Site, random: Random, films: int) -> None:
    """Readers give and undo through the door that the pages use; the films' moves in one random order."""
    readers, ids = _readers(site), [_film(site, random)["id"] for _ in range(films)]
    site.keep()
    before = {film_id: _some_readers(random) for film_id in ids}
    moves = random.permutation(np.repeat(ids, random.integers(0, MAX_MOVES, films, endpoint=True)))
    sittings: dict[tuple[str, str], list[str]] = defaultdict(list)
    with site.sessions.begin() as session:
        for film_id in moves.tolist():
            login = str(random.choice(before[film_id]))
            film, held = session.get_one(Film, film_id), sittings[film_id, login]
            if not held or random.random() < 0.7:  # else on a page that they have open already
                held.append(opinions.open_sitting(session, film, readers[login]).id)
                session.flush()
            _move(session, random, film, readers[login], ROLES[login], str(random.choice(held)))


def _move(session: Session, random: Random, film: Film, reader: str, role: Role, sitting: str) -> None:
    settings = _settings(has_second_reads(film))
    if random.random() < UNDONE:
        try:
            opinions.undo(session, film, reader, sitting, settings)
        except ConflictError:  # nothing of theirs stands
            pass
        return
    given = Given(key=str(uuid.uuid4()), sitting=sitting, comment="said", **_said(random, film.refusal))
    opinions.give(session, film, reader, role, given, settings)


@cache
def _settings(second_read: bool) -> Settings:
    """Once each: reading them takes as long as a move does."""
    return Settings(second_read=second_read)


def write(site: Site, random: Random, films: int) -> None:
    """Rows straight into the database, those among them that the door lets nobody write: said blind twice, say."""
    readers = _readers(site)
    for _ in range(films):
        film, before, stacks = _film(site, random), _some_readers(random), defaultdict(list)
        for _ in range(random.integers(0, MAX_MOVES, endpoint=True)):
            login = str(random.choice(before))
            said = stacks[login]
            if said and random.random() < UNDONE:
                undone = said.pop()
                repeated = {name: (said or [undone])[-1][name] for name in REPEATED}
                site.opinion(film, readers[login], undoes=undone["number"], withdrawn=not said, **repeated)
            else:
                said.append(site.opinion(film, readers[login], **_content(random, film, login)))
    site.keep()


def _content(random: Random, film: dict[str, Any], login: str) -> dict[str, Any]:
    said = _said(random, film["refusal"])
    last_word = said["label"] is not None and ROLES[login] != "reader" and random.random() < 0.3
    return said | {"blind": bool(random.random() < 0.4), "arbitration": last_word}


def _said(random: Random, refusal: str | None) -> dict[str, Any]:
    verdict = _any(random, ["wrong", "right", None]) if refusal else None
    agreed = verdict == "right" and random.random() < 0.7  # one key, which says no more than that
    label = None if agreed else _any(random, [*LABELS[:2], None])
    return {"label": label, "refusal": verdict, "sureness": _any(random, ["sure", "probable", "unsure", None])}


def _any(random: Random, values: Sequence[str | None]) -> str | None:
    return values[random.integers(len(values))]


def _some_readers(random: Random) -> list[str]:
    """Who reads a film: one to four of them."""
    return [str(login) for login in random.choice(list(ROLES), random.integers(1, 5), replace=False)]


def _readers(site: Site) -> dict[str, str]:
    return {login: site.reader(login, role=role) for login, role in ROLES.items()}


def _film(site: Site, random: Random) -> dict[str, Any]:
    """Assessed, refused, or assessed although it was refused; half of them to be read blind."""
    refusal = _any(random, REFUSALS) if random.random() < 0.5 else None
    assessed = refusal is None or random.random() < 0.4
    probabilities = tuple(map(float, random.dirichlet(np.ones(len(CLASSES))))) if assessed else None
    return site.film(probabilities, refusal, blind=bool(random.random() < 0.5))
