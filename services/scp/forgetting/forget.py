"""Forgets: first the tombstone, then what the gateway has to forget, then the ledger, then the files.

`again` finds and ends what a crash has left.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from erasure.asked import Asked, login
from erasure.errands import Errands
from erasure.names import Identity
from erasure.tombstones import Tombstones
from scp.forgetting.book import Book
from scp.forgetting.shelf import Shelf
from scp.holdings.files import Files
from scp.holdings.index import Index
from scp.kept import KeptFilms
from scp.merged import Merges
from scp.settings import Settings
from scp.stores import stores
from scp.trail import record_now

Means = Callable[[Identity, datetime], bool]
"""Whether somebody is meant, of whom something has been here since then."""


@dataclass(frozen=True)
class Gone:
    """How much goes, or went; nothing of whom."""

    films: int = 0
    files: int = 0
    """Films, results, and what stands for them in queues."""
    ledger: int = 0
    """Films whose rows of the ledger are emptied."""

    def __str__(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in asdict(self).items()) + " rows"


@dataclass(frozen=True)
class Found:
    """What shall go."""

    held: set[str]
    """Ids of films of which there are files."""
    noted: set[str]
    """Ids of films in the ledger."""
    issuers: set[str]
    studies: set[str]


@dataclass(frozen=True)
class Forgetter:
    """Of one listener; it may run meanwhile."""

    settings: Settings
    shelf: Shelf
    book: Book
    index: Index
    tombstones: Tombstones
    errands: Errands
    merges: Merges

    def look(self, asked: Asked) -> Gone:
        """What would go. Raises ValueError where it is not clear whose ID is meant."""
        return self._counted(self._asked(asked))

    def forget(self, asked: Asked) -> Gone:
        """Do it.

        Raises:
            ValueError: as look.
            OSError, SQLAlchemyError: it was not done, or not to its end: `again` goes on.
        """
        found = self._asked(asked)
        stone = asked.tombstone(self.tombstones.keyed, found.issuers, found.studies)
        self.tombstones.add(stone)
        self._record(found, asked.reason, names=list(stone.names))
        self.merges.drop(lambda who, since: bool(asked.patient) and asked.patient == who.patient)
        return self._carry_out(found, asked.reason)

    def again(self) -> Gone:
        """Forget all who were forgotten before: what a restored backup, or a crash, has left. Raises as forget."""
        stones, keyed = self.tombstones.read(), self.tombstones.keyed

        def means(film: Identity, since: datetime) -> bool:
            return any(stone.covers(keyed.all_of(film), since) for stone in stones)

        self.merges.drop(means)
        found, why = self._found(means), "again, as after a restore"
        if found.held or found.noted:
            self._record(found, why)
        return self._carry_out(found, why)

    def _record(self, found: Found, reason: str, **more: Any) -> None:
        record_now(self.settings, "patient.forget", login(), reason=reason, **more, **asdict(self._counted(found)))

    def _asked(self, asked: Asked) -> Found:
        found = self._found(lambda film, since: asked.means(film))
        asked.check_issuers(found.issuers)
        return found

    def _found(self, means: Means) -> Found:
        """Films by their files; and in the ledger by their studies, where the files went long ago."""
        came = {film.film: (film, since) for film, since in self.book.films()}
        found, others = Found(set(), set(), set(), set()), set()
        for film, since in self.shelf.films():
            if film.patient:
                others.add(film.film)
            if means(film, came[film.film][1] if film.film in came else since):
                found.held.add(film.film)
                found.issuers.add(film.issuer)
                found.studies.add(film.study)
        found.studies.discard("")
        others -= found.held  # another patient's, though the study has the same UID
        for film, since in came.values():
            known = film.film in found.held or film.study in found.studies or means(film, since)
            if known and film.film not in others:
                found.noted.add(film.film)
        return found

    def _counted(self, found: Found) -> Gone:
        films = found.held | found.noted
        return Gone(len(films), sum(map(self.shelf.count, found.held)), len(found.noted))

    def _carry_out(self, found: Found, reason: str) -> Gone:
        films = sorted(found.held | found.noted)
        with self.shelf.standstill.forgetting():
            self.errands.add(self.book.assessments(films))  # before their rows lose them
            # All of them everywhere: a film may have come to its row, or to its results, since it was found.
            noted = self.book.forget(films, {"by": login(), "reason": reason})
            files = sum(map(self.shelf.remove, films))
        self.index.refresh()
        self.shelf.scrub_index()
        self.book.scrub()
        return Gone(len(films), files, noted)


@contextmanager
def opened(settings: Settings) -> Iterator[Forgetter]:
    """The one of a folder and a ledger."""
    spool, ledger, _, _ = stores(settings)
    ledger.close()
    book = Book(settings.ledger_url)
    files = Files(settings.folder, spool, KeptFilms(settings.folder, settings.keep_films))
    try:
        shelf, index = Shelf(settings.folder, spool), Index(settings.folder, files)
        kept = Tombstones(settings.folder), Errands(settings.folder), Merges(settings.folder)
        yield Forgetter(settings, shelf, book, index, *kept)
    finally:
        book.close()


def forget_again(settings: Settings, tombstones: Path | None = None) -> Gone:
    """Forget all once more who were forgotten: call it after a restore, before the listener starts.

    Films that came after they were forgotten stay. It may be called at any time, and as often as one likes.

    Args:
        settings: name the folder and the ledger that were restored.
        tombstones: the folder as it was before the restore, or one with a copy of its forgotten.jsonl and
            forgotten.key: the restored one knows only who was forgotten before the backup was made.

    Raises:
        ValueError: the tombstones are damaged, or were made with another key than those in the restored folder.
        OSError, SQLAlchemyError: it was not done, or not to its end: call it again.
    """
    with opened(settings) as forgetter:
        if tombstones:
            forgetter.tombstones.adopt(tombstones)
        return forgetter.again()
