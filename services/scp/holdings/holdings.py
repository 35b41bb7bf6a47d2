"""What the listener holds, to be searched and fetched."""

from dataclasses import dataclass
from typing import BinaryIO

from results.errors import GoneError, NotFoundError
from scp.holdings.files import Files
from scp.holdings.index import Held, Index
from scp.holdings.query import Query
from scp.holdings.search import Page, Scope, search
from scp.ledger import Ledger


@dataclass(frozen=True)
class Holdings:
    """Safe to share between threads."""

    index: Index
    files: Files
    ledger: Ledger

    def search(self, scope: Scope, query: Query, base: str) -> Page:
        """As search."""
        return search(self.index, self.files, scope, query, base)

    def instances(self, study: str, series: str | None = None, instance: str | None = None) -> list[Held]:
        """Those of a study, of a series of it, or one.

        Raises:
            GoneError: there were such, and they are kept no longer.
            NotFoundError: there never were.
        """
        if instance is None:
            self.index.refresh()
        found = list(self.index.find(study, series, instance))
        if instance is not None and not any(map(self._is_there, found)):
            self.index.refresh()
            found = list(self.index.find(study, series, instance))
        if found:
            return found
        if self.ledger.had(study, series, instance):
            raise GoneError("it was here, and is kept no longer")
        raise NotFoundError("nothing of these UIDs is here")

    def open(self, held: Held) -> BinaryIO:
        """The file of an instance.

        Raises:
            GoneError: it has gone just now.
        """
        file = self.files.open(held.film, held.kind)
        if file is None:
            raise GoneError("it was here, and is kept no longer")
        return file

    def _is_there(self, held: Held) -> bool:
        file = self.files.open(held.film, held.kind)
        if file is None:
            return False
        file.close()
        return True
