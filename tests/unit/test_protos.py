import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_committed_stubs_are_what_the_protos_generate(tmp_path):
    protos = [str(path.relative_to(ROOT / "protos")) for path in (ROOT / "protos").rglob("*.proto")]
    out = [f"--{kind}_out={tmp_path}" for kind in ("python", "pyi", "grpc_python")]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-Iprotos", *out, *protos], cwd=ROOT, check=True)

    of_stages = [f"cxr/pb/stage_pb2.{kind}" for kind in ("py", "pyi")]
    of_torchserve = [f"gateway/fleet/pb/torchserve_{kind}" for kind in ("pb2.py", "pb2.pyi", "pb2_grpc.py")]
    for name in of_stages + of_torchserve:
        assert (tmp_path / name).read_text() == (ROOT / "services" / name).read_text(), "make protos"


def test_torchserve_is_redeclared_with_its_own_names_and_numbers():
    # Source: inference.proto of pytorch/serve v0.12.0
    from gateway.fleet.pb import torchserve_pb2 as pb

    service = pb.DESCRIPTOR.services_by_name["InferenceAPIsService"]
    assert service.full_name == "org.pytorch.serve.grpc.inference.InferenceAPIsService"
    fields = {field.name: field.number for field in pb.PredictionsRequest.DESCRIPTOR.fields}
    assert fields == {"model_name": 1, "model_version": 2, "input": 3}
    assert {field.name: field.number for field in pb.PredictionResponse.DESCRIPTOR.fields} == {"prediction": 1}
