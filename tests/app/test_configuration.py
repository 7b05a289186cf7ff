"""The configuration as the daemon holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.app import configuration
from monitor.config import load as reading
from monitor.deliver.channels import registry

CONFIG = """\
sources:
  - {name: A, url: 'https://a.example/rss', every: 90s, headers: {Authorization: "${A_KEY}"}}
  - {name: B, url: 'https://b.example/rss', timezone: Asia/Seoul}
watchlists:
  - {name: W, keywords: [{text: Пак, language: uk, case: exact}], query: null, notify: [desk]}
channels:
  desk: {telegram: {chat: 1}, quiet_hours: {from: "23:00", to: "07:00"}}
network: {allow: [{host: wiki.corp, cidr: 10.2.0.0/16, ports: [443]}]}
"""


@pytest.mark.parametrize("many", [2, 3])
def test_a_large_configuration_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr(configuration, "_MANY", many)
    path, environ = tmp_path / "config.yaml", {"A_KEY": "secret", "TELEGRAM_BOT_TOKEN": "1:token"}
    path.write_text(CONFIG.replace("query: null, ", ""), encoding="utf-8")
    plain = reading.load(path, environ, kinds=registry.CHANNELS)
    made = configuration.load(path, environ)
    assert made == plain
    assert repr(made) == repr(plain)
