"""Whom an article cites."""

from __future__ import annotations

from monitor.story.lineage import Edge, Lineage, lineage
from monitor.story.outlets import Outlet, outlet, outlet_id

__all__ = ["Edge", "Lineage", "Outlet", "lineage", "outlet", "outlet_id"]
