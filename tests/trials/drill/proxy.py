"""A network of our own between two processes: slow, cut, or silent when it is told to be.

proxy = Proxy(7080)
proxy.start()           # whoever connects to proxy.port talks to 7080
proxy.silent(True)      # half-open: connections stand, new ones too, and nothing comes through
proxy.stop()
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any

from local.ports import LOOPBACK

CHUNK = 64 * 1024
RESET = struct.pack("ii", 1, 0)
"""Source: socket(7), SO_LINGER."""


class Proxy:
    """Passes bytes on to a port of this machine."""

    def __init__(self, to: int, port: int = 0) -> None:
        self.port = port
        """Where it listens; 0 until it is started, unless it was chosen."""
        self.delay_s = 0.0
        """Later than it came, each piece of either direction."""
        self.to = to
        """Where new connections lead."""
        self._loop = asyncio.new_event_loop()
        self._passing = asyncio.Event()
        self._passing.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        self._do(self._listen())

    def stop(self) -> None:
        """Hang up, and end."""
        self._do(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def silent(self, silent: bool) -> None:
        """Keep every byte back; or pass them on again, in their order, as TCP does after an interruption."""
        self._loop.call_soon_threadsafe(self._passing.clear if silent else self._passing.set)

    def cut(self) -> None:
        """Hang up on everybody, and refuse who comes."""
        self._do(self._cut())

    def hang_up(self) -> None:
        """On everybody who is connected; who comes again is welcome."""
        self._loop.call_soon_threadsafe(self._hang_up)

    def join(self) -> None:
        """Listen again after a cut."""
        self._do(self._listen())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._meet, LOOPBACK, self.port, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        self._hang_up()
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            self._passing.set()
            await asyncio.wait(tasks, timeout=0.1)
            for task in tasks:
                task.cancel()

    def _hang_up(self) -> None:
        for writer in self._writers:
            # With a reset, as a firewall does it, and not with an orderly end.
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            there, back = await asyncio.open_connection(LOOPBACK, self.to, limit=CHUNK)
        except OSError:
            writer.transport.abort()
            self._writers.discard(writer)
            return
        self._writers.add(back)
        try:
            ways = [asyncio.create_task(each) for each in (self._pass(reader, back), self._pass(there, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, back):
                end.close()
                self._writers.discard(end)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until one end hangs up."""
        try:
            while data := await reader.read(CHUNK):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await self._passing.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            return
