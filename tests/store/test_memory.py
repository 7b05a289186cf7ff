"""Single facts, and nothing else."""

from __future__ import annotations

import pytest

from monitor.model import Fact
from monitor.store import Database


def test_only_facts_are_kept_by_key(store: Database) -> None:
    with store.begin() as tx:
        for fact in Fact:
            tx.put(fact, fact.name)
        assert [tx.get(fact) for fact in Fact] == [fact.name for fact in Fact]
        with pytest.raises(ValueError, match="sent lately"):
            tx.put("sent lately:desk", "{}")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="troubles"):
            tx.get("troubles")  # type: ignore[arg-type]
