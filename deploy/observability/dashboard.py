"""Grafana's dashboard, made from rows.yaml: thousands of lines of JSON say what a hundred can."""

import json
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent
ROWS = FOLDER / "rows.yaml"
DASHBOARD = FOLDER / "grafana" / "cxr.json"

WIDTH, HEIGHT, STAT_HEIGHT = 24, 8, 4
"""In units of Grafana's grid, which is 24 wide."""

SOURCE = {"type": "prometheus", "uid": "${source}"}
"""Chosen in the dashboard, so that it can be imported anywhere."""

SCHEMA = 39
"""Of the JSON. Source: Grafana 11; later ones migrate it when they load it."""


def render() -> str:
    """The JSON text of the dashboard."""
    return json.dumps(dashboard(yaml.safe_load(ROWS.read_text())), indent=1) + "\n"


def dashboard(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What Grafana reads."""
    source = {"name": "source", "label": "Data source", "type": "datasource", "query": "prometheus"}
    return {
        "uid": "cxr-cascade",
        "title": "CXR Cascade",
        "tags": ["cxr"],
        "schemaVersion": SCHEMA,
        "editable": True,
        "timezone": "browser",
        "time": {"from": "now-3h", "to": "now"},
        "refresh": "10s",
        "templating": {"list": [source]},
        "annotations": {"list": [_annotation()]},
        "panels": _panels(rows),
    }


def _annotation() -> dict[str, Any]:
    """A line where the releases were changed."""
    changed = "sum by (result) (increase(cxr_release_switches_total[1m])) > 0"
    return {"name": "Releases changed", "datasource": SOURCE, "expr": changed, "enable": True, "iconColor": "blue"}


def _panels(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All panels, row by row, each laid to the right of the one before while there is room."""
    made: list[dict[str, Any]] = []
    top = 0
    for row in rows:
        made.append(
            {"type": "row", "title": row["row"], "collapsed": False, "panels": [], "gridPos": _at(0, top, 24, 1)}
        )
        left, top, height = 0, top + 1, 0
        for told in row["panels"]:
            width = told.get("width", 8)
            if left + width > WIDTH:
                left, top, height = 0, top + height, 0
            own = STAT_HEIGHT if told.get("kind") == "stat" else HEIGHT
            made.append(_panel(told) | {"gridPos": _at(left, top, width, own)})
            left, height = left + width, max(height, own)
        top += height
    return [{"id": number} | panel for number, panel in enumerate(made, 1)]


def _at(left: int, top: int, width: int, height: int) -> dict[str, int]:
    return {"x": left, "y": top, "w": width, "h": height}


def _panel(told: dict[str, Any]) -> dict[str, Any]:
    kind = told.get("kind", "timeseries")
    return {
        "type": kind,
        "title": told["title"],
        "description": told.get("what", ""),
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": told.get("unit", "short"), **_limits(told)}, "overrides": []},
        "options": OPTIONS.get(kind, {}),
        "targets": [_target(kind, at, *each) for at, each in enumerate(told["show"].items())],
        **({"transformations": [{"id": "organize", "options": {"excludeByName": HIDDEN}}]} if kind == "table" else {}),
    }


OPTIONS: dict[str, dict[str, Any]] = {
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {"colorMode": "background", "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}},
    "heatmap": {"calculate": False, "color": {"scheme": "Blues", "mode": "scheme"}, "yAxis": {"unit": "short"}},
}

HIDDEN = {"Time": True, "__name__": True, "alertstate": True}
"""Columns of a table that say nothing."""


def _target(kind: str, at: int, legend: str, expression: str) -> dict[str, Any]:
    now = {"instant": True, "format": "table"} if kind == "table" else {"range": True}
    form = {"format": "heatmap"} if kind == "heatmap" else {}
    return {
        "refId": chr(ord("A") + at),
        "datasource": SOURCE,
        "expr": expression,
        "legendFormat": legend,
        **now,
        **form,
    }


def _limits(told: dict[str, Any]) -> dict[str, Any]:
    """Colours from these values on; a line in a time series."""
    if "limits" not in told:
        return {}
    (_, first), *later = sorted(told["limits"].items())
    steps = [{"color": first, "value": None}, *({"color": colour, "value": value} for value, colour in later)]
    drawn = {"custom": {"thresholdsStyle": {"mode": "line"}}} if told.get("kind") is None else {}
    return {"thresholds": {"mode": "absolute", "steps": steps}, "color": {"mode": "thresholds"}, **drawn}
