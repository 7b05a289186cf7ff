"""Lines of a watchlist that are tried, and never written."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from doubles.config_files import W, write

from monitor.config.watchlist_text import tried, watchlist_text
from monitor.deliver.channels.registry import CHANNELS
from monitor.errors import ConfigError, MonitorError


def test_a_text_that_is_too_long_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """A million empty lines took minutes to be left out."""
    path = write(tmp_path, W + "    keywords: [a]\n")
    began = time.process_time()
    with pytest.raises(MonitorError, match="of more than 50000 characters"):
        tried(path, "\n" * 300_000 + "name: A", {}, kinds=CHANNELS)
    assert time.process_time() - began < 1


def test_lines_are_found_by_their_indentation_where_the_file_is_no_yaml(tmp_path: Path) -> None:
    text = "watchlists:\n  - name: 'A b'  # one\n    keywords: [a\n\n  # of the next\n  - name: B\n    keywords: [b]\nx: 1\n"
    path = tmp_path / "config.yaml"
    path.write_text(text, "utf-8")
    found = watchlist_text(path, "A b")
    assert (found.text, found.first, found.last) == ("  - name: 'A b'  # one\n    keywords: [a", 1, 3)
    assert watchlist_text(path, "B").text == "  - name: B\n    keywords: [b]"
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        watchlist_text(path, "A")
    path.write_text(text + "  - name: B\n", "utf-8")
    with pytest.raises(ConfigError):  # which of the two is meant?
        watchlist_text(path, "B")
