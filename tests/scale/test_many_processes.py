"""Processes that are killed lose and double nothing: the short form; `make soak-scale` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest
from doubles.many_processes import Plan, soak

pytestmark = pytest.mark.network


def said(folder: Path) -> str:
    return "".join(path.read_text()[-3000:] for path in sorted(folder.glob("*.log")))


async def test_killed_processes_lose_and_double_nothing(server: str, tmp_path: Path) -> None:
    plan = Plan(articles=10, kills=3, feeds=3)
    found = await soak(plan, tmp_path, server)
    assert found.kills == plan.kills
    assert not found.failures, said(tmp_path)
    assert len(found.latencies) == plan.articles
