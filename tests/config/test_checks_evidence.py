"""The section `evidence`."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.app.configuration import load
from monitor.config import checks
from monitor.errors import ConfigError
from monitor.model import EvidenceSettings


def read(tmp_path: Path, text: str) -> EvidenceSettings:
    file = tmp_path / "config.yaml"
    file.write_text(
        f"sources: [{{name: A, url: 'https://a.example/rss'}}]\nwatchlists: [{{name: W, keywords: [missile]}}]\n{text}",
        encoding="utf-8",
    )
    return load(file).evidence


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("", EvidenceSettings("matched", raw=False, recheck=(), timestamp=None)),
        ("evidence:\n", EvidenceSettings()),
        (
            "evidence: {keep: all, raw: true, recheck: [7d, 1h, 24h, 1h], timestamp: none}\n",
            EvidenceSettings("all", raw=True, recheck=(3600.0, 86_400.0, 604_800.0)),
        ),
        ("evidence: {keep: off, timestamp: 'https://tsa.example/tsr'}\n",
         EvidenceSettings("off", timestamp="https://tsa.example/tsr")),
    ],
)  # fmt: skip
def test_what_is_written_is_read(tmp_path: Path, text: str, settings: EvidenceSettings) -> None:
    assert read(tmp_path, text) == settings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("evidence: {keep: some}", "config.yaml:3:18: evidence.keep"),
        ("evidence: {recheck: [1x]}", "is no duration"),
        ("evidence: {recheck: [1s]}", "out of range: from 1m to 365d"),
        ("evidence: {recheck: [1m,2m,3m,4m,5m,6m,7m,8m,9m,10m,11m]}", "up to 10 durations, not 11"),
        ("evidence: {timestamp: nowhere}", "evidence.timestamp"),
        ("evidence: {rechek: []}", "did you mean"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert words.lower() in str(caught.value).lower()


def test_stamps_without_their_library_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"news-monitor\[timestamps\]"):
        read(tmp_path, "evidence: {timestamp: 'https://tsa.example/tsr'}\n")
    assert read(tmp_path, "evidence: {timestamp: none}\n").timestamp is None
