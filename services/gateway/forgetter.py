"""Forgets an assessment: the answer with the film's header, and what it was made from where nothing else is of that."""

from gateway import names
from gateway.decoder import Decoder
from gateway.feed import Feed
from gateway.pairs import Pairs
from gateway.store import Record, Store
from results.measured import Kept
from results.schema import Running


class Forgetter:
    """Of one gateway. What others hold in their own memory, beside Redis, ends there by itself."""

    def __init__(self, store: Store, feed: Feed, decoder: Decoder, pairs: Pairs) -> None:
        """With all that remembers something of a film."""
        self._store, self._feed, self._decoder, self._pairs = store, feed, decoder, pairs

    async def forget(self, record: Record | Kept) -> None:
        """Remove all there is of a finished assessment; it is found by its id until everything else is gone.

        Raises:
            FeedUnavailableError, StoreUnavailableError: Redis is away, and something may be left: ask again.
        """
        films, name = _films(record), _name(record)
        said = record.measured if isinstance(record, Kept) else record.assessment
        if not isinstance(said, Running):
            await self._feed.remove(said)
        self._decoder.forget(films)  # also where the pixels are another's too: the header is this one's
        await self._pairs.forget(await self._store.unused(name, films))
        if isinstance(record, Kept):  # whose request did not wait: that it runs is kept apart, for some seconds more
            await self._store.remove(names.record(record.measured.id), ())
        await self._store.remove(name, films)


def _films(record: Record | Kept) -> list[str]:
    """Names of the pixels that were looked at; none where it failed before any were."""
    before = record.before if isinstance(record, Record) else ()
    return [film for film in (record.film, *before) if film]


def _name(record: Record | Kept) -> str:
    if isinstance(record, Kept):
        return names.measured(record.measured.id)
    return names.record(record.assessment.id)
