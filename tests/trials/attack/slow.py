"""Connections that are begun and kept waiting (slowloris), from several addresses; who is hung up on comes again."""

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from local.ports import LOOPBACK

DRIP_S = 3.0
"""Between two bytes of who sends some."""

AGAIN_S = 0.2
"""After which who was hung up on comes again."""

ADDRESSES = [f"127.0.0.{number}" for number in range(2, 10)]
"""From which they come; an honest client's is another one."""

HEADER = b"POST /v1/assessments HTTP/1.1\r\nHost: localhost\r\n"
BODY = HEADER + b"Content-Type: image/png\r\nContent-Length: 1000000\r\nAuthorization: Bearer %s\r\n\r\n"


@dataclass(frozen=True)
class Way:
    """One way to keep a port waiting."""

    port: int
    begins: bytes
    """What is sent at once."""
    drips: bytes
    """What is sent now and then."""


def ways(gateway: int, door: int, dicom: int, token: str) -> list[Way]:
    """A header that does not end and a body that does not, at the gateway; a header at the listener's door; silence and
    half a PDU's header (PS3.8, 9.3.1) at the DICOM port."""
    return [
        Way(gateway, HEADER, b"X"),
        Way(gateway, BODY % token.encode(), b"x"),
        Way(door, HEADER, b"X"),
        Way(dicom, b"", b""),
        Way(dicom, b"\x01\x00", b""),
    ]


class Slow:
    """So many connections, of all ways alike, in a thread of their own until the end."""

    def __init__(self, ways: Sequence[Way], count: int) -> None:
        self.opened, self.hung_up, self.refused = 0, 0, 0
        """Connections so far: made, ended by the other side, and not made."""
        self._ways = list(itertools.islice(itertools.cycle(ways), count))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="slow")
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    async def _run(self) -> None:
        tasks = [asyncio.create_task(self._keep(way, number)) for number, way in enumerate(self._ways)]
        while not self._over.is_set():
            await asyncio.sleep(0.1)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, way: Way, number: int) -> None:
        while True:
            with contextlib.suppress(OSError):
                await self._connect(way, ADDRESSES[number % len(ADDRESSES)])
            await asyncio.sleep(AGAIN_S)

    async def _connect(self, way: Way, address: str) -> None:
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, way.port, local_addr=(address, 0))
        except OSError:
            self.refused += 1
            raise
        self.opened += 1
        try:
            writer.write(way.begins)
            while await self._stays(reader):
                writer.write(way.drips)
            self.hung_up += 1
        finally:
            writer.transport.abort()

    @staticmethod
    async def _stays(reader: asyncio.StreamReader) -> bool:
        """Whether the other side has not hung up after DRIP_S."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRIP_S):
                while await reader.read(65536):
                    pass
                return False
        return True
