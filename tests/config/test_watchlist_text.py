"""Lines of a watchlist that are tried, and never written."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from doubles.config_files import W, write

from monitor.config.watchlist_text import tried
from monitor.deliver.channels.registry import CHANNELS
from monitor.errors import MonitorError


def test_a_text_that_is_too_long_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """A million empty lines took minutes to be left out."""
    path = write(tmp_path, W + "    keywords: [a]\n")
    began = time.process_time()
    with pytest.raises(MonitorError, match="of more than 50000 characters"):
        tried(path, "\n" * 300_000 + "name: A", {}, kinds=CHANNELS)
    assert time.process_time() - began < 1
