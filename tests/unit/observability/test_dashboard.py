"""Grafana's dashboard: made of rows.yaml, and of a shape that Grafana reads."""

from itertools import combinations
from typing import Any

import pytest

from tests.unit.observability.expressions import DASHBOARD

PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
SHOWN = [panel for panel in PANELS if panel["type"] != "row"]
ROWS = (
    *("At a glance", "Stages", "Admission", "Outcomes", "Releases", "Drift"),
    *("Reading room", "Listener", "Model servers"),
)


def test_it_has_a_row_for_everything_that_can_go_wrong() -> None:
    assert tuple(panel["title"] for panel in PANELS if panel["type"] == "row") == ROWS


def test_panels_have_a_number_of_their_own_and_none_lies_on_another() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for one, other in combinations([panel["gridPos"] for panel in PANELS], 2):
        across = one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"]
        down = one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"]
        assert not (across and down)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in PANELS)


@pytest.mark.parametrize("panel", SHOWN, ids=lambda panel: panel["title"])
def test_panel_asks_something_of_the_chosen_source_in_a_kind_that_grafana_knows(panel: dict[str, Any]) -> None:
    assert panel["type"] in ("timeseries", "stat", "table", "heatmap")
    assert panel["targets"]
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    for target in panel["targets"]:
        assert isinstance(target["expr"], str)
        assert isinstance(target["legendFormat"], str)
        assert target["datasource"] == panel["datasource"] == {"type": "prometheus", "uid": "${source}"}


def test_source_is_one_of_the_dashboards_variables() -> None:
    (variable,) = DASHBOARD["templating"]["list"]

    assert (variable["name"], variable["type"], variable["query"]) == ("source", "datasource", "prometheus")
