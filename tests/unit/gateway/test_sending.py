"""Every way in which clients of the field send a film."""

import gzip
import zlib

import pytest

from tests import films

PATH = "/v1/assessments"
DICOM, PNG = {"Content-Type": "application/dicom"}, {"Content-Type": "image/png"}
FORM = {"Content-Type": "multipart/form-data; boundary=next"}
FILM = films.png()


def form(*, before: bytes = b"", after: bytes = b"", kind: str = "image/png", fields: int = 0) -> bytes:
    """A form with a film and so many fields."""
    field = b'--next\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n'
    head = f'--next\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: {kind}\r\n\r\n'
    others = b"".join(field % number for number in range(fields))
    return before + others + head.encode() + FILM + b"\r\n--next--\r\n" + after


@pytest.mark.parametrize(
    "kind", ["image/png; charset=UTF-8", "Image/PNG", "image/x-png", "binary/octet-stream", "text/plain"]
)
async def test_the_type_of_a_form_part_is_read_as_that_of_a_body(client, kind):
    body = await client.post(PATH, content=FILM, headers={"Content-Type": kind})
    part = await client.post(PATH, content=form(kind=kind), headers=FORM)

    assert (body.status_code, part.status_code) == (200, 200), (body.text, part.text)


async def test_a_film_that_curl_sends_as_data_is_taken(client):
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}

    assert (await client.post(PATH, content=films.dicom(), headers=form_type)).status_code == 200


async def test_a_form_may_have_many_fields_beside_the_film(client):
    assert (await client.post(PATH, content=form(fields=100), headers=FORM)).status_code == 200


async def test_a_form_with_too_many_fields_is_told_how_many_it_may_have(client):
    response = await client.post(PATH, content=form(fields=101), headers=FORM)

    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert "100 fields" in response.json()["detail"]


@pytest.mark.parametrize("before", [b"This is a form.\r\n", b"\r\n", b"a\r\n--nex\r\n"])
async def test_what_is_around_the_parts_of_a_form_is_not_read(client, before):
    response = await client.post(PATH, content=form(before=before, after=b"The end.\r\n--next\r\n"), headers=FORM)

    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [(form().replace(b"\r\n", b"\n"), FORM["Content-Type"], "CR LF"), (form(), "multipart/form-data", "boundary")],
)
async def test_a_form_that_cannot_be_read_is_told_what_is_usually_wrong(client, content, kind, told):
    response = await client.post(PATH, content=content, headers={"Content-Type": kind})

    assert response.status_code == 400
    assert told in response.json()["detail"]


PACKED = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}


@pytest.mark.parametrize("coding", PACKED)
@pytest.mark.parametrize(("data", "headers"), [(films.dicom(), DICOM), (form(), FORM)], ids=["file", "form"])
async def test_a_packed_film_is_unpacked(client, coding, data, headers):
    response = await client.post(PATH, content=PACKED[coding](data), headers=headers | {"Content-Encoding": coding})

    assert response.status_code == 200, response.text


@pytest.mark.parametrize("coding", ["br", "gzip, gzip"])
async def test_another_coding_is_415_with_those_that_are_taken(client, coding):
    response = await client.post(PATH, content=FILM, headers=PNG | {"Content-Encoding": coding})

    assert (response.status_code, response.json()["code"]) == (415, "unsupported-type")
    assert response.headers["accept-encoding"] == "gzip, deflate, identity"


async def test_a_bomb_is_too_large_and_leaves_nothing_held(start):
    client = await start(max_upload_bytes=1_000_000, max_buffered_bytes=10_000_000)
    bomb = gzip.compress(bytes(300_000_000))

    response = await client.post(PATH, content=bomb, headers=PNG | {"Content-Encoding": "gzip"})

    assert len(bomb) < 1_000_000
    assert (response.status_code, response.json()["code"]) == (413, "too-large")
    assert "cxr_buffered_bytes 0.0" in (await client.get("/metrics")).text


@pytest.mark.parametrize("data", [gzip.compress(FILM)[:-10], FILM])
async def test_a_body_that_is_not_packed_as_it_says_is_malformed(client, data):
    response = await client.post(PATH, content=data, headers=PNG | {"Content-Encoding": "gzip"})

    assert (response.status_code, response.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/zip;q=1.0", "application/zip"),
        ("Application/ZIP, application/problem+json", "application/zip"),
        ("application/zip, */*;q=0.1", "application/zip"),
        ("application/json, application/zip;q=0.5", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
        ("text/html", "application/json"),
    ],
)
async def test_the_answer_is_a_zip_file_where_that_is_what_is_wanted_most(client, accept, kind):
    response = await client.post(PATH, content=FILM, headers=PNG | {"Accept": accept})

    assert (response.status_code, response.headers["content-type"]) == (200, kind)


@pytest.mark.parametrize("prefer", ["respond-async; wait=10", "wait=5, Respond-Async"])
async def test_a_preference_may_have_parameters(client, prefer):
    assert (await client.post(PATH, content=FILM, headers=PNG | {"Prefer": prefer})).status_code == 202
