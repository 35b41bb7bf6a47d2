"""The public keys of an authorisation server (JWK Set, RFC 7517), from a file or from its address."""

import asyncio
import json
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from doors.access.errors import KeysUnavailableError
from doors.loopback import is_loopback

log = structlog.get_logger()

KEPT_S = 600.0
"""After which they are looked at again: a key that the issuer has withdrawn is trusted no longer than this."""

AGAIN_S = 30.0
"""How often they are looked at for the sake of tokens that no known key has signed, which anybody can send."""

TIMEOUT_S = 5.0


class Keys:
    """Keys that are fetched when they are needed, and kept."""

    def __init__(self, source: str) -> None:
        """Of a file's path or an https:// address (http:// on loopback).

        Raises:
            ValueError: it is neither.
        """
        parts = urlsplit(source)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValueError(f"{source}: keys come over HTTPS, or nobody knows whose they are")
        self._source = source
        self._remote = parts.scheme in ("http", "https")
        self._keys: KeySet | None = None
        self._looked = -KEPT_S
        self._looking = asyncio.Lock()

    async def known(self) -> KeySet:
        """Those that are known, looked at again after a while.

        Raises:
            KeysUnavailableError: there are none.
        """
        if self._keys is None or time.monotonic() - self._looked > KEPT_S:
            await self._look(KEPT_S)
        if self._keys is None:
            raise KeysUnavailableError("the keys of the authorisation server cannot be had now")
        return self._keys

    async def newer(self) -> KeySet | None:
        """Those that there are now; None where they were looked at just before."""
        before = self._looked
        await self._look(AGAIN_S)
        return self._keys if self._looked != before else None

    async def _look(self, after_s: float) -> None:
        async with self._looking:
            since = time.monotonic() - self._looked
            if since < min(after_s, AGAIN_S if self._keys else 1.0):
                return
            self._looked = time.monotonic()
            try:
                told = await asyncio.to_thread(self._read)
                self._keys = KeySet.import_key_set({"keys": json.loads(told)["keys"]})
            except (OSError, httpx.HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
                log.warning("no keys of the authorisation server", error=type(error).__name__)

    def _read(self) -> str:
        if not self._remote:
            return Path(self._source.removeprefix("file://")).read_text()
        with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
            return client.get(self._source).raise_for_status().text
