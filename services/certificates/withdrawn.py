"""Releases that do not answer any more, as the gateway's file of releases says it."""

from pathlib import Path

import yaml


def withdrawn(path: Path) -> dict[str, str]:
    """Release to why it was withdrawn at the last start, for a person; empty where the file cannot be read."""
    try:
        said = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    found = said.get("withdrawn") if isinstance(said, dict) else None
    return {str(name): str(why) for name, why in found.items()} if isinstance(found, dict) else {}
