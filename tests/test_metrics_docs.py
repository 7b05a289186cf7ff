"""The dashboard and the alert rules in docs/ ask for what the daemon counts, and for nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from monitor import metrics
from monitor.model import Result, State

DOCS = Path(__file__).parents[1] / "docs"
DASHBOARD = json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))
RULES = YAML(typ="safe").load((DOCS / "prometheus-alerts.yaml").read_text(encoding="utf-8"))
_METRIC = re.compile(r"\bmonitor_[a-z_]+")
_SERIES = re.compile(r"\b(monitor_[a-z_]+)\{([^}]*)\}")
_LABEL = re.compile(r'(\w+)(?:=~|!~|!=|=)"([^"]*)"')


def known() -> dict[str, set[str]]:
    """Return the labels of each series that the daemon can give."""
    found: dict[str, set[str]] = {}
    for collector in vars(metrics).values():
        name = getattr(collector, "_name", None)
        if isinstance(name, str) and name.startswith("monitor_"):
            labels = set(collector._labelnames)
            for suffix in ("", "_total", "_bucket", "_count", "_sum"):
                found[name + suffix] = labels | ({"le"} if suffix == "_bucket" else set())
    return found


def expressions() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        yield variable.get("definition", "")
    for group in RULES["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_series_exists_with_its_labels(expression: str) -> None:
    series = known()
    for name in _METRIC.findall(expression):
        assert name in series, name
    for name, inner in _SERIES.findall(expression):
        for label, value in _LABEL.findall(inner):
            assert label in series[name] | {"instance", "job"}, f"{name}: {label}"
            if label == "state" and name == "monitor_outbox_rows":
                assert value in set(State)
            if label == "result" and name == "monitor_polls_total":
                assert value in set(Result)
    assert expression.count("(") == expression.count(")")


def test_every_metric_is_in_the_dashboard_or_a_rule_or_told_apart() -> None:
    asked = {name for expression in expressions() for name in _METRIC.findall(expression)}
    stems = {re.sub(r"_(total|bucket)$", "", name) for name in asked}
    unasked = {getattr(each, "_name", "") for each in vars(metrics).values()} - stems
    beside = {"monitor_articles", "monitor_bot_updates", "monitor_hub_deliveries", "monitor_rechecks"}
    assert {name for name in unasked if str(name).startswith("monitor_")} <= beside | {"monitor_unwritten_results"}


def test_panels_have_ids_of_their_own_and_places() -> None:
    idents = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(idents) == len(set(idents))
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in DASHBOARD["panels"])


def test_every_rule_says_what_to_do() -> None:
    for group in RULES["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("critical", "warning")
            assert rule["annotations"].keys() == {"summary", "description"}
