"""The configuration, with the channel kinds of the registry. Commands and the daemon read config.yaml from here."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from monitor.config import load as reading
from monitor.config.editor_schema import ConfigSchema, schema_of
from monitor.deliver.channels import registry
from monitor.model import Config

_MANY = 500  # sources


def load(
    path: Path,
    environ: Mapping[str, str] | None = None,
    *,
    entity_names: Callable[[], Iterable[str]] | None = None,
    text: str | None = None,
) -> Config:
    """Read the configuration at `path`, as `config.load.load` does. Raises ConfigError with every problem found."""
    return _compact(reading.load(path, environ, kinds=registry.CHANNELS, entity_names=entity_names, text=text))


def _compact(config: Config) -> Config:
    """Return a large configuration's copy in memory of its own.

    Each value stands among what YAML's reader made beside it, and keeps these pages: 23 MB for 5,000 sources, which
    are 4 MB. A copy by pickle takes a hundredth of the time of reading.
    """
    if len(config.sources) < _MANY:
        return config
    copy: Config = pickle.loads(pickle.dumps(config))  # noqa: S301 — its own
    return copy


def schema() -> ConfigSchema:
    """Return the schema of config.yaml."""
    return schema_of(registry.CHANNELS)
