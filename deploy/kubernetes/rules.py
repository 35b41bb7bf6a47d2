"""The alerts of deploy/observability as Prometheus' operator wants them; `make generated` writes them."""

from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
SOURCES = [HERE.parent / "observability" / name for name in ("rules.yml", "alerts.yml")]
TARGET = HERE / "components" / "observability" / "rules.yaml"
HEAD = "# Written by `make generated` from deploy/observability: change those files instead.\n"


def rendered() -> str:
    """What it should hold."""
    groups = [group for source in SOURCES for group in yaml.safe_load(source.read_text())["groups"]]
    manifest = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "cxr-cascade"},
        "spec": {"groups": groups},
    }
    return HEAD + yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=120)
