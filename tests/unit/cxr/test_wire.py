import numpy as np
import pytest

from cxr import wire
from cxr.errors import MalformedError, StageFailedError
from tests.fakes import two_fields, two_lungs


def test_pixels_survive_the_wire():
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)

    request_id, decoded = wire.decode_request(wire.encode_request(pixels, "abc"))

    assert request_id == "abc"
    assert decoded is not None
    assert np.array_equal(decoded, pixels)


def test_who_are_you_survives_the_wire():
    assert wire.decode_request(wire.encode_request(None, "abc")) == ("abc", None)


def test_too_few_pixels_are_malformed():
    data = wire.encode_request(np.zeros((8, 8), np.uint8), "")

    with pytest.raises(MalformedError, match=r"not a stage request|pixels for a side"):
        wire.decode_request(data[:-1])


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b""])
def test_bytes_that_are_no_request_are_malformed(data):
    with pytest.raises(MalformedError):
        wire.decode_request(data)


@pytest.mark.parametrize(
    "answer",
    [
        wire.Description("segmenter", "1.2.3", "abcdef", 256),
        wire.Description("classifier", "1.2.3", "abcdef", 224, "children", "joint", {"a": 0.2569, "b": 0.1678}),
        wire.Description(
            "classifier",
            "1.2.3",
            "abcdef",
            224,
            declared={"B": wire.Declared("b", "SCT", "1"), "A": wire.Declared("a")},
        ),
        wire.Discrimination(0.5, 0.25, 0.75, 1.0, "rotated"),
        wire.Discrimination(0.5, 0.25, 0.75, 1.0, "", 0.0),
        wire.Discrimination(0.5, 0.25, 0.75, 1.0, "", -1.5),
    ],
)
def test_answers_survive_the_wire(answer):
    assert wire.decode_reply("stage", wire.encode_answer(answer, "abc", 12.5)) == wire.Reply(answer, "abc", 12.5)


def test_a_mask_survives_the_wire():
    sent = wire.Lungs(two_lungs(52), 0.5, "", two_fields(52))

    lungs = wire.decode_reply("segmenter", wire.encode_answer(sent, "")).answer

    assert isinstance(lungs, wire.Lungs)
    assert np.array_equal(lungs.mask, two_lungs(52))
    assert np.array_equal(lungs.fields, two_fields(52))


def test_an_older_segmenter_has_no_lung_fields():
    lungs = wire.decode_reply("segmenter", wire.encode_answer(wire.Lungs(two_lungs(52), 0.5), "")).answer

    assert isinstance(lungs, wire.Lungs) and lungs.fields is None


def test_heat_maps_survive_the_wire():
    heat = np.random.default_rng(0).random((7, 5)).astype(np.float32)
    sent = wire.Classification({"a": 0.25, "b": 0.75}, {"nodule": 0.5}, {"a": heat})

    found = wire.decode_reply("classifier", wire.encode_answer(sent, "")).answer

    assert isinstance(found, wire.Classification)
    assert (found.classes, found.findings) == (sent.classes, sent.findings)
    assert np.array_equal(found.heatmaps["a"], heat)


def test_a_fault_names_the_stage_and_the_reason():
    with pytest.raises(StageFailedError, match="segmenter: malformed: a side of 3"):
        wire.decode_reply("segmenter", wire.encode_fault(MalformedError("a side of 3")))


def test_bytes_that_are_no_reply_are_a_failed_stage():
    with pytest.raises(StageFailedError):
        wire.decode_reply("segmenter", b"\xff\xff\xff")
