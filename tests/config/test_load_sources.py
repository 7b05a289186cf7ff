"""What a source's settings say of its requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.app.configuration import load
from monitor.config.load import Config

HEAD = "sources:\n  - name: A\n    url: https://example.org/rss\n"


def read(tmp_path: Path, text: str, **environ: str) -> Config:
    file = tmp_path / "config.yaml"
    watchlists = "watchlists:\n  - {name: W, keywords: [rocket]}\n"
    file.write_text(HEAD + text + watchlists, encoding="utf-8")
    return load(file, environ, entity_names=tuple)


def test_every_key_arrives(tmp_path: Path) -> None:
    text = (
        '    headers: {Authorization: "Bearer ${KEY}", X-Number: 007}\n'
        "    user_agent: Mozilla/5.0 (X11)\n    cookies: session\n    max_age: 2d\n"
        '    proxy: "socks5://me:${KEY}@127.0.0.1:9050"\n    legacy_tls: true\n    robots: true\n'
        "network: {contact: news@example.org}\n"
    )
    config = read(tmp_path, text, KEY="abc")
    (source,) = config.sources
    assert source.name == "A"
    assert source.headers == (("Authorization", "Bearer ${KEY}"), ("X-Number", "007"))
    assert (source.user_agent, source.cookies, source.max_age) == ("Mozilla/5.0 (X11)", "session", 172_800.0)
    assert (source.proxy, source.legacy_tls) == ("socks5://me:${KEY}@127.0.0.1:9050", True)
    assert source.robots
    assert config.network.contact == "news@example.org"
    assert config.warnings == ()
    assert "abc" not in repr(config)


def test_what_is_left_out_is_as_it_always_was(tmp_path: Path) -> None:
    config = read(tmp_path, "")
    (source,) = config.sources
    assert (source.headers, source.user_agent, source.cookies, source.max_age) == ((), None, "redirects", None)
    assert config.network.contact is None


def test_a_secret_that_is_nowhere_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "feed_key").write_text("x")
    text = '    headers: {X-A: "${FEED_KEY}", X-B: "${OTHER}:${THIRD}"}\n'
    assert [warning.split(",")[0] for warning in read(tmp_path, text, THIRD_FILE="/etc/third").warnings] == [
        "source 'A': its header X-A needs the variable FEED_KEY",
        "source 'A': its header X-B needs the variable OTHER",
    ]
    known = {"CREDENTIALS_DIRECTORY": str(tmp_path), "OTHER": "b", "THIRD": "c"}
    assert read(tmp_path, text, **known).warnings == ()


@pytest.mark.parametrize("contact", ["https://example.org/bot", "mailto:news@example.org", "news@example.org"])
def test_contacts(tmp_path: Path, contact: str) -> None:
    assert read(tmp_path, f"network: {{contact: '{contact}'}}\n").network.contact == contact


def test_a_proxys_secret_that_is_nowhere_is_a_warning(tmp_path: Path) -> None:
    (warning,) = read(tmp_path, '    proxy: "http://${LOGIN}@proxy.example:3128"\n').warnings
    assert "its proxy needs the variable LOGIN" in warning
