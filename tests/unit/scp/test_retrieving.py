"""WADO-RS at the listener's door (PS3.18, 10.4), with a client that many use."""

import asyncio
from io import BytesIO

import numpy as np
import pytest
from dicomweb_client import DICOMwebClient
from PIL import Image
from pydicom import Dataset, FileMetaDataset
from pydicom.pixels import get_decoder
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
)

from tests.trials.traffic.exposures import exposures, part10
from tests.unit.scp.conftest import door, send

RELATED = 'multipart/related; type="{}"; transfer-syntax={}'


def path(film: Dataset) -> str:
    return f"/dicomweb/studies/{film.StudyInstanceUID}/series/{film.SeriesInstanceUID}/instances/{film.SOPInstanceUID}"


def uids(film: Dataset) -> tuple[str, str, str]:
    return film.StudyInstanceUID, film.SeriesInstanceUID, film.SOPInstanceUID


@pytest.fixture
async def service(listen):
    return listen()


@pytest.fixture
async def film(service):
    """One that waits."""
    (film,) = exposures(1)
    await send(service, film)
    return film


def keep(service, **objects: Dataset) -> None:
    """Keep objects as results."""
    service.outbox.keep("0" * 32, {kind: part10(each) for kind, each in objects.items()})


async def asked(service, of, what="", **headers):
    async with door(service) as client:
        return await client.get(f"{path(of)}{what}", headers=headers)


def parts(answer) -> list[tuple[str, bytes]]:
    """Content-Type and content of each. Source: RFC 2046, 5.1.1."""
    boundary = answer.headers["content-type"].partition("boundary=")[2].encode()
    begin, *found, end = answer.content.split(b"--" + boundary)
    assert (begin, end) == (b"", b"--\r\n")
    heads = [each[2:-2].partition(b"\r\n\r\n") for each in found]
    return [(head.removeprefix(b"Content-Type: ").decode(), content) for head, _, content in heads]


async def test_a_client_gets_what_was_sent(service, film):
    async with door(service) as web:
        # This client's Host header has no port, so that it alone does not tell where it asks.
        client = DICOMwebClient(f"{web.base_url}/dicomweb", headers={"X-Public-URL": str(web.base_url)})
        instance = await asyncio.to_thread(client.retrieve_instance, *uids(film))
        (of_study,) = await asyncio.to_thread(client.retrieve_study, film.StudyInstanceUID)
        (of_series,) = await asyncio.to_thread(client.retrieve_series, *uids(film)[:2])
        metadata = await asyncio.to_thread(client.retrieve_instance_metadata, *uids(film))
        (frame,) = await asyncio.to_thread(client.retrieve_instance_frames, *uids(film), [1])
        (bulk,) = await asyncio.to_thread(client.retrieve_bulkdata, metadata["7FE00010"]["BulkDataURI"])
        rendered = await asyncio.to_thread(client.retrieve_instance_rendered, *uids(film), ("image/png",))
        client._session.close()

    assert instance == of_study == of_series == film
    assert frame == bulk == film.PixelData
    header = Dataset.from_json({tag: value for tag, value in metadata.items() if tag not in ("7FE00010", "00083002")})
    del film.PixelData
    film.SpecificCharacterSet = "ISO_IR 192"  # of JSON
    assert header == film
    assert Image.open(BytesIO(rendered)).size == (film.Columns, film.Rows)


async def test_an_instance_is_sent_byte_for_byte_in_its_own_syntax(service, film):
    stored = service.spool.path(service.spool.waiting()[0].film).read_bytes()

    answer = await asked(service, film, Accept=RELATED.format("application/dicom", "*"))
    single = await asked(service, film, Accept="application/dicom")

    assert parts(answer) == [(f"application/dicom; transfer-syntax={ExplicitVRLittleEndian}", stored)]
    assert (single.headers["content-type"], single.content) == (
        f"application/dicom; transfer-syntax={ExplicitVRLittleEndian}",
        stored,
    )


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless])
async def test_what_would_have_to_be_transcoded_is_refused_with_the_reason(service, syntax):
    (film,) = exposures(1)
    if syntax == RLELossless:
        film.compress(syntax)
        film.SOPInstanceUID = film.SOPInstanceUID[:-1] + "9"
    else:
        film.file_meta.TransferSyntaxUID = syntax
    await send(service, film)

    plain = await asked(service, film, Accept='multipart/related; type="application/dicom"')
    named = await asked(service, film, Accept=RELATED.format("application/dicom", syntax))

    assert (plain.status_code, plain.json()["code"]) == (406, "not-acceptable")
    assert syntax.name in plain.json()["detail"] and "transfer-syntax=*" in plain.json()["detail"]
    assert (named.status_code, parts(named)[0][0]) == (200, f"application/dicom; transfer-syntax={syntax}")


