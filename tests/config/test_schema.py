"""The schema, the documentation, the starter and the shipped configuration agree with the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from monitor.app.configuration import load, schema
from monitor.cli.init import starter
from monitor.cli.setup import schema_text

SCHEMA = schema()
ROOT = Path(__file__).parents[2]


def test_the_committed_schema_is_current() -> None:
    assert (ROOT / "config.schema.json").read_text(encoding="utf-8") == schema_text(), "run: monitor schema"


def test_every_mapping_is_closed() -> None:
    def mappings(node: Any) -> list[dict[str, Any]]:
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        found = [mapping for value in inner for mapping in mappings(value)]
        return [*found, node] if isinstance(node, dict) and node.get("type") == "object" else found

    found = mappings(SCHEMA.json)
    assert len(found) > 15
    assert all("additionalProperties" in mapping for mapping in found)


@pytest.mark.parametrize(
    ("path", "described"), SCHEMA.settings(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_setting_is_described_for_editors(path: str, described: dict[str, Any]) -> None:
    assert len(described.get("description", "")) > 10, path


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)) | set(
        re.findall(r"^## `([^`]+)`", text, re.MULTILINE)
    )
    existing = {path for path, _ in SCHEMA.settings()}
    # A term under `exclude` has the keys of one under `keywords`, an adjective those of a name.
    existing = {
        path for path in existing if not path.startswith(("watchlists[].exclude[].", "entities.*.adjectives.*[]."))
    }
    assert existing - documented == set()
    assert documented - existing == set()


def test_documented_defaults_are_the_real_ones() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)` \|.*\| `([^`|]+)` \|$", text, re.MULTILINE))
    defaults = {path: each["default"] for path, each in SCHEMA.settings() if "default" in each}
    shown = {
        path: f"[{', '.join(map(str, value))}]" if isinstance(value, list) else json.dumps(value).strip('"')
        for path, value in defaults.items()
    }
    assert {path: shown[path] for path in rows} == rows
    assert len(rows) > 15


def test_the_examples_of_the_documentation_are_valid(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    file = tmp_path / "config.yaml"
    channels = next(block for block in blocks if block.startswith("channels:"))
    channels += "  me:\n    telegram: {chat: 123456789}\n"
    body = "".join(block for block in blocks if not block.startswith("channels:")) + channels
    file.write_text(body, encoding="utf-8")
    config = load(file, {}, entity_names=lambda: ["DPRK", "Blinken", "ICBM"])
    assert [watchlist.name for watchlist in config.watchlists] == ["DPRK arms", "Arms for Russia"]
    assert config.entities[0].id == "Hwasong-18"


def test_the_shipped_configuration_is_the_starter() -> None:
    assert (ROOT / "config.yaml").read_text(encoding="utf-8") == starter()


def test_the_shipped_configuration_works_with_the_shipped_catalogue() -> None:
    config = load(ROOT / "config.yaml", {})
    assert {source.language for source in config.sources} == {"uk", "en", "ko"}
    assert config.watchlists[0].entities == ("DPRK", "Blinken", "ICBM")
    assert config.channels["screen"].kind == "console"
    assert config.warnings == ()


def test_the_commented_parts_of_the_starter_are_valid(tmp_path: Path) -> None:
    _, *lines = starter().split("\n")  # the first names the schema
    # Settings are `# key: value`, `# - key: value`, or lines that are indented further; prose is neither.
    body = [re.sub(r"^(\s*)# ((?:- )?[\w-]+:(?: .*)?|  .*)$", r"\1\2", line) for line in lines]
    assert sum(new != old for new, old in zip(body, lines, strict=True)) >= 14
    file = tmp_path / "config.yaml"
    file.write_text("\n".join(body), encoding="utf-8")
    config = load(file, {})
    assert [watchlist.name for watchlist in config.watchlists] == ["DPRK arms", "Arms for Russia"]
    assert config.channels["desk"].settings == {"chat": -1001234567890}
    assert config.telegram.admins == (123456789,)
    assert config.entities[0].type == "weapon"


def test_keys_are_found_below_lists_and_free_names() -> None:
    assert "forms+" in SCHEMA.keys(("watchlists", 0, "keywords", 3))
    assert "needs" in SCHEMA.keys(("entities", "x", "names", "uk", 0))
    assert SCHEMA.keys(("entities",)) == []
