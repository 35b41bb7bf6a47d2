"""Patients who are somebody else by now: films that still come under the old ID get the one that survived."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from client.answers import Json
from review.arrivals.header import issuer, patient_id
from review.base import Table


class Merged(Table):
    """An ID that was merged into another."""

    __tablename__ = "merged"

    issuer: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Who gave it, folded; empty where the films do not say."""
    patient_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    attributes: Mapped[dict[str, Any]]
    """What the films say instead, in the DICOM JSON Model."""
    words: Mapped[str] = mapped_column(String(1000))
    """By which searches found their films before: to be forgotten with them."""
    at: Mapped[datetime]


def survivor(session: Session, found: Json) -> Json:
    """A film's header under the identity that survived; as it is where nobody merged its patient.

    Args:
        found: the header, in the DICOM JSON Model.
    """
    merged = session.get(Merged, (issuer(found), patient_id(found)))
    return found | merged.attributes if merged else found