@pytest.mark.parametrize(("syntax", "media_type"), [(RLELossless, "image/dicom-rle"), (JPEG2000Lossless, "image/jp2")])
async def test_compressed_frames_are_sent_as_they_are(service, syntax, media_type):
    (film,) = exposures(1)
    pixels = film.pixel_array
    film.compress(syntax, generate_instance_uid=False)
    await send(service, film)

    image = await asked(service, film, "/frames/1", Accept=f'multipart/related; type="{media_type}"')
    octets = await asked(service, film, "/frames/1", Accept=RELATED.format("application/octet-stream", "*"))
    plain = await asked(service, film, "/frames/1", Accept='multipart/related; type="application/octet-stream"')

    ((kind, frame),) = parts(image)
    assert kind == f"{media_type}; transfer-syntax={syntax}"
    assert parts(octets) == [(f"application/octet-stream; transfer-syntax={syntax}", frame)]
    assert (plain.status_code, plain.json()["code"]) == (406, "not-acceptable")
    decoded = get_decoder(syntax)
    assert np.array_equal(decoded.as_array(film, raw=True)[0], pixels)
    assert frame.rstrip(b"\0") in film.PixelData


async def test_one_frame_may_be_the_body_itself(service, film):
    answer = await asked(service, film, "/frames/1", Accept="application/octet-stream")

    assert answer.content == film.PixelData


