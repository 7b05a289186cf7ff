"""The configuration, with the channel kinds of the registry. Commands and the daemon read config.yaml from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from monitor.config import load as reading
from monitor.config.editor_schema import ConfigSchema, schema_of
from monitor.deliver.channels import registry
from monitor.model import Config


def load(
    path: Path,
    environ: Mapping[str, str] | None = None,
    *,
    entity_names: Callable[[], Iterable[str]] | None = None,
    text: str | None = None,
) -> Config:
    """Read the configuration at `path`, as `config.load.load` does. Raises ConfigError with every problem found."""
    return reading.load(path, environ, kinds=registry.CHANNELS, entity_names=entity_names, text=text)


def schema() -> ConfigSchema:
    """Return the schema of config.yaml."""
    return schema_of(registry.CHANNELS)
