"""Two patients turn out to be one: films of the one ID become the other's, also those that come later.

The lists, earlier films, and the reports and Bundles of opinions that are made from then on say the ID that survives,
with its name, birth date and sex where a film of it is here. What was sent before stays as it was.

Source:
    IHE RAD TF-2, 4.12 (Patient Update), as an administrator's command; HL7 v2.3.1, A40.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from erasure.asked import login
from erasure.names import Keyed
from review.arrivals import header
from review.arrivals.merged import Merged
from review.audit import record
from review.database import Sessions
from review.forgetting import searched
from review.tables import Film

IDENTITY = {"00100010": "PN", header.PATIENT_ID: "LO", header.ISSUER: "LO", "00100030": "DA", "00100040": "CS"}
"""Name, ID, issuer, birth date, sex, and how each is written. Source: PS3.3, C.7.1.1; PS3.6."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Merge:
    """As an administrator asks for it; erasure.asked.check_merge has looked at it."""

    gone: str
    into: str
    issuer: str | None
    reason: str

    def carry_out(self, sessions: Sessions, keyed: Keyed, do: bool) -> int:
        """How many films it is of.

        Args:
            sessions: on the reading room's database.
            keyed: makes the names that the audit keeps.
            do: whether to do it, or only to count.

        Raises:
            ValueError: it is not clear whose IDs are meant.
        """
        with sessions.begin() as session:
            films, survivors = self._films(session, self.gone), self._films(session, self.into)
            issuer = self._issuer(films or survivors)
            attributes = self._attributes(survivors, films)
            if do:
                names = [keyed.patient(self.gone, issuer), keyed.patient(self.into, header.issuer(attributes))]
                why = {"by": "command line", "login": login(), "reason": self.reason}
                record(session, None, "patient.merge", **why, names=names, films=len(films))
                words = set().union({self.gone.casefold()}, *(searched.words(film.search) for film in films))
                for film in films:
                    _rename(film, attributes)
                self._remember(session, issuer, attributes, words)
            return len(films)

    def _films(self, session: Session, patient: str) -> list[Film]:
        """Of an ID and the issuer, the newest first."""
        query = select(Film).where(Film.patient_id == patient, Film.forgotten.is_(None)).order_by(Film.arrived.desc())
        wanted = None if self.issuer is None else self.issuer.strip().casefold()
        found = [film for film in session.scalars(query) if wanted in (None, header.issuer(film.header))]
        self._issuer(found)
        return found

    def _issuer(self, films: list[Film]) -> str:
        """Who gave the ID, folded. Raises ValueError where several did."""
        issuers = {header.issuer(film.header) for film in films}
        if len(issuers) > 1:
            told = ", ".join(repr(each) for each in sorted(issuers))
            raise ValueError(f"several have given one of these IDs: say which of them, --issuer of {told}")
        return issuers.pop() if issuers else (self.issuer or "").strip().casefold()

    def _attributes(self, survivors: list[Film], films: list[Film]) -> Json:
        """What the films say from now on."""
        if survivors:
            return {tag: survivors[0].header.get(tag, {"vr": vr}) for tag, vr in IDENTITY.items()}
        given = films[0].header.get(header.ISSUER) if films else None
        given = given or ({"vr": "LO", "Value": [self.issuer]} if self.issuer else {"vr": "LO"})
        return {header.PATIENT_ID: {"vr": "LO", "Value": [self.into]}, header.ISSUER: given}

    def _remember(self, session: Session, issuer: str, attributes: Json, words: set[str]) -> None:
        """For films that come later; and who was merged into this one before is now the other, too."""
        for each in session.scalars(select(Merged)):
            if (header.patient_id(each.attributes), header.issuer(each.attributes)) == (self.gone, issuer):
                each.attributes = attributes
        back = session.get(Merged, (header.issuer(attributes), self.into))
        if back:  # it was merged the other way round before
            session.delete(back)
        told = {"attributes": attributes, "words": " ".join(sorted(words))[:1000], "at": datetime.now(UTC)}
        session.merge(Merged(issuer=issuer, patient_id=self.gone, **told))


def _rename(film: Film, attributes: Json) -> None:
    film.header = film.header | attributes
    shown = header.columns(header.read_header(film.header))
    for name in ("patient_name", "patient_id", "birth_date", "sex", "search"):
        setattr(film, name, shown[name])
