import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_committed_stubs_are_what_the_protos_generate(tmp_path):
    protos = [str(path.relative_to(ROOT / "protos")) for path in (ROOT / "protos").rglob("*.proto")]
    out = [f"--{kind}_out={tmp_path}" for kind in ("python", "pyi", "grpc_python")]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-Iprotos", *out, *protos], cwd=ROOT, check=True)

    for name in ("stage_pb2.py", "stage_pb2.pyi", "torchserve_pb2.py", "torchserve_pb2.pyi", "torchserve_pb2_grpc.py"):
        assert (tmp_path / "cxr/pb" / name).read_text() == (ROOT / "services/cxr/pb" / name).read_text(), "make protos"


def test_torchserve_is_redeclared_with_its_own_names_and_numbers():
    # Source: inference.proto of pytorch/serve v0.12.0
    from cxr.pb import torchserve_pb2 as pb

    service = pb.DESCRIPTOR.services_by_name["InferenceAPIsService"]
    assert service.full_name == "org.pytorch.serve.grpc.inference.InferenceAPIsService"
    fields = {field.name: field.number for field in pb.PredictionsRequest.DESCRIPTOR.fields}
    assert fields == {"model_name": 1, "model_version": 2, "input": 3}
    assert {field.name: field.number for field in pb.PredictionResponse.DESCRIPTOR.fields} == {"prediction": 1}
