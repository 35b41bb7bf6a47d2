"""Requests and replies between gateway and stage, to and from protobuf; the only user of stage_pb2."""

from dataclasses import asdict, dataclass, field

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from cxr import errors
from cxr.pb import stage_pb2 as pb
from cxr.radiograph import Pixels


@dataclass(frozen=True)
class Declared:
    """What the hospital that trained a finding of its own calls it."""

    words: str
    scheme: str = ""
    """Of the code, as DICOM designates it; empty without one."""
    code: str = ""


@dataclass(frozen=True)
class Description:
    """Who a stage is."""

    stage: str
    version: str
    digest: str
    """SHA-256 of its weights, configuration and code, as hex: two archives with the same digest answer the same."""
    side: int
    """Pixels of the square that it wants."""
    population: str = ""
    """Whose films it was evaluated on: "adults", "children", or empty for both."""
    region: str = ""
    """What the classifier is to be shown: one of cxr.lungs.REGIONS; empty from older archives, and means the first."""
    operating_points: dict[str, float] = field(default_factory=dict)
    """Class to the probability from which its evaluation called it present; empty for a stage without classes."""
    declared: dict[str, Declared] = field(default_factory=dict)
    """Finding to what it is called, of those that are a hospital's own."""
    precision: str = ""
    """Of its arithmetic: one of cxr.runtime's; empty from older archives."""


@dataclass(frozen=True)
class Discrimination:
    """Probabilities in [0, 1]; refusal is a reason of the public API, or empty."""

    in_distribution: float
    frontal: float
    upright: float
    positive: float
    refusal: str = ""
    nearness: float | None = None
    """To known chest films: no unit, about 0 for those, lower is more novel; None where an older archive answered."""


@dataclass(frozen=True)
class Lungs:
    """The lung mask, shape (side, side), 1 is lung; quality in [0, 1]; refusal as in Discrimination."""

    mask: NDArray[np.uint8]
    quality: float
    refusal: str = ""
    fields: NDArray[np.uint8] | None = None
    """The same of the lung fields alone: without what lies behind the heart; None where an older archive answered."""


@dataclass(frozen=True)
class Classification:
    """Class name to calibrated probability, finding name to probability, class name to heat map (rows, columns)."""

    classes: dict[str, float]
    findings: dict[str, float]
    heatmaps: dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Estimate:
    """A number, and between which two the reader's is to be expected; all in the problem's unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Measurement:
    """What is known of the person to the estimate and to the heat map, shape (rows, columns)."""

    estimates: dict[str, Estimate]
    """Empty where the film is refused."""
    heatmaps: dict[str, NDArray[np.float32]]
    in_distribution: float
    """The probability that it is a film of the problem's kind."""
    nearness: float
    """To the films that were learned from, as in Discrimination."""
    refusal: str = ""
    """As in Discrimination."""


Answer = Description | Discrimination | Lungs | Classification | Measurement


@dataclass(frozen=True)
class Reply:
    """What came back from a stage."""

    answer: Answer
    digest: str
    """Of the archive that answered."""
    predict_ms: float
    """The network's own time; 0 where it was only asked who it is, or where an older archive answered."""


def encode_request(pixels: Pixels | None, request_id: str) -> bytes:
    """Ask a stage about square pixels, or, without pixels, who it is."""
    request = pb.StageRequest(request_id=request_id)
    if pixels is None:
        request.describe.SetInParent()
    else:
        request.radiograph.side = len(pixels)
        request.radiograph.pixels = pixels.tobytes()
    return request.SerializeToString()


def decode_request(data: bytes) -> tuple[str, Pixels | None]:
    """The request id, and the pixels, shape (side, side), or None where the stage is asked who it is.

    Raises:
        MalformedError: not a StageRequest, or not side * side pixels.
    """
    try:
        request = pb.StageRequest.FromString(data)
    except DecodeError as error:
        raise errors.MalformedError("not a stage request") from error
    if request.WhichOneof("ask") == "describe":
        return request.request_id, None
    side, pixels = request.radiograph.side, request.radiograph.pixels
    if not side or len(pixels) != side * side:
        raise errors.MalformedError(f"{len(pixels)} pixels for a side of {side}")
    return request.request_id, np.frombuffer(pixels, np.uint8).reshape(side, side)


def encode_fault(error: errors.CxrError) -> bytes:
    """A reply that says what is wrong with this one request."""
    return pb.StageReply(fault=pb.Fault(code=error.code, message=str(error))).SerializeToString()


