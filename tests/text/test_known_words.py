from __future__ import annotations

from pathlib import Path

import pytest

from monitor.text import known_words


def test_english_words_are_kept_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CACHE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    known_words._english.cache_clear()
    for _ in range(2):  # made, then mapped
        words = known_words._english()
        assert "launched" in words
        assert "lnchd" not in words
        assert "cafés" not in words  # keys of look-ups have no marks
        assert [file.name for file in (tmp_path / "news-monitor").iterdir()] == ["english-words.list"]
        known_words._english.cache_clear()
