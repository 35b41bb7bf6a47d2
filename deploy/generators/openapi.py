"""docs/openapi.json: the gateway's API for generators of clients, from the routes and models that answer."""

import json
from pathlib import Path

from gateway.app import create_app
from gateway.settings import Settings
from local.places import ROOT

FILE = ROOT / "docs" / "openapi.json"


def contents() -> dict[Path, str]:
    """The document, which is the same whatever the settings are."""
    document = create_app(Settings.model_construct()).openapi()
    return {FILE: json.dumps(document, indent=1, ensure_ascii=False) + "\n"}
