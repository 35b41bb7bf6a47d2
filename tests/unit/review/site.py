"""A reading room with films and opinions of its own, written straight into a real database."""

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from review import database
from review.people import Reader
from review.tables import Assessment, Film, Opinion, Sitting
from review.urgency import urgency
from tests.unit.review.databases import on_postgresql, on_sqlite, recording
from vocabulary.conditions import CLASSES

DATABASES = ("sqlite", "postgresql")

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday."""


@dataclass
class Site:
    """Rows are collected, and written by keep."""

    sessions: database.Sessions
    films: list[dict] = field(default_factory=list)
    assessments: list[dict] = field(default_factory=list)
    sittings: list[dict] = field(default_factory=list)
    opinions: list[dict] = field(default_factory=list)

    def reader(self, login, name=None, role="reader"):
        """A reader whose id is made of the login; at once."""
        id_ = login.upper().ljust(26, "0")
        with self.sessions.begin() as session:
            session.add(Reader(id=id_, login=login, name=name or login, role=role, active=True, created=START))
        return id_

    def film(self, probabilities=(0.2, 0.3, 0.5), refusal=None, body=None, **columns):
        """A film with its assessment; the probabilities are in the order of CLASSES, None where there are none."""
        number = len(self.films)
        id_, assessment = f"F{number:025d}", f"{number:032d}"
        classes = dict(zip(CLASSES, probabilities, strict=True)) if probabilities else None
        outcome = "refused" if refusal and classes is None else "assessed"
        row = {
            "id": id_, "digest": f"{number:064d}", "arrived": START + timedelta(minutes=number), "source": "feed",
            "rows": 40, "columns": 30, "spacing_mm": None, "header": {}, "assessment_id": assessment,
            "outcome": outcome, "refusal": refusal, "nearness": 0.0, "blind": False, "state": "unread", "label": None,
            "predicted_class": max(classes, key=classes.get) if classes else None,
            "urgency": urgency(classes, None), "patient_id": f"P{number}", "patient_name": "",
            "sop_instance_uid": "", "study_instance_uid": "", "birth_date": "", "sex": "", "accession_number": "",
            "study_date": "2026-03-02", "study_time": "", "modality": "DX", "view_position": "PA", "scanner": "Maker",
            "search": "", "read_at": None, "problem": "chest", "value": None,
        }  # fmt: skip
        self.films.append(row | columns)
        models = {"discriminator": "1.1.0", "segmenter": "1.1.0", "classifier": "1.1.0"}
        said = {"outcome": outcome, "classes": classes, "predicted_class": row["predicted_class"], "models": models,
                "refusal": {"reason": refusal, "detail": ""} if refusal else None}  # fmt: skip
        self.assessments.append(
            {"id": assessment, "film_id": id_, "created": START, "outcome": outcome, "overridden_by": None,
             "body": said | (body or {}), "contours": []}
        )  # fmt: skip
        return self.films[-1]

    def opinion(self, film, reader, label, at=START, blind=False, **columns):
        """An opinion; the numbers count up."""
        number = len(self.opinions) + 1
        sitting = f"S{number:025d}"
        self.sittings.append(
            {"id": sitting, "film_id": film["id"], "reader_id": reader, "opened": at, "blind": blind,
             "assessment_id": None}
        )  # fmt: skip
        row = {
            "number": number, "key": str(uuid.UUID(int=number)), "film_id": film["id"], "reader_id": reader,
            "sitting_id": sitting, "at": at, "blind": blind, "assessment_id": film["assessment_id"],
            "withdrawn": False, "undoes": None, "label": label, "value": None,
            "agrees": label == film["predicted_class"] if label and film["predicted_class"] else None,
            "findings": [], "refusal": None, "heat": None, "lungs": None, "shapes": [], "sureness": None,
            "comment": "", "seconds": 10.0, "shown": {"answer": not blind}, "arbitration": False,
        }  # fmt: skip
        self.opinions.append(row | columns)
        return self.opinions[-1]

    def keep(self):
        """Write what was collected."""
        with self.sessions.begin() as session:
            rows = {Film: self.films, Assessment: self.assessments, Sitting: self.sittings, Opinion: self.opinions}
            for table, each in rows.items():
                if each:
                    session.execute(insert(table), each)

    def session(self) -> Session:
        """To read with."""
        return self.sessions()


@contextlib.contextmanager
def opened(kind, folder, request) -> Iterator[Site]:
    """A new site in a database of that kind; the test is skipped where it is not installed."""
    engine = on_sqlite(folder) if kind == "sqlite" else on_postgresql(request.getfixturevalue("postgresql"))
    yield Site(recording(engine, folder))
    engine.dispose()


def found(folder) -> Site:
    """A new site, in a database of its own."""
    return Site(recording(on_sqlite(folder), folder))


@contextlib.contextmanager
def statements(site) -> Iterator[list[str]]:
    """What the database is asked meanwhile: as much for many films as for few, unless it is asked film by film."""
    sent: list[str] = []

    def keep(_connection, _cursor, statement, *_):
        sent.append(statement)

    engine = site.sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", keep)
    yield sent
    event.remove(engine, "before_cursor_execute", keep)


def simulate(site, films, seed=0, blind_share=0.3, reader_right=0.85, model_weight=2.0, second=0.5):
    """Films of three classes; a model and two readers who err independently; readers follow the model if they see it.

    A film's patient has two films on average. Blind films are read by both readers, others by one or both.
    """
    random = np.random.default_rng(seed)
    readers = [site.reader("ada", "Dr Ada"), site.reader("bob", "Dr Bob")]
    truth = random.integers(0, 3, films)
    logits = random.normal(size=(films, 3)) + model_weight * np.eye(3)[truth]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for at in range(films):
        blind = bool(random.random() < blind_share)
        patient = f"P{random.integers(films // 2)}"
        row = site.film(
            tuple(map(float, probabilities[at])), patient_id=patient, blind=blind, scanner=f"Maker {at % 4}"
        )
        when = START + timedelta(minutes=int(at * 100_000 / films))
        labels = []
        for reader in readers[: 2 if blind or random.random() < second else 1]:
            right = random.random() < reader_right
            label = CLASSES[truth[at] if right else (truth[at] + random.integers(1, 3)) % 3]
            if not blind and random.random() < 0.4:
                label = row["predicted_class"]
            sureness = random.choice(["sure", "probable", "unsure"], p=[0.6, 0.3, 0.1] if right else [0.2, 0.4, 0.4])
            seconds = float(random.lognormal(3 if blind else 2.5, 0.6))
            site.opinion(row, reader, label, when, blind, sureness=str(sureness), seconds=seconds)
            labels.append(label)
        if len(labels) == 2:
            alike = labels[0] == labels[1]
            row.update(state="settled" if alike else "arbitration", label=labels[0] if alike else None)
        else:
            row.update(state="read", label=labels[0])
    site.keep()
    return readers
