import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from cxr import networks, runtime, stage, wire
from cxr.errors import StageFailedError
from handlers.classifier import ClassifierHandler
from handlers.discriminator import DiscriminatorHandler
from handlers.segmenter import SegmenterHandler

EVEN = dict.fromkeys(("frontal", "positive", "upright"), 1.0)
CONFIGS = {
    "discriminator": {
        "in_distribution": {"real": 0.0, "near_seen": 0.0, "near_known": 0.0, "chest": 1.0, "bias": 0.0},
        "scale": EVEN,
        "thresholds": {"in_distribution": 0.0, "positive": 0.0, "upright": 0.0, "frontal": 0.0},
        "side": 64,
    },
    "segmenter": {
        "convention": "lungs with the region behind the heart",
        "thresholds": {"area_fraction": 0.0, "agreement": 0.0},
        "quality": {"agreement": [0.0, 1.0], "dice": [0.0, 1.0]},
        "side": 64,
    },
    "classifier": {
        "classes": ["a", "b", "c"],
        "trained_findings": ["d", "e"],
        "temperature": 1.0,
        "findings": {"e": {"scale": 1.0, "bias": 0.0}},
        "operating_points": {"a": 0.25, "b": 0.1678},
        "side": 64,
    },
}
HANDLERS = {"discriminator": DiscriminatorHandler, "segmenter": SegmenterHandler, "classifier": ClassifierHandler}


@pytest.fixture(scope="session")
def archives(tmp_path_factory) -> Path:
    """Unpacked archives of the three stages with random weights."""
    folder = tmp_path_factory.mktemp("archives")
    torch.manual_seed(0)
    for name, config in CONFIGS.items():
        (folder / name).mkdir()
        outputs = len(config.get("classes", ())) + len(config.get("trained_findings", ()))
        network = networks.build(name, outputs)
        weights = {key: tensor.half().contiguous() for key, tensor in network.state_dict().items()}
        save_file(weights, folder / name / "weights.safetensors")
    return folder


def handler(name: str, folder: Path) -> stage.StageHandler:
    config = {"stage": {"version": "1.0.0", "threads": 1, **CONFIGS[name]}}
    made = HANDLERS[name]()
    made.initialize(SimpleNamespace(system_properties={"model_dir": str(folder / name)}, model_yaml_config=config))
    return made


def request(side: int = 64, seed: int = 0) -> dict[str, bytes]:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8)
    return {"data": wire.encode_request(pixels, f"request-{seed}")}


@pytest.mark.parametrize("name", HANDLERS)
def test_each_bad_request_fails_alone_and_not_its_batch(archives, name):
    batch = [request(seed=1), {"data": b"\xff\xff"}, request(side=32), {"data": b""}, request(seed=2)]

    replies = handler(name, archives).handle(batch, context=None)

    good = [wire.decode_reply(name, reply).answer for reply in (replies[0], replies[4])]
    assert all(isinstance(answer, wire.Discrimination | wire.Lungs | wire.Classification) for answer in good)
    for reply in replies[1:4]:
        with pytest.raises(StageFailedError, match="malformed"):
            wire.decode_reply(name, reply)


@pytest.mark.parametrize("name", HANDLERS)
def test_a_batch_answers_as_its_requests_would_alone(archives, name):
    stage_handler = handler(name, archives)
    batch = [request(seed=seed) for seed in range(3)]

    together = stage_handler.handle(batch, context=None)
    alone = [stage_handler.handle([each], context=None)[0] for each in batch]

    for one, other in zip(together, alone, strict=True):
        first, second = wire.decode_reply(name, one).answer, wire.decode_reply(name, other).answer
        if isinstance(first, wire.Classification):
            assert first.classes == pytest.approx(second.classes, abs=1e-4)
        elif isinstance(first, wire.Lungs):
            assert (first.mask != second.mask).mean() < 0.01
        else:
            assert first.in_distribution == pytest.approx(second.in_distribution, abs=1e-4)


def test_a_stage_says_who_it_is(archives):
    (reply,) = handler("segmenter", archives).handle([{"data": wire.encode_request(None, "")}], context=None)

    answered = wire.decode_reply("segmenter", reply)
    who, digest = answered.answer, answered.digest

    assert isinstance(who, wire.Description)
    assert (who.stage, who.version, who.side) == ("segmenter", "1.0.0", 64)
    assert who.digest == digest == stage.digest(archives / "segmenter")


