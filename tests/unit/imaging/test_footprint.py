"""What decoding a file takes is known from its header, and is enough."""

import os
import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread, uid

from cxr.errors import TooLargeError
from imaging.file import File, kind_of
from imaging.footprint import decoding_bytes
from local.places import ROOT
from tests import films
from tests.trials.attack import bombs

MOST = 50_000_000
SIDE = 3000

READS = """
import sys
from pathlib import Path
from imaging.file import File, kind_of
from tests import films

def status(name):
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(name))

data = Path(sys.argv[1]).read_bytes()
for warm in (films.png(), films.dicom()):
    File(warm, kind_of(warm, "")).read(50_000_000)
before = status("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
try:
    File(data, kind_of(data, "")).read(50_000_000)
except Exception as error:
    print(type(error), file=sys.stderr)
print(status("VmHWM") - before)
"""


def file(data: bytes) -> File:
    return File(data, kind_of(data, ""))


def ramp(bits: int = 8) -> np.ndarray:
    return films.pixels(SIDE, SIDE, bits)


def test_a_pixel_of_a_picture_takes_11_bytes():
    assert decoding_bytes(file(films.png()), MOST) == 11 * 96 * 80
    assert decoding_bytes(file(films.jpeg(mode="RGB")), MOST) == 11 * 96 * 80


def test_a_sample_of_a_dicom_film_takes_8_bytes_and_9_more_where_it_is_compressed():
    packed = dcmread(BytesIO(films.dicom()))
    packed.compress(uid.RLELossless, generate_instance_uid=False)
    packed.save_as(written := BytesIO())

    assert decoding_bytes(file(films.dicom()), MOST) == 8 * 96 * 80
    assert decoding_bytes(file(written.getvalue()), MOST) == 17 * 96 * 80


def test_a_palette_makes_three_samples_of_one():
    told = films.dicom(PhotometricInterpretation="PALETTE COLOR")

    assert decoding_bytes(file(told), MOST) == 3 * 8 * 96 * 80


def test_a_bomb_of_65_kilobytes_is_known_to_take_half_a_gigabyte():
    bomb = bombs.palette()

    assert len(bomb) < 100_000
    assert decoding_bytes(file(bomb), MOST) == 11 * bombs.SIDE**2


@pytest.mark.parametrize("data", [films.png_header(8000, 8000), films.png()[:30], films.dicom()[:200]])
def test_what_is_not_decoded_takes_nothing(data):
    assert decoding_bytes(file(data), MOST) == 0


def test_a_header_of_too_many_elements_is_refused_as_by_who_decodes_it():
    elements = b"".join(b"\x09\x00" + number.to_bytes(2, "little") + b"UN\0\0\0\0\0\0" for number in range(1, 60_000))
    plain = films.dicom()
    at = plain.find(b"\x10\x00\x10\x00PN")

    with pytest.raises(TooLargeError):
        decoding_bytes(file(plain[:at] + elements + plain[at:]), MOST)


LARGE = {
    "gray": lambda: films.png(ramp().astype(np.uint8)),
    "16 bits": lambda: films.png(ramp(16)),
    "palette": lambda: bombs.palette(SIDE),
    "four colours": lambda: bombs.colours(SIDE),
    "JPEG": lambda: films.jpeg(ramp().astype(np.uint8), "RGB"),
    "DICOM": lambda: films.dicom(ramp(12)),
}
"""Made where it is read, not by every process that collects the tests."""


@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="only Linux tells a process's peak")
@pytest.mark.parametrize("made", LARGE.values(), ids=LARGE)
def test_reading_a_file_takes_no_more_than_that(made, tmp_path):
    path, data = tmp_path / "film", made()
    path.write_bytes(data)
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "services", ROOT / "deploy")))
    command = [sys.executable, "-c", READS, str(path)]
    read = subprocess.run(command, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=True)

    assert int(read.stdout) <= decoding_bytes(file(data), MOST)