@pytest.mark.parametrize(
    ("frames", "status", "code"), [("2", 404, "not-found"), ("1,2", 404, "not-found"), ("x", 400, "malformed")]
)
async def test_frames_that_there_are_not_are_told(service, film, frames, status, code):
    answer = await asked(service, film, f"/frames/{frames}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def segmentation(film: Dataset) -> tuple[Dataset, np.ndarray]:
    """Three segments of 3 by 5 pixels in single bits, so that only the first begins with a byte (PS3.5, 8.1.1)."""
    masks = np.random.default_rng(0).integers(0, 2, (3, 3, 5), np.uint8)
    made = Dataset()
    made.StudyInstanceUID, made.SeriesInstanceUID, made.SOPInstanceUID = film.StudyInstanceUID, "1.2.3.1", "1.2.3.1.1"
    made.SOPClassUID, made.Modality, made.Manufacturer = SegmentationStorage, "SEG", "CXR Cascade"
    made.Rows, made.Columns, made.NumberOfFrames, made.SamplesPerPixel = 3, 5, 3, 1
    made.BitsAllocated = made.BitsStored = 1
    made.HighBit = made.PixelRepresentation = 0
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = np.packbits(masks.ravel(), bitorder="little").tobytes()
    return _filed(made), masks


def secondary_capture(film: Dataset) -> tuple[Dataset, np.ndarray]:
    """A picture in colour."""
    colours = np.random.default_rng(0).integers(0, 256, (64, 80, 3), np.uint8)
    made = Dataset()
    made.StudyInstanceUID, made.SeriesInstanceUID, made.SOPInstanceUID = film.StudyInstanceUID, "1.2.3.2", "1.2.3.2.1"
    made.SOPClassUID, made.Modality, made.Manufacturer = SecondaryCaptureImageStorage, "OT", "CXR Cascade"
    made.Rows, made.Columns, made.SamplesPerPixel, made.PlanarConfiguration = 64, 80, 3, 0
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 8, 8, 7, 0
    made.PhotometricInterpretation, made.PixelData = "RGB", colours.tobytes()
    return _filed(made), colours


def _filed(made: Dataset) -> Dataset:
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return made


async def test_frames_of_single_bits_each_begin_with_a_byte(service, film):
    made, masks = segmentation(film)
    keep(service, lungs=made)

    answer = await asked(service, made, "/frames/3,2", Accept=RELATED.format("application/octet-stream", "*"))

    found = [np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")[:15] for _, content in parts(answer)]
    assert np.array_equal(np.reshape(found, (2, 3, 5)), masks[[2, 1]])


async def test_a_segment_is_white_where_it_is(service, film):
    made, masks = segmentation(film)
    keep(service, lungs=made)

    answer = await asked(service, made, "/frames/2/rendered", Accept="image/png")
    several = await asked(service, made, "/rendered", Accept="image/png")

    assert np.array_equal(np.asarray(Image.open(BytesIO(answer.content))), 255 * masks[1])
    assert (several.status_code, several.json()["code"]) == (406, "not-acceptable")


async def test_colours_stay_when_a_picture_is_rendered(service, film):
    made, colours = secondary_capture(film)
    keep(service, overlay=made)

    answer = await asked(service, made, "/rendered", Accept="image/png")

    assert np.array_equal(np.asarray(Image.open(BytesIO(answer.content))), colours)


@pytest.mark.parametrize(
    ("what", "accept", "kind", "fits"),
    [
        ("/rendered?viewport=100,50", "*/*", "JPEG", (100, 50)),
        ("/rendered?viewport=50,100&quality=20", "image/png", "PNG", (50, 100)),
        ("/thumbnail", "image/jpeg", "JPEG", (256, 256)),
    ],
)
async def test_pictures_fit_into_the_viewport_with_one_side_as_long(service, film, what, accept, kind, fits):
    answer = await asked(service, film, what, Accept=accept)

    picture = Image.open(BytesIO(answer.content))
    width, height = picture.size
    assert picture.format == kind
    assert width <= fits[0] and height <= fits[1] and (width == fits[0] or height == fits[1])
    assert width / height == pytest.approx(film.Columns / film.Rows, rel=0.05)


async def test_a_study_looks_like_its_film(service, film):
    made, _ = secondary_capture(film)
    keep(service, overlay=made)

    async with door(service) as client:
        of_study = await client.get(f"/dicomweb/studies/{film.StudyInstanceUID}/thumbnail")
    of_film = await asked(service, film, "/thumbnail")

    assert of_study.content == of_film.content


@pytest.mark.parametrize("what", ["/rendered?viewport=0,5", "/rendered?viewport=1,2,3,4,5,6", "/rendered?quality=0"])
async def test_parameters_that_make_no_picture_are_told(service, film, what):
    answer = await asked(service, film, what)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


async def test_parameters_that_change_nothing_are_warned_of(service, film):
    answer = await asked(service, film, "/rendered?window=40,400,linear")

    assert answer.status_code == 200
    assert '"The window parameter is not supported."' in answer.headers["warning"]


async def test_what_is_no_image_has_no_picture(service, film):
    made, _ = segmentation(film)
    made.SOPClassUID, made.Modality = "1.2.840.10008.5.1.4.1.1.88.34", "SR"
    keep(service, sr=made)

    answer = await asked(service, made, "/rendered")

    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")


async def test_what_never_was_here_is_not_found_and_what_was_is_gone(service, film):
    (other,) = exposures(1, seed=9)
    service.spool.done(service.spool.waiting()[0].film)

    for what in ("", "/metadata", "/frames/1", "/rendered", "/thumbnail"):
        never, gone = await asked(service, other, what), await asked(service, film, what)
        assert (never.status_code, never.json()["code"]) == (404, "not-found")
        assert (gone.status_code, gone.json()["code"]) == (410, "gone")


async def test_a_film_is_there_before_and_after_its_assessment(listen, client):
    service = listen(gateway=str(client.base_url))
    (film,) = exposures(1)
    await send(service, film)

    answers = [await asked(service, film, "/frames/1", Accept="*/*") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200] * 5
    assert all(parts(answer)[0][1] == film.PixelData for answer in answers)
