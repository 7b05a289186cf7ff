"""docs/store.md says what each table is for."""

from __future__ import annotations

import re
from pathlib import Path

from monitor.store import schema

PAGE = (Path(__file__).parents[2] / "docs" / "store.md").read_text(encoding="utf-8")


def test_the_page_has_every_table_and_no_other() -> None:
    section = PAGE.partition("\n## Tables\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", section, re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert documented - {"alembic_version"} == set(schema.metadata.tables)
