"""Prometheus metrics. Labels are names from the configuration or closed sets, never input."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

POLLS = Counter("monitor_polls_total", "Polls of feeds, by how they ended", ["source", "result"])
ENTRIES = Counter("monitor_entries_total", "New or edited entries", ["source"])
GAPS = Counter("monitor_gaps_total", "Polls that may have missed articles", ["source"])
REFILLED = Counter("monitor_refilled_articles_total", "Articles of gaps that sitemaps brought", ["source"])
UNACCOUNTED = Counter("monitor_unaccounted_articles_total", "Estimate of articles that nothing brought", ["source"])
ARTICLES = Counter("monitor_articles_total", "Articles judged", ["source", "text"])  # text: page | summary
ALERTS = Counter("monitor_alerts_total", "Rows written to the outbox", ["watchlist", "action"])  # add | amend
DELIVERIES = Counter("monitor_deliveries_total", "Calls to channels, by how they ended", ["channel", "outcome"])
UNWRITTEN = Counter("monitor_unwritten_results_total", "Calls whose end could not be written at once", ["channel"])
STALLED = Gauge("monitor_lanes_stalled", "Lanes that cannot move: see /healthz")
OUTBOX = Gauge("monitor_outbox_rows", "Rows of the outbox", ["state"])
PENDING = Gauge("monitor_entries_pending", "Entries that wait for their article")
INDEX = Gauge("monitor_index_articles", "Articles in the window of stories", ["state"])  # live | loaded
UPDATES = Counter("monitor_bot_updates_total", "Commands and presses, by what they were", ["kind"])
PUSHES = Counter("monitor_hub_deliveries_total", "Deliveries of WebSub hubs", ["outcome"])  # woke | known | ignored
RECHECKS = Counter("monitor_rechecks_total", "Pages asked for again, by what became of them", ["result"])
BUGS = Counter("monitor_internal_errors_total", "Exceptions that nobody expected", ["stage"])


def bugs() -> dict[str, int]:
    """Return the number of unexpected exceptions by stage in this process so far."""
    return {
        sample.labels["stage"]: int(sample.value)
        for metric in BUGS.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


LATENCY = Histogram(
    "monitor_alert_seconds",
    "From an entry first seen to its alert written",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)
LAST_TICK = Gauge("monitor_last_tick_timestamp_seconds", "When the scheduler last looked for work")
