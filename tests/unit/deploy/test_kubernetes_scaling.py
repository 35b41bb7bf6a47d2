"""What the autoscalers ask Prometheus, and whether there is such a thing; and the alerts that it is given."""

import re
import subprocess
from pathlib import Path

import yaml

from gateway.metrics import Metrics
from tests import peers
from tests.unit.deploy.manifests import Manifests, example
from vocabulary.stages import STAGES

USE = re.compile(r"(\w+)\((cxr_\w+)\b")
"""A metric in a query, and the function that it is given to."""


def queries(manifests: Manifests) -> list[str]:
    triggers = [trigger for each in manifests.of("ScaledObject") for trigger in each["spec"]["triggers"]]
    return [trigger["metadata"]["query"] for trigger in triggers]


def test_autoscalers_ask_for_rates_and_gauges_that_the_gateway_has() -> None:
    kinds = {family.name: family.type for family in Metrics().registry.collect()}
    assert len(queries(example())) == len(STAGES)
    for query in queries(example()):
        assert len(USE.findall(query)) == query.count("cxr_"), "a metric without a function"
        for function, metric in USE.findall(query):
            kind = kinds[re.sub("_(sum|count|bucket|total)$", "", metric)]
            assert function == "rate" if kind in ("histogram", "counter") else kind == "gauge"


def test_prometheus_understands_the_queries(tmp_path: Path) -> None:
    promtool = peers.program("promtool")
    rules = [{"record": f"stage{number}", "expr": query} for number, query in enumerate(queries(example()))]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "autoscale", "rules": rules}]}))

    told = subprocess.run(
        [promtool, "check", "rules", tmp_path / "rules.yaml"], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout + told.stderr


def test_alerts_are_those_of_the_stack_without_kubernetes() -> None:
    assert len(example().one("PrometheusRule", "cxr-cascade")["spec"]["groups"]) > 1
