"""Assessments, results and films by name, in Redis with a time to live; beside feed.py the only user of redis.

Each entry is sealed under its name, so that who can write to Redis makes no answer of ours: what does not open is not
there. Redis away means slower, never an error: what cannot be kept there is kept in a small memory of our own.
"""

import struct
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self, TypeVar

import cachetools
import numpy as np
import structlog
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from cxr.radiograph import Pixels, Radiograph
from gateway import names
from gateway.errors import StoreUnavailableError
from gateway.vault import Vault
from results.schema import Assessment, Model, Result, Running

log = structlog.get_logger()

AWAY_S = 1.0
"""How long Redis is left alone after an error, so that a dead one does not cost every request its timeout."""

Kind = TypeVar("Kind", bound=Model)

Along = Callable[[Pipeline], object]
"""Adds a command to those of one trip to Redis, as the last."""

SHAPE = struct.Struct("<II")


class Record(Model):
    """An assessment, and the names of what its pictures are drawn from."""

    assessment: Assessment | Running
    key: str = ""
    film: str = ""
    before: tuple[str, ...] = ()
    """Films that it was before it was turned or corrected, which were looked at, too."""
    header: bytes = b""
    """Packed: what the DICOM film's header says that its results need; empty for a picture."""
    caller: str = ""
    """Who had it assessed."""


