"""The PromQL of dashboard and rules, and the names in it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from local.places import ROOT

FOLDER = ROOT / "deploy" / "observability"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana" / "cxr.json").read_text())

STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
GROUPS = re.compile(r"\b(?:by|on|ignoring|without|group_left|group_right)\s*\(([^)]*)\)")
MATCHERS = re.compile(r"\{([^}]*)\}")
NAME = re.compile(r"(?<![\w:.$])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])")
WORDS = {"and", "or", "unless", "offset", "bool", "on", "by"}


def rules(name: str) -> list[dict[str, Any]]:
    """Those of a file of rules."""
    told = yaml.safe_load((FOLDER / name).read_text())
    return [rule for group in told["groups"] for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """Where each stands, and what it says; Grafana's own words are replaced by what it would put there."""
    for rule in (*rules("rules.yml"), *rules("alerts.yml")):
        yield rule.get("alert") or rule["record"], rule["expr"]
    told = [(panel["title"], target) for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
    for title, target in (*told, *((each["name"], each) for each in DASHBOARD["annotations"]["list"])):
        yield f"{title}: {target.get('legendFormat', '')}", target["expr"].replace("$__rate_interval", "1m")


def metrics(expression: str) -> set[str]:
    """The names of time series in an expression."""
    text = MATCHERS.sub("", GROUPS.sub("", STRINGS.sub("", expression)))
    text = re.sub(r"\[[^]]*\]|offset\s+\w+", "", text)
    return set(NAME.findall(text)) - WORDS


def labels(expression: str) -> set[str]:
    """The names of labels that an expression matches or groups by."""
    text = STRINGS.sub("", expression)
    grouped = [name for each in GROUPS.findall(text) for name in each.split(",")]
    matched = [re.split(r"[=!]", one)[0] for each in MATCHERS.findall(text) for one in each.split(",")]
    return {name.strip() for name in (*grouped, *matched)} - {""}
