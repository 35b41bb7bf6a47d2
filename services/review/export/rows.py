"""Rows of an export: the training's index.csv with more columns, and every opinion beside it."""

from typing import Any

from review.export.answers import ANSWER, answer_row
from review.export.patients import PATIENT, patient_row
from review.export.pseudonyms import Pseudonyms
from review.export.said import Labelled, influence
from review.export.words import Row, inert
from review.findings import known_findings
from review.tables import Film
from vocabulary.conditions import CLASSES
from vocabulary.films import COLUMNS, split
from vocabulary.stages import STAGES

MORE = (
    "reader",
    "blind",
    "influence",
    "seconds",
    "sureness",
    "arbitration",
    *STAGES,
    "given",
)
"""Of an opinion. Versions are of the answer of that moment, shown or not; given is the month."""

INDEX = (*COLUMNS, *PATIENT, "drawn", *MORE, "weight")
"""Columns of index.csv. Training reads no others than its own and the patient's. Drawn: by chance, to be read blind;
MORE is of the opinion that gives the label."""

OPINION = ("image", "label", "findings", "agrees", "refusal", "heat", "lungs", *MORE, *ANSWER)
"""Columns of opinions.csv: what each reader says, also where they disagree, and what the models said at that moment."""

CONVENTION = "lungs with the region behind the heart"
"""What readers correct is the served mask, which is of this convention."""

LICENCE = "the hospital's own, terms not stated"
"""No permission: what may be done with the films is for the hospital to say."""


class Names:
    """What stands in an export for films, patients, readers and scanners."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    def film(self, film: Film) -> str:
        """The picture's name, without its suffix."""
        return self._pseudonyms.of("film", film.id)

    def patient(self, film: Film) -> str:
        """By the patient's ID; a film without one is a patient of its own."""
        whose = ("patient", film.patient_id) if film.patient_id else ("patient of film", film.id)
        return f"review-{self._pseudonyms.of(*whose)}"

    def reader(self, id_: str) -> str:
        """By the account."""
        return f"reader-{self._pseudonyms.of('reader', id_)}"

    def dataset(self, film: Film) -> str:
        """A scanner: training draws classes alike within each, so that the scanner tells nothing."""
        return f"review-{self._pseudonyms.of('scanner', film.scanner)}" if film.scanner else "review"


def index_row(film: Film, found: Labelled, mask: bool, names: Names) -> Row:
    """The film's row of index.csv; where readers disagree, no opinion gives a label, and its columns are empty."""
    name, patient = names.film(film), names.patient(film)
    row = {
        "image": f"films/{name}.png",
        "mask": f"masks/{name}.png" if mask else "",
        "mask_convention": CONVENTION if mask else "",
        "dataset": names.dataset(film),
        "kind": found.kind,
        "label_raw": findings(found.opinion) if found.opinion else "",
        "three_class": found.label.replace("_", " ") if found.label in CLASSES else "",
        "view": found.view,
        "patient_id": patient,
        "split": split(patient),
        "licence": LICENCE,
        "source_repository": "reading room",
        "source_path": "",
        "original_width": str(film.columns),
        "original_height": str(film.rows),
        "drawn": str(film.blind).lower(),
    }
    more = _more(found.opinion, names) if found.opinion else dict.fromkeys(MORE, "")
    return row | patient_row(film) | more | {"weight": f"{found.weight:g}" if found.opinion else ""}


def opinion_row(film: Film, opinion: Any, names: Names, comments: bool) -> Row:
    """An opinion's row of opinions.csv."""
    row = {
        "image": f"films/{names.film(film)}.png",
        "label": opinion.label or "",
        "findings": findings(opinion),
        "agrees": "" if opinion.agrees is None else str(opinion.agrees).lower(),
        **{name: getattr(opinion, name) or "" for name in ("refusal", "heat", "lungs")},
    }
    comment = {"comment": inert(opinion.comment)} if comments else {}
    return row | _more(opinion, names) | answer_row(opinion.classes) | comment


def findings(opinion: Any) -> str:
    """Those that are known, joined as the index has them."""
    return "|".join(name for name in opinion.findings if name in known_findings(opinion.reported))


def _more(opinion: Any, names: Names) -> Row:
    models = opinion.models if isinstance(opinion.models, dict) else {}
    return {
        "reader": names.reader(opinion.reader_id),
        "blind": str(opinion.blind).lower(),
        "influence": influence(opinion),
        "seconds": f"{opinion.seconds:.1f}",
        "sureness": opinion.sureness or "",
        "arbitration": str(opinion.arbitration).lower(),
        **{stage: inert(str(models.get(stage) or "")) for stage in STAGES},
        "given": f"{opinion.at:%Y-%m}",
    }