class Store:
    """What the gateway remembers. Every name begins with cxr: and carries no patient data."""

    def __init__(self, redis: Redis, vault: Vault, ttl_s: int, memory_bytes: int) -> None:
        self._redis = redis
        self._vault = vault
        self._ttl_s = ttl_s
        self._memory: cachetools.TTLCache[str, bytes] = cachetools.TTLCache(memory_bytes, ttl_s, getsizeof=len)
        self._away_until = 0.0

    @classmethod
    def at(cls, url: str, vault: Vault, timeout_s: float, ttl_s: int, memory_bytes: int) -> Self:
        """A store at a redis:// URL; nothing is connected yet."""
        retry = Retry(NoBackoff(), 1)  # once, since a pooled connection may have died with an earlier Redis
        redis = Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=retry)
        return cls(redis, vault, ttl_s, memory_bytes)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    async def ready(self) -> bool:
        """Whether Redis answers now."""
        try:
            await self._redis.ping()
        except (RedisError, OSError):
            return False
        return True

    async def result(self, key: str, film: str) -> Result | None:
        """A result whose film is still there too; both live on for another time to live."""
        return await self.computed(key, film, "result", Result)

    async def computed(self, key: str, film: str, of: str, kind: type[Kind]) -> Kind | None:
        """What put_computed kept, as result."""
        kept = f"cxr:{of}:{key}", f"cxr:film:{film}", f"cxr:shape:{film}"
        if self._present():
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    pipe.getex(kept[0], ex=self._ttl_s)
                    pipe.expire(kept[1], self._ttl_s)
                    pipe.expire(kept[2], self._ttl_s)
                    sealed, *there = await pipe.execute()
                if sealed and all(there) and (opened := self._vault.open(kept[0], sealed)):
                    return _parse(kind, opened)
            except (RedisError, OSError) as error:
                self._went_away(error)
        found = self._memory.get(kept[0])
        return _parse(kind, found) if found and kept[1] in self._memory else None

    async def named_result(self, key: str) -> Result | None:
        """The result behind an assessment, or None where it has expired."""
        found = await self._get(f"cxr:result:{key}")
        return _parse(Result, found) if found else None

    async def film(self, film: str) -> Pixels | None:
        """The pixels that were assessed, or None where they have expired."""
        found = await self._get(f"cxr:film:{film}")
        return np.frombuffer(found, np.uint8, offset=SHAPE.size).reshape(SHAPE.unpack_from(found)) if found else None

    async def shape(self, film: str) -> tuple[int, int] | None:
        """Rows and columns of a film, without its pixels; None where it has expired."""
        found = await self._get(f"cxr:shape:{film}")
        return SHAPE.unpack(found) if found else None

    async def put_computed(
        self, film: str, radiograph: Radiograph, key: str, result: Model, of: str = "result"
    ) -> None:
        """Keep a film's pixels, raw (encoding them would cost more than the cascade's overhead), and its result.

        Args:
            of: under cxr:OF:KEY.
        """
        shape = SHAPE.pack(*radiograph.shape)
        pixels = b"".join((shape, np.ascontiguousarray(radiograph.pixels).data))
        found = result.model_dump_json().encode()
        values = {f"cxr:film:{film}": pixels, f"cxr:shape:{film}": shape, f"cxr:{of}:{key}": found}
        await self._put(values, films=(film,))

    async def record(self, assessment_id: str) -> Record | None:
        """An assessment by its id, or None where there is none or it has expired."""
        found = await self._get(names.record(assessment_id))
        return _parse(Record, found) if found else None

    async def put_record(self, record: Record, ttl_s: int | None = None, along: Along | None = None) -> bool:
        """Keep an assessment under its id.

        Args:
            record: it.
            ttl_s: how long; None: as long as all else.
            along: what Redis is told when it has it, on the same trip.

        Returns:
            Whether Redis has it, and was told that; else it is in our own memory.
        """
        data = record.model_dump_json(by_alias=True).encode()
        return await self._put({names.record(record.assessment.id): data}, ttl_s, (record.film, *record.before), along)

    async def get(self, name: str, kind: type[Kind]) -> Kind | None:
        """What put keeps under a name, or None where it is not there or has expired.

        Raises:
            StoreUnavailableError: Redis is away, and it is not in our own memory.
        """
        found = await self._get(name)
        return _parse(kind, found) if found else None

    async def put(self, name: str, value: Model, film: str = "") -> None:
        """Keep something, made of a film, under a name that begins with cxr: and carries no patient data."""
        await self._put({name: value.model_dump_json(by_alias=True).encode()}, films=(film,))

    async def unused(self, name: str, films: Sequence[str]) -> list[str]:
        """Those of these films of which no other answer than this one is kept.

        Raises:
            StoreUnavailableError: Redis is away.
        """
        try:
            return [film for film in films if not await self._used(await self._made_of(film) - {name})]
        except (RedisError, OSError) as error:
            self._went_away(error)
            raise StoreUnavailableError("what is kept cannot be looked up now") from error

    async def remove(self, name: str, films: Sequence[str]) -> None:
        """Remove an answer, and all of its films that no other answer is of.

        What another gateway kept in its own memory while Redis was away, ends there by itself.

        Raises:
            StoreUnavailableError: Redis is away, and something may be left.
        """
        try:
            gone = await self.unused(name, films)
            every = {name, *(f"cxr:{kind}:{film}" for film in gone for kind in ("film", "shape"))}
            for film in gone:
                every |= await self._made_of(film)
            async with self._redis.pipeline() as pipe:
                pipe.delete(*every, *map(names.made_of, gone))
                for film in films:
                    pipe.srem(names.made_of(film), name)
                await pipe.execute()
        except (RedisError, OSError) as error:
            self._went_away(error)
            raise StoreUnavailableError("what is kept cannot be removed now") from error
        for each in every:
            self._memory.pop(each, None)
        self._away_until = 0.0  # it is there: what it does not have is nowhere

    async def _made_of(self, film: str) -> set[str]:
        asked: Any = self._redis.smembers(names.made_of(film))
        return {each.decode() for each in await asked}

    async def _used(self, kept: Iterable[str]) -> bool:
        """Whether one of these is an answer that is still there."""
        answers = list(filter(names.is_answer, kept))
        return bool(answers and await self._redis.exists(*answers))

    async def _get(self, name: str) -> bytes | None:
        """What is kept; None where there is none, or it is not ours.

        Raises:
            StoreUnavailableError: Redis is away, and it is not in our own memory.
        """
        away = not self._present()
        if not away:
            try:
                asked: Any = self._redis.get(name)
                if found := await asked:
                    return self._vault.open(name, found)
            except (RedisError, OSError) as error:
                self._went_away(error)
                away = True
        kept = self._memory.get(name)
        if kept is None and away:
            raise StoreUnavailableError("what is kept cannot be looked up now")
        return kept

    async def _put(
        self,
        values: dict[str, bytes],
        ttl_s: int | None = None,
        films: Iterable[str] = (),
        along: Along | None = None,
    ) -> bool:
        """Keep values that are made of these films; empty ones are none. Whether they are in Redis."""
        if self._present():
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    for name, value in values.items():
                        pipe.set(name, self._vault.seal(name, value), ex=ttl_s or self._ttl_s)
                    for film in filter(None, films):
                        pipe.sadd(names.made_of(film), *values)
                        pipe.expire(names.made_of(film), self._ttl_s)
                    if along:
                        along(pipe)
                    await pipe.execute()
                for name in values:
                    self._memory.pop(name, None)
                return True
            except (RedisError, OSError) as error:
                self._went_away(error)
        for name, value in values.items():
            if len(value) <= self._memory.maxsize:
                self._memory[name] = value
        return False

    def _present(self) -> bool:
        return time.monotonic() >= self._away_until

    def _went_away(self, error: Exception) -> None:
        self._away_until = time.monotonic() + AWAY_S
        log.warning("redis away", error=type(error).__name__)


def _parse(kind: type[Kind], found: bytes) -> Kind | None:
    """None for what another version of the gateway wrote in a form that this one does not read."""
    try:
        return kind.model_validate_json(found)
    except ValidationError:
        log.warning("unreadable in store", kind=kind.__name__)
        return None
