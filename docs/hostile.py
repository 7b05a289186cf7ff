"""Write docs/hostile.md from tests/hostile/cases.yaml.

python docs/hostile.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "hostile" / "cases.yaml"
PAGE = ROOT / "docs" / "hostile.md"
HEAD = """\
# Hostile and broken input
What may come from servers and from the host itself, and what then happens. 'Named' is an error that is recorded on that
source, shown by `monitor status`, and told to operators where only a person can mend it or where it lasts; the source is
asked again, ever more seldom. Whatever comes, other sources keep their rhythm, and no alert is lost.

Each number has tests: `tests/hostile/` serves it on loopback to poller, fetcher, children and store, beside a control
source. `bench/hostile.py` measures delays and memory under floods. Made by `make docs`.
"""


def cases() -> dict[str, dict[int, dict[str, Any]]]:
    """Return the cases by section and number."""
    loaded: dict[str, dict[int, dict[str, Any]]] = YAML(typ="safe").load(CASES)
    return loaded


def page() -> str:
    """Return the text of docs/hostile.md."""
    parts = [HEAD]
    for section, rows in cases().items():
        parts.append(f"\n## {section}\n| | what comes | what happens |\n|---|---|---|\n")
        parts.extend(f"| {number} | {case['comes']} | {case['happens']} |\n" for number, case in rows.items())
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