def encode_answer(answer: Answer, digest: str, predict_ms: float = 0.0) -> bytes:
    """A stage's reply; digest says which archive it is from, predict_ms how long its network took."""
    reply = pb.StageReply(digest=digest, predict_ms=predict_ms)
    match answer:
        case Description():
            reply.description.MergeFrom(
                pb.Description(
                    stage=answer.stage,
                    version=answer.version,
                    digest=answer.digest,
                    side=answer.side,
                    population=answer.population,
                    region=answer.region,
                    operating_points=answer.operating_points,
                    declared={name: pb.Declared(**asdict(said)) for name, said in answer.declared.items()},
                    precision=answer.precision,
                )
            )
        case Discrimination():
            reply.discrimination.MergeFrom(
                pb.Discrimination(
                    in_distribution=answer.in_distribution,
                    frontal=answer.frontal,
                    upright=answer.upright,
                    positive=answer.positive,
                    refusal=answer.refusal,
                    nearness=answer.nearness,
                )
            )
        case Lungs():
            mask, fields = (
                b"" if part is None else np.packbits(part).tobytes() for part in (answer.mask, answer.fields)
            )
            found = pb.Lungs(mask=mask, fields=fields, quality=answer.quality, refusal=answer.refusal)
            found.side = len(answer.mask)
            reply.lungs.MergeFrom(found)
        case Classification():
            heatmaps = {name: _encode_heatmap(values) for name, values in answer.heatmaps.items()}
            reply.classification.MergeFrom(
                pb.Classification(classes=answer.classes, findings=answer.findings, heatmaps=heatmaps)
            )
        case Measurement():
            reply.measurement.MergeFrom(_encode_measurement(answer))
    return reply.SerializeToString()


def decode_reply(stage: str, data: bytes) -> Reply:
    """What a stage answered.

    Raises:
        StageFailedError: the stage reports a fault, or the bytes are no reply.
    """
    try:
        reply = pb.StageReply.FromString(data)
    except DecodeError as error:
        raise errors.StageFailedError(stage, "not a stage reply") from error
    return Reply(_decode(stage, reply), reply.digest, reply.predict_ms)


def _decode(stage: str, reply: pb.StageReply) -> Answer:
    match reply.WhichOneof("outcome"):
        case "description":
            who = reply.description
            points = dict(sorted(who.operating_points.items()))  # a protobuf map has no order of its own
            declared = {
                name: Declared(said.words, said.scheme, said.code) for name, said in sorted(who.declared.items())
            }
            about = who.stage, who.version, who.digest, who.side, who.population, who.region
            return Description(*about, points, declared, who.precision)
        case "discrimination":
            seen = reply.discrimination
            nearness = seen.nearness if seen.HasField("nearness") else None
            return Discrimination(
                seen.in_distribution, seen.frontal, seen.upright, seen.positive, seen.refusal, nearness
            )
        case "lungs":
            said = reply.lungs
            fields = _unpacked(said.fields, said.side) if said.fields else None
            return Lungs(_unpacked(said.mask, said.side), said.quality, said.refusal, fields)
        case "classification":
            found = reply.classification
            heatmaps = {name: _decode_heatmap(heatmap) for name, heatmap in found.heatmaps.items()}
            return Classification(dict(sorted(found.classes.items())), dict(sorted(found.findings.items())), heatmaps)
        case "measurement":
            return _decode_measurement(reply.measurement)
    raise errors.StageFailedError(stage, f"{reply.fault.code}: {reply.fault.message}")


def _encode_measurement(answer: Measurement) -> pb.Measurement:
    return pb.Measurement(
        estimates={
            group: pb.Estimate(value=each.value, low=each.low, high=each.high)
            for group, each in answer.estimates.items()
        },
        heatmaps={group: _encode_heatmap(values) for group, values in answer.heatmaps.items()},
        in_distribution=answer.in_distribution,
        nearness=answer.nearness,
        refusal=answer.refusal,
    )


def _decode_measurement(said: pb.Measurement) -> Measurement:
    estimates = {group: Estimate(each.value, each.low, each.high) for group, each in sorted(said.estimates.items())}
    heatmaps = {group: _decode_heatmap(each) for group, each in sorted(said.heatmaps.items())}
    return Measurement(estimates, heatmaps, said.in_distribution, said.nearness, said.refusal)


def _unpacked(mask: bytes, side: int) -> NDArray[np.uint8]:
    return np.unpackbits(np.frombuffer(mask, np.uint8), count=side * side).reshape(side, side)


def _encode_heatmap(values: NDArray[np.float32]) -> pb.HeatMap:
    rows, columns = values.shape
    return pb.HeatMap(rows=rows, columns=columns, values=values.ravel().tolist())


def _decode_heatmap(heatmap: pb.HeatMap) -> NDArray[np.float32]:
    return np.array(heatmap.values, np.float32).reshape(heatmap.rows, heatmap.columns)
