"""The Python that protoc makes of protos/."""

import subprocess
import sys
import tempfile
from pathlib import Path

from local.places import ROOT

WITH_CALLS = {"cxr/pb/stage.proto": False, "gateway/fleet/pb/torchserve.proto": True}
"""Whether it declares a service that is called over gRPC, or only messages."""


def contents() -> dict[Path, str]:
    """Each generated module and its types, which lie in services as the .proto lies in protos."""
    found: dict[Path, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for proto, with_calls in WITH_CALLS.items():
            kinds = ("python", "pyi", "grpc_python") if with_calls else ("python", "pyi")
            out = [f"--{kind}_out={folder}" for kind in kinds]
            command = [sys.executable, "-m", "grpc_tools.protoc", "-Iprotos", *out, proto]
            subprocess.run(command, cwd=ROOT, check=True)
        made = (path for path in Path(folder).rglob("*") if path.is_file())
        found |= {ROOT / "services" / path.relative_to(folder): path.read_text() for path in made}
    return found
