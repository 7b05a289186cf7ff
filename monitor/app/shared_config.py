"""One configuration for many processes: the files of who leads the bot, which the others follow from the database."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from monitor.app.configuration import load
from monitor.errors import ConfigError, Problem
from monitor.model import Config

CHANGED = "monitor_config"
"""The signal that another version of the files is published."""


def files_of(config: Config) -> dict[str, str]:
    """Return the text of each file of a configuration, by its name from the main file's directory."""
    base = config.path.parent
    found = {}
    for path in config.files or (config.path,):
        name = path.name if path == config.path else path.relative_to(base).as_posix()
        found[name] = path.read_text(encoding="utf-8-sig")
    return found


def load_shared(files: Mapping[str, str], path: Path) -> Config:
    """Read a configuration from its files' texts, as if they stood at `path`. Raises ConfigError with all problems."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-config-"))
    try:
        for name, text in files.items():
            target = folder / name
            if not target.resolve().is_relative_to(folder.resolve()):
                raise ConfigError([Problem(name, 0, 0, "", "this name leads out of the configuration's directory")])
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return replace(load(folder / path.name), path=path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
