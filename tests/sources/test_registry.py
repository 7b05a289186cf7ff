"""A source type is registered, and is one of the kinds that a configuration may name."""

from __future__ import annotations

from pathlib import Path

from monitor.app.configuration import schema
from monitor.sources.registry import source_types


def test_the_configuration_names_every_kind() -> None:
    kinds = dict(schema().settings())["sources[].kind"]["enum"]
    assert set(kinds) == set(source_types()), "Source.kind in monitor/model/settings.py"


def test_the_page_names_every_kind() -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| `sources[].kind` |"))
    assert [kind for kind in source_types() if f"`{kind}`" not in row] == []
