"""The same film in every transfer syntax is the same radiograph: exactly if lossless, else nearly."""

import re
import subprocess
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread, uid
from pydicom.data import get_testdata_file

from cxr import errors
from cxr.radiograph import Radiograph
from imaging import codec
from imaging.dicom import read_radiograph
from imaging.display import display
from scp.acceptance import TRANSFER_SYNTAXES
from tests import films, peers

SAMPLE = Path(__file__).parents[2] / "data" / "film.dcm"
LIMIT = 10_000_000
DCMTK = {
    uid.JPEGBaseline8Bit: ["dcmcjpeg", "+eb"],
    uid.JPEGExtended12Bit: ["dcmcjpeg", "+ee"],
    uid.JPEGLossless: ["dcmcjpeg", "+el"],
    uid.JPEGLosslessSV1: ["dcmcjpeg", "+e1"],
    uid.JPEGLSLossless: ["dcmcjpls", "+el"],
    uid.JPEGLSNearLossless: ["dcmcjpls", "+en"],
    uid.RLELossless: ["dcmcrle"],
    uid.ImplicitVRLittleEndian: ["dcmconv", "+ti"],
    uid.ExplicitVRLittleEndian: ["dcmconv", "+te"],
    uid.ExplicitVRBigEndian: ["dcmconv", "+tb"],
    uid.DeflatedExplicitVRLittleEndian: ["dcmconv", "+td"],
}
"""What writes it."""

LOSSY = (uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLSNearLossless, uid.JPEG2000)


def written_in(syntax: uid.UID, folder: Path) -> bytes:
    """The sample film, by another implementation than the one that reads it where there is one."""
    if syntax in (uid.JPEG2000Lossless, uid.JPEG2000):
        film = dcmread(SAMPLE)
        film.compress(syntax, **({"j2k_cr": [8]} if syntax == uid.JPEG2000 else {}), generate_instance_uid=False)
        file = BytesIO()
        film.save_as(file)
        return file.getvalue()
    program, *options = DCMTK[syntax]
    subprocess.run([peers.program(program), *options, SAMPLE, folder / "film.dcm"], check=True, capture_output=True)
    return (folder / "film.dcm").read_bytes()


@pytest.mark.parametrize("syntax", TRANSFER_SYNTAXES, ids=lambda syntax: syntax.name)
def test_film_is_the_same_radiograph_in_every_transfer_syntax_that_is_accepted(syntax, tmp_path):
    expected, _ = read_radiograph(SAMPLE.read_bytes(), LIMIT)
    data = written_in(syntax, tmp_path)
    assert dcmread(BytesIO(data), specific_tags=[]).file_meta.TransferSyntaxUID == syntax

    radiograph, _ = read_radiograph(data, LIMIT)

    difference = np.abs(radiograph.pixels.astype(int) - expected.pixels)
    assert radiograph.shape == expected.shape
    assert difference.mean() < 3 if syntax in LOSSY else difference.max() <= 1


@pytest.mark.parametrize("name", ["RG1", "RG3"])
def test_real_films_are_the_same_compressed_and_not(name):
    kinds = {"UNCR": "J2KR", "UNCI": "J2KI"}
    for plain, compressed in kinds.items():
        films_of = [Path(get_testdata_file(f"{name}_{kind}.dcm", download=False)) for kind in (plain, compressed)]
        read = [read_radiograph(path.read_bytes(), LIMIT)[0] for path in films_of]
        assert np.array_equal(read[0].pixels, read[1].pixels), plain
        assert read[0].display == read[1].display
        assert re.fullmatch(r"window [\d./]+ linear, inverted", read[0].display)


def test_compressed_film_without_preamble_is_read():
    data = Path(get_testdata_file("RG3_J2KI.dcm", download=False)).read_bytes()

    assert np.array_equal(read_radiograph(data[132:], LIMIT)[0].pixels, read_radiograph(data, LIMIT)[0].pixels)


def test_syntax_that_nobody_decodes_is_refused_by_its_name():
    data = films.dicom().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.4\0", 1)
    with pytest.raises(errors.UnusableRadiographError, match="unknown is not read"):
        read_radiograph(data, LIMIT)
    video = films.dicom().replace(b"UI\x14\x001.2.840.10008.1.2.1\0", b"UI\x18\x001.2.840.10008.1.2.4.101\0"[:28], 1)
    with pytest.raises(errors.InputError):
        read_radiograph(video, LIMIT)


def test_codec_that_dies_costs_one_film_and_the_next_is_read(monkeypatch):
    data = Path(get_testdata_file("RG3_J2KI.dcm", download=False)).read_bytes()
    monkeypatch.setattr(codec, "_decoded", crash)
    with pytest.raises(errors.MalformedError, match="gave up"):
        read_radiograph(data, LIMIT)
    monkeypatch.undo()

    assert read_radiograph(data, LIMIT)[0].shape == (1760, 1760)


def test_codec_that_hangs_is_ended(monkeypatch):
    data = Path(get_testdata_file("RG3_J2KI.dcm", download=False)).read_bytes()
    monkeypatch.setattr(codec, "_decoded", hang)
    monkeypatch.setattr(codec, "MAX_DECODING_S", 0.5)

    with pytest.raises(errors.MalformedError, match="too long"):
        read_radiograph(data, LIMIT)


def test_codec_that_wants_all_memory_is_refused_it(monkeypatch):
    data = Path(get_testdata_file("RG3_J2KI.dcm", download=False)).read_bytes()
    monkeypatch.setattr(codec, "_decoded", hoard)

    with pytest.raises(errors.MalformedError):
        read_radiograph(data, LIMIT)


def crash(part10: bytes) -> None:
    import os

    os.abort()


def hang(part10: bytes) -> None:
    time.sleep(3600)


def hoard(part10: bytes) -> int:
    return len(bytearray(4 * 1024**3))


def test_display_is_given_with_the_pixels():
    film = dcmread(SAMPLE)

    assert isinstance(display(film.pixel_array, film, LIMIT), Radiograph)
