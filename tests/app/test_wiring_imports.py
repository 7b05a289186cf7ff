"""What the daemon's own process holds: parsers, models and dictionaries are loaded in children alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """\
sources:
  - {name: Ukrinform, url: 'https://www.ukrinform.ua/rss', timezone: Europe/Kyiv}
watchlists:
  - {name: Arms, keywords: [ракетоносець, дирижабль, warship], notify: [screen]}
channels:
  screen: {console: {}}
web: {listen: ""}
"""
STARTED = """
import asyncio, json, pathlib, sys
from monitor.app import daemon
from monitor.app.bot import BotRunner
from monitor.app.configuration import load
from monitor.app.preparation import Preparation
from monitor.app.wiring import make_dispatcher, opened

async def start():
    async with opened(load(pathlib.Path("config.yaml"))) as components:
        make_dispatcher(components)
        await BotRunner(components, components.clock).follow(components.live.now.config)
        await Preparation(components.judge).prepare()
        print(json.dumps(sorted(name for name in sys.modules if "." not in name)))

asyncio.run(start())
"""
PARSERS = {"trafilatura", "lxml", "lxml_html_clean", "justext", "courlan", "htmldate", "feedparser"}
MODELS = {"numpy", "py3langid"}
DICTIONARIES = {"pymorphy3", "simplemma"}
UNUSED = {"telegram", "starlette", "uvicorn", "psycopg", "procrastinate", "attr"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the packages in the process of a daemon that is ready: watchlists compiled, no token, an empty cache."""
    folder: Path = tmp_path_factory.mktemp("daemon")
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    environment = {
        name: value for name, value in os.environ.items() if name not in {"TELEGRAM_BOT_TOKEN", "CACHE_DIRECTORY"}
    }
    environment["XDG_CACHE_HOME"] = str(folder)
    done = subprocess.run(
        [sys.executable, "-c", STARTED], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "packages", [PARSERS, MODELS, DICTIONARIES, UNUSED], ids=["parsers", "models", "dictionaries", "unused"]
)
def test_the_daemon_loads_nothing_that_children_load(loaded: set[str], packages: set[str]) -> None:
    assert not loaded & packages
