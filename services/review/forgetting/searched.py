"""What readers searched for holds names and numbers: in the searches of the last day, and in the audit for ever.

A row of the audit is emptied of it: its seal stays for the next row to rest on, and another one, made with the same
key, seals what is left of it (auditing.chain.Chain.emptied). So `audit verify` still finds every other change. Rows
from before there was a chain are left: none of them holds a search.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from auditing.chain import Chain
from review.chain.seal import CHAIN, sealed
from review.people import Audit, Redaction
from review.reading.searches import Search

QUERIED = ("worklist.search", "audit.view", "audit.export")
"""Actions of the rows whose query has words that somebody typed."""

TYPED = ("search", "film", "action", "reader")
"""Fields of a query into which they are typed."""

LEAST = 2
"""Letters of a word that says who somebody is."""


def words(text: str) -> set[str]:
    """The words of what the worklist's search looks through: names, ID, accession number, folded."""
    found = (word.strip(",/") for word in text.casefold().split())
    return {word for word in found if len(word) >= LEAST}


def searches(session: Session, whose: frozenset[str]) -> list[str]:
    """Tokens of the searches that are kept and name a patient."""
    return [each.token for each in session.scalars(select(Search)) if _names(each.words, whose)]


def rows(session: Session, whose: frozenset[str]) -> list[int]:
    """Numbers of the audit's rows that hold a search which names a patient."""
    if not whose:
        return []
    return [row.number for row in _queried(session) if _names(_typed(row.detail["query"]), whose)]


def empty(session: Session, tokens: list[str], numbers: list[int], by: int) -> None:
    """Remove searches, and what was searched for from rows of the audit.

    Args:
        by: number of the audit's row that says so.
    """
    chain: Chain = session.info[CHAIN]
    session.execute(delete(Search).where(Search.token.in_(tokens)))
    for number in numbers:
        row = session.get_one(Audit, number)
        detail = {name: value for name, value in row.detail.items() if name != "query"}
        left = sealed(row)
        seal = chain.emptied(replace(left, row=replace(left.row, detail=detail)), by)
        session.execute(insert(Redaction).values(number=number, audit_number=by, seal=seal))
        session.execute(update(Audit).where(Audit.number == number).values(detail=detail))


def _queried(session: Session) -> Iterator[Audit]:
    found = select(Audit).where(Audit.action.in_(QUERIED), Audit.seal.is_not(None))
    for row in session.scalars(found.execution_options(yield_per=1000)):
        if "query" in row.detail:
            yield row


def _names(text: str, whose: frozenset[str]) -> bool:
    """Whether a search would find the patient, or holds a word of theirs."""
    asked = text.casefold().split()
    found = all(any(part in word for word in whose) for part in asked)
    return any(len(part) >= LEAST for part in asked) and (found or not whose.isdisjoint(words(text)))


def _typed(query: str) -> str:
    """What somebody typed, of a query as the audit has it: in base64, but for the audit's own."""
    try:
        query = base64.b64decode(query, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        pass
    asked = parse_qs(query)
    return " ".join(value for name in TYPED for value in asked.get(name, []))