@pytest.mark.parametrize(("name", "points"), [("classifier", {"a": 0.25, "b": 0.1678}), ("segmenter", {})])
def test_a_stage_tells_the_operating_points_of_its_configuration(archives, name, points):
    (reply,) = handler(name, archives).handle([{"data": wire.encode_request(None, "")}], context=None)

    who = wire.decode_reply(name, reply).answer

    assert isinstance(who, wire.Description)
    assert who.operating_points == points


@pytest.mark.parametrize(
    "file",
    [
        "weights.safetensors",
        "weights.xml",
        "weights.bin",
        "model-config.yaml",
        "classifier.py",
        "cxr/lungs.py",
        "MAR-INF/MANIFEST.json",
        "anything/else.so",
    ],
)
def test_one_byte_of_whatever_runs_is_another_digest(file, tmp_path):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_bytes(b"0")
    first = stage.digest(tmp_path)

    (tmp_path / file).write_bytes(b"1")

    assert stage.digest(tmp_path) != first


def test_who_signed_and_what_python_keeps_is_no_part_of_the_digest(tmp_path):
    (tmp_path / "weights.safetensors").write_bytes(b"1")
    first = stage.digest(tmp_path)

    for name in ("MAR-INF/SEAL.json", "MAR-INF/SEAL.json.sig", "cxr/__pycache__/stage.cpython-311.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("any")

    assert stage.digest(tmp_path) == first


def test_a_network_is_the_same_bytes_however_often_it_was_converted_before(archives, tmp_path):
    """OpenVINO numbers nodes from the start of a process: two orders of building archives would be two digests."""
    of = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(archives / "segmenter" / "weights.safetensors", folder)
        runtime.convert(stage.source("segmenter", folder, CONFIGS["segmenter"]))
        of.append(stage.digest(folder))

    assert of[0] == of[1]


@pytest.mark.parametrize("name", HANDLERS)
def test_the_converted_network_answers_as_torch_does(archives, name):
    source = stage.source(name, archives / name, CONFIGS[name])
    pixels = np.random.default_rng(0).integers(0, 256, (2, 1, 64, 64), np.uint8)

    with torch.inference_mode():
        expected = runtime.build(source)(torch.from_numpy(pixels))
    outputs = runtime.on_cpu(source, threads=1)(pixels)

    for found, truth in zip(outputs, expected if isinstance(expected, tuple) else (expected,), strict=True):
        assert np.abs(found - truth.numpy()).max() < 1e-3 * max(1.0, float(truth.abs().max()))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
@pytest.mark.parametrize("name", HANDLERS)
def test_a_gpu_answers_as_the_cpu_does(archives, name):
    source = stage.source(name, archives / name, CONFIGS[name])
    pixels = np.random.default_rng(0).integers(0, 256, (2, 1, 64, 64), np.uint8)

    for gpu, cpu in zip(runtime.on_gpu(source, 0)(pixels), runtime.on_cpu(source, 1)(pixels), strict=True):
        assert np.abs(gpu - cpu).max() < 1e-2 * max(1.0, float(np.abs(cpu).max()))


def test_classes_sum_to_one_and_the_heat_map_is_the_activation_of_its_class(archives):
    classifier = handler("classifier", archives)

    answer = wire.decode_reply("classifier", classifier.handle([request()], context=None)[0]).answer

    assert isinstance(answer, wire.Classification)
    assert sum(answer.classes.values()) == pytest.approx(1)
    assert set(answer.heatmaps) == {"a", "b", "c"}
    assert all(heat.min() >= 0 for heat in answer.heatmaps.values())


def test_a_finding_that_was_trained_but_not_found_good_enough_is_not_reported(archives):
    answer = wire.decode_reply(
        "classifier", handler("classifier", archives).handle([request()], context=None)[0]
    ).answer

    assert isinstance(answer, wire.Classification)
    assert set(answer.findings) == {"e"}
    assert 0 < answer.findings["e"] < 1


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_file_defines_one_class_as_torchserve_demands(name):
    import ast

    source = (Path(__file__).parents[3] / "handlers" / f"{name}.py").read_text()

    assert sum(isinstance(node, ast.ClassDef) for node in ast.parse(source).body) == 1
