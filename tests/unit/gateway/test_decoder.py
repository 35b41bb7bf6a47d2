"""A file that is known again."""

import asyncio
import hashlib
import threading

import pytest

from gateway.container import processors
from gateway.deadline import Deadline
from gateway.decoder import Decoder
from gateway.lanes import Lane
from gateway.threads import Threads
from gateway.work import Work
from imaging.file import File
from tests import films

DATA = films.png()


@pytest.fixture
async def threads():
    made = Threads("test")
    yield made
    await made.aclose()


def work(digest: bytes = b"", fresh: bool = False) -> Work:
    return Work(File(DATA, "image/png", digest), "", Deadline(10), fresh)


async def test_a_known_file_that_was_hashed_while_it_arrived_waits_for_no_thread(threads):
    decoder, digest = Decoder(50_000_000, threads, 60), hashlib.sha256(DATA).digest()
    await decoder.decode(first := work(digest))
    go = threading.Event()
    busy = [asyncio.create_task(threads.run(go.wait, Lane.ROUTINE)) for _ in range(processors())]
    await asyncio.sleep(0)

    await asyncio.wait_for(decoder.decode(again := work(digest)), 10)

    go.set()
    await asyncio.gather(*busy)
    assert again.known is not None and again.known is first.known
    assert again.radiograph is None


async def test_a_file_of_a_form_is_known_again_by_the_same_digest(threads):
    decoder = Decoder(50_000_000, threads, 60)
    await decoder.decode(first := work(hashlib.sha256(DATA).digest()))

    await decoder.decode(again := work())
    await decoder.decode(anew := work(hashlib.sha256(DATA).digest(), fresh=True))

    assert again.known is first.known
    assert anew.radiograph is not None
