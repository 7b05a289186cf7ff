"""docs/service.md names every metric, with its labels."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from monitor import metrics

PAGE = (Path(__file__).parents[1] / "docs" / "service.md").read_text(encoding="utf-8")


def test_the_page_lists_the_metrics_that_there_are() -> None:
    rows = re.findall(r"^\| `(monitor_\w+)(?:\{([\w,]+)\})?` \| ", PAGE, re.MULTILINE)
    described = {name: tuple(filter(None, labels.split(","))) for name, labels in rows}
    assert described == {
        metric._name + ("_total" if metric._type == "counter" else ""): metric._labelnames
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
    }
