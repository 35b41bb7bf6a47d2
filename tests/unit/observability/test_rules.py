"""Prometheus' configuration and rules, asked of Prometheus' own checker."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from local.places import ROOT
from tests import peers
from tests.unit.observability.exported import TARGET, exported
from tests.unit.observability.expressions import FOLDER, expressions, labels, metrics, rules

ALERTS = rules("alerts.yml")
RECORDED = {rule["record"]: rule["expr"] for rule in rules("rules.yml")}


def promtool(*arguments: str | Path) -> None:
    """Fails with what it said."""
    told = subprocess.run([peers.program("promtool"), *arguments], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_rules_are_rules() -> None:
    promtool("check", "rules", FOLDER / "rules.yml", FOLDER / "alerts.yml")


def test_configuration_for_one_machine_is_one() -> None:
    promtool("check", "config", FOLDER / "local.yml")


def test_configuration_for_containers_is_one(tmp_path: Path) -> None:
    inside = (FOLDER / "prometheus.yml").read_text().replace("/etc/prometheus/", "")
    (tmp_path / "prometheus.yml").write_text(inside)
    for name in ("rules.yml", "alerts.yml"):
        shutil.copy(FOLDER / name, tmp_path)

    promtool("check", "config", tmp_path / "prometheus.yml")


def test_alerts_come_when_they_should_and_say_what_they_should() -> None:
    promtool("test", "rules", FOLDER / "alerts_test.yml")


def test_every_expression_of_dashboard_and_rules_is_one(tmp_path: Path) -> None:
    wrapped = [{"record": f"checked:{at}", "expr": each} for at, (_, each) in enumerate(expressions())]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "checked", "rules": wrapped}]}))

    promtool("check", "rules", tmp_path / "rules.yml")


def test_every_name_in_them_is_exported_or_recorded() -> None:
    known = exported().keys() | RECORDED.keys()

    unknown = {where: names for where, each in expressions() if (names := metrics(each) - known)}

    assert unknown == {}


def test_every_label_in_them_is_one_of_the_series_there() -> None:
    known = exported()
    recorded = {name: labels(expression) for name, expression in RECORDED.items()}
    unknown = {}
    for where, each in expressions():
        own = set().union(*((known | recorded)[name] for name in metrics(each)), TARGET)
        unknown |= {where: names} if (names := labels(each) - own) else {}

    assert unknown == {}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_alert_says_how_bad_it_is_and_is_tested_both_ways(alert: dict) -> None:  # type: ignore[type-arg]
    cases = [
        case
        for test in yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == alert["alert"]
    ]

    assert alert["labels"]["severity"] in ("critical", "warning")
    assert {bool(case.get("exp_alerts")) for case in cases} == {True, False}


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    titles = re.findall(r"^## (\w+)$", (ROOT / "docs" / "alerts.md").read_text(), re.MULTILINE)

    assert titles == [alert["alert"] for alert in ALERTS]
    for alert in ALERTS:
        assert alert["annotations"]["runbook_url"] == f"docs/alerts.md#{alert['alert'].lower()}"
        assert alert["annotations"]["summary"]


def test_links_of_the_page_lead_to_alerts() -> None:
    linked = set(re.findall(r"\]\(#(\w+)\)", (ROOT / "docs" / "alerts.md").read_text()))

    assert linked <= {alert["alert"].lower() for alert in ALERTS}
