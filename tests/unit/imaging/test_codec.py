"""The process that decodes compressed pixels, as the gateway uses it."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file

from cxr import errors
from imaging import codec
from imaging.dicom import read_radiograph
from imaging.errors import OverloadedError

LIMIT = 10_000_000
COMPRESSED = Path(get_testdata_file("RG3_J2KI.dcm", download=False))
SERVICES = Path(__file__).parents[3] / "services"


@pytest.fixture(autouse=True)
def ended():
    yield
    codec.close()


async def test_several_films_at_once_are_read_in_threads():
    data = await asyncio.to_thread(COMPRESSED.read_bytes)
    codec.warm()

    read = await asyncio.gather(*(asyncio.to_thread(read_radiograph, data, LIMIT) for _ in range(4)))

    assert all(np.array_equal(radiograph.pixels, read[0][0].pixels) for radiograph, _ in read)


def test_film_that_waits_too_long_for_others_may_come_again(monkeypatch):
    codec._worker.pool().schedule(time.sleep, args=[3600])  # another film, which takes as long as you like
    monkeypatch.setattr(codec, "PATIENCE_S", 0.1)

    with pytest.raises(OverloadedError) as error:
        read_radiograph(COMPRESSED.read_bytes(), LIMIT)

    assert error.value.retry_after_s == codec.MAX_DECODING_S


def test_after_it_was_closed_the_next_film_starts_another():
    data = COMPRESSED.read_bytes()
    first, _ = read_radiograph(data, LIMIT)
    codec.close()
    codec.close()

    assert np.array_equal(read_radiograph(data, LIMIT)[0].pixels, first.pixels)


def test_damaged_stream_is_malformed_and_says_nothing_of_the_file():
    data = bytearray(COMPRESSED.read_bytes())
    start = data.index(b"\xff\x4f\xff\x51")
    data[start + 4 : start + 60] = bytes(56)

    with pytest.raises(errors.MalformedError, match="compressed pixels"):
        read_radiograph(bytes(data), LIMIT)


@pytest.mark.parametrize("last", ["", "codec.close()"], ids=["left open", "closed"])
def test_interpreter_that_used_it_ends_silently(last):
    program = f"""
import sys
sys.path.insert(0, {str(SERVICES)!r})
from imaging import codec
from imaging.dicom import read_radiograph
if __name__ == "__main__":
    codec.warm()
    read_radiograph(open({str(COMPRESSED)!r}, "rb").read(), {LIMIT})
    {last}
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_film_that_is_not_compressed_needs_no_process(monkeypatch):
    monkeypatch.setattr(codec, "decode", None)
    plain = Path(get_testdata_file("RG3_UNCI.dcm", download=False)).read_bytes()

    assert read_radiograph(plain, LIMIT)[0].shape == (1760, 1760)
