"""Readers give opinions, change them and take them back; nothing that was said is lost."""

import uuid
from datetime import UTC, datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from ulid import ULID

from review.amendments.queue import queue
from review.errors import ConflictError, InvalidError, NotFoundError
from review.findings import known_findings
from review.languages.texts import gettext as _
from review.people import Role
from review.reading import label, standing
from review.schema import Given
from review.settings import Settings
from review.tables import Assessment, Film, Opinion, Sitting

REPEATED = (
    "blind",
    "assessment_id",
    "label",
    "agrees",
    "findings",
    "refusal",
    "heat",
    "lungs",
    "shapes",
    "sureness",
    "comment",
    "seconds",
    "shown",
    "arbitration",
)
"""What an undo repeats of the opinion that stands again."""


def hidden(session: Session, film: Film, reader_id: str) -> bool:
    """Whether the models' answer is hidden from a reader, who has to say first what they see."""
    return bool(session.scalar(select(standing.hidden(reader_id)).where(Film.id == film.id)))


def open_sitting(session: Session, film: Film, reader_id: str, blind_first: bool = False) -> Sitting:
    """The reader opens the film: as new_sitting, and it is kept."""
    sitting = new_sitting(session, film, reader_id, blind_first)
    session.add(sitting)
    return sitting


def new_sitting(session: Session, film: Film, reader_id: str, blind_first: bool = False) -> Sitting:
    """The reader opens the film; it is not kept yet.

    Args:
        blind_first: hide the answer also of a film that was not drawn for it, if they can be the first to read blind.
    """
    rule = standing.hidden(reader_id)
    rule = or_(rule, standing.can_be_blind(reader_id)) if blind_first else rule
    blind = bool(session.scalar(select(rule).where(Film.id == film.id)))
    return Sitting(id=str(ULID()), film_id=film.id, reader_id=reader_id, opened=datetime.now(UTC), blind=blind)


def hold(session: Session, film: Film) -> None:
    """Wait until nobody else changes what is said of the film, keep others from it until the commit, and read it anew.

    What a film becomes follows from all opinions of it: two at the same moment would each see only themselves.
    PostgreSQL waits at the row, SQLite at its first write.

    Raises:
        NotFoundError: it was forgotten meanwhile.
    """
    same = update(Film).where(Film.id == film.id).values(state=Film.state)
    session.execute(same.execution_options(synchronize_session=False))
    session.refresh(film)
    if film.forgotten:
        raise NotFoundError(_("no such film"))


def give(session: Session, film: Film, reader_id: str, role: Role, given: Given, settings: Settings) -> Opinion:
    """Keep an opinion, and bring the film's state up to it; the same key again changes nothing.

    Raises:
        InvalidError: it says nothing, or something that cannot be.
        NotFoundError: the sitting is not this reader's on this film.
        ConflictError: the key is another opinion's.
    """
    hold(session, film)
    if known := session.scalar(select(Opinion).where(Opinion.key == given.key)):
        if (known.film_id, known.reader_id) != (film.id, reader_id):
            raise ConflictError(_("this key is another opinion's"))
        return known
    sitting = find_sitting(session, given.sitting, film, reader_id)
    blind = sitting.blind and hidden(session, film, reader_id)
    # Another may have come meanwhile: what the reader judged is what they saw.
    answer = session.get_one(Assessment, sitting.assessment_id or film.assessment_id)
    _check(film, answer, given)
    predicted = answer.predicted_class
    opinion = Opinion(
        **given.model_dump(exclude={"sitting", "shapes", "shown", "comment"}),
        film_id=film.id,
        reader_id=reader_id,
        sitting_id=sitting.id,
        at=datetime.now(UTC),
        blind=blind,
        assessment_id=answer.id,
        agrees=given.label == predicted if given.label and predicted else None,
        shapes=[each.model_dump(mode="json") for each in given.shapes],
        shown=given.shown.model_dump(mode="json") | ({"answer": False} if blind else {}),
        comment=given.comment.strip(),
        arbitration=given.label is not None and _has_last_word(session, film, reader_id, role),
    )
    session.add(opinion)
    _settle(session, film, opinion, settings)
    return opinion


def undo(session: Session, film: Film, reader_id: str, sitting_id: str, settings: Settings) -> Opinion:
    """Take the reader's last opinion back: what stood before it stands again.

    Raises:
        ConflictError: there is none.
        NotFoundError: the sitting is not this reader's on this film.
    """
    hold(session, film)
    sitting = find_sitting(session, sitting_id, film, reader_id)
    said = standing.stack(standing.of_reader(session, film.id, reader_id))
    if not said:
        raise ConflictError(_("there is no opinion of yours to undo"))
    last, before = said[-1], said[-2] if len(said) > 1 else None
    repeated = before or last
    opinion = Opinion(
        **{name: getattr(repeated, name) for name in REPEATED},
        key=str(uuid.uuid4()),
        film_id=film.id,
        reader_id=reader_id,
        sitting_id=sitting.id,
        at=datetime.now(UTC),
        withdrawn=before is None,
        undoes=last.number,
    )
    session.add(opinion)
    _settle(session, film, opinion, settings)
    return opinion


def is_arbiter(film: Film, role: Role) -> bool:
    """Whether a person of that role has the last word on the film now."""
    return film.state == "arbitration" and role != "reader"


def _has_last_word(session: Session, film: Film, reader_id: str, role: Role) -> bool:
    """Whether what they say now is the last word: on a disagreement, or in the place of their own last word."""
    if is_arbiter(film, role):
        return True
    mine = standing.standing_opinions(Opinion.arbitration)
    before = session.scalar(mine.where(Opinion.film_id == film.id, Opinion.reader_id == reader_id))
    return role != "reader" and bool(before)


def find_sitting(session: Session, sitting_id: str, film: Film, reader_id: str) -> Sitting:
    """The reader's sitting on the film.

    Raises:
        NotFoundError: it is another's.
    """
    sitting = session.get(Sitting, sitting_id)
    if sitting is None or (sitting.film_id, sitting.reader_id) != (film.id, reader_id):
        raise NotFoundError(_("the film was not opened by you; load the page again"))
    return sitting


def _settle(session: Session, film: Film, opinion: Opinion, settings: Settings) -> None:
    session.flush()
    stands = standing.current(session, film.id)
    label.settle(film, stands, settings.second_read)
    queue(session, film, opinion, stands, settings)


def _check(film: Film, answer: Assessment, given: Given) -> None:
    if not given.says_something():
        raise InvalidError(_("the opinion says nothing"))
    if unknown := set(given.findings) | {each.finding for each in given.shapes if each.finding}:
        unknown -= known_findings(answer.body.get("findings"))
        if unknown:
            raise InvalidError(_("not a finding that is known here: %(names)s", names=", ".join(sorted(unknown))))
    if given.refusal and answer.refusal is None:
        raise InvalidError(_("the film was not refused"))
    for shape in given.shapes:
        if not all(-1 <= x <= film.columns + 1 and -1 <= y <= film.rows + 1 for x, y in shape.points):
            raise InvalidError(_("a shape lies outside the film"))
        if shape.kind == "box" and len(shape.points) != 2:
            raise InvalidError(_("a box has two corners"))
