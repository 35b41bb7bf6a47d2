"""What a service that starts does not load: each of these takes a tenth of a second or more, and tens of megabytes."""

import os
import subprocess
import sys

import pytest

from client.places import SERVICES

WRITERS = ("highdicom", "fhir.resources", "pydicom.sr")
"""Write results, and know DICOM's codes."""
ELSEWHERE = ("alembic", "rich", "pygments", "torch", "openvino", "opentelemetry.exporter")
"""Migrate, colour, compute, and send spans."""

STARTS = {
    "gateway": ("import gateway.app, gateway.server", (*WRITERS, *ELSEWHERE, "sqlalchemy", "requests")),
    "listener": ("import scp.cli, scp.service, scp.http.door", (*WRITERS, *ELSEWHERE, "requests")),
    "reading room": ("import review.cli, review.app", (*WRITERS, *ELSEWHERE, "requests", "pydicom", "review.export")),
}


@pytest.mark.parametrize("service", STARTS)
def test_a_service_that_starts_loads_nothing_that_serving_seldom_needs(service: str) -> None:
    imports, seldom = STARTS[service]
    program = f"""
import sys
from cxr.importing import importing
with importing():
    {imports}
print(*(name for name in {seldom!r} if name in sys.modules))
"""
    environment = os.environ | {"PYTHONPATH": str(SERVICES)}

    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.split() == []
