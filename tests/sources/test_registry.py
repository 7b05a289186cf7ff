"""A source type is registered, and is one of the kinds that a configuration may name."""

from __future__ import annotations

from monitor.app.configuration import schema
from monitor.sources.registry import source_types


def test_the_configuration_names_every_kind() -> None:
    kinds = dict(schema().settings())["sources[].kind"]["enum"]
    assert set(kinds) == set(source_types()), "Source.kind in monitor/model/settings.py"
