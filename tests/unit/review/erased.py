"""A patient with all that a reading room keeps of one; and whether anything of them is in a folder."""

import base64
from pathlib import Path

from sqlalchemy import select

from auditing.verify import Whole as Verified
from review.chain.seal import CHAIN
from review.chain.verify import verify
from review.tables import Film
from tests.unit.review.site import Site
from tests.unit.review.whole import Whole

NAME, PATIENT, ISSUER, ACCESSION = "Mustermann", "PID-4711-77", "KLINIKUM-NORD", "ACC-902817"
STUDY, INSTANCE, BORN, COMMENT = "1.2.840.99.4711.1", "1.2.840.99.4711.1.2", "19570813", "frau m. from ward 9"

HEADER = {
    "0020000D": {"vr": "UI", "Value": [STUDY]},
    "00080018": {"vr": "UI", "Value": [INSTANCE]},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": f"{NAME}^Erika"}]},
    "00100020": {"vr": "LO", "Value": [PATIENT]},
    "00100021": {"vr": "LO", "Value": [ISSUER]},
    "00100030": {"vr": "DA", "Value": [BORN]},
}

WHY = ["--reason", "asked for it in writing"]

COLUMNS = {
    "patient_name": f"{NAME}, Erika", "patient_id": PATIENT, "birth_date": "1957-08-13", "sex": "F",
    "accession_number": ACCESSION, "study_instance_uid": STUDY, "sop_instance_uid": INSTANCE,
    "study_date": "2026-03-02", "search": f"{NAME}, Erika {PATIENT} {ACCESSION}".casefold(),
    "digest": "d1" * 32, "header": HEADER, "file_name": f"{NAME} 1957.dcm",
}  # fmt: skip
"""Of a film."""

BOX = {"kind": "box", "points": [[1, 2], [3, 4]], "finding": None}


def study_of(room: Whole, **columns: object) -> tuple[str, str]:
    """A film of hers that somebody searched for, looked at and commented on, and one of somebody else; their ids."""
    film = room.film(**COLUMNS | columns)
    other = room.film(patient_name="Doe", patient_id="P-OTHER", search="doe p-other", header={})
    reader, (hers, others) = room.site.reader("ada"), room.site.films[-2:]
    room.site.opinion(hers, reader, "no_pathology", comment=COMMENT, shapes=[BOX])
    room.site.opinion(others, reader, "no_pathology")
    written = room.site.films, room.site.assessments
    room.site.films, room.site.assessments = [], []
    room.site.keep()
    room.site.films, room.site.assessments = written
    browser = room.browser("ada")
    for words in (NAME, f"{NAME} 2019", PATIENT, "doe"):
        form = {"csrf": browser.token("/"), "search": words, "status": "all"}
        browser.get(browser.post("/worklist", data=form).headers["location"])
    browser.get(f"/films/{film}")
    return film, other


def traces_of_her(folder: Path) -> set[str]:
    """What of her is in the bytes of a folder's files, whatever they are; and which file."""
    told = {NAME, PATIENT, ACCESSION, STUDY, INSTANCE, BORN, "1957-08-13", COMMENT, COLUMNS["digest"]}
    needles = {word: word.casefold().encode() for word in told}
    for query in (f"search={NAME}", f"search={PATIENT}"):  # as the audit has it
        needles[query] = base64.b64encode(query.encode())[:16].lower()
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_bytes().lower()
            found |= {f"{name} in {path.name}" for name, needle in needles.items() if needle in text}
    return found


def look(room: Whole) -> Verified:
    """What there is to say of the audit. Raises BrokenError."""
    with room.site.session() as session:
        return verify(session, session.info[CHAIN])


def films_of(site: Site) -> list[Film]:
    """All films, the oldest first."""
    with site.session() as session:
        return list(session.scalars(select(Film).order_by(Film.id)))
