"""The JSON Schema of config.yaml: what editors complete, explain and underline."""

from __future__ import annotations

from functools import cache
from typing import Any

from monitor.config.schema import Settings
from monitor.config.tree import Loc


@cache
def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of the configuration; do not change it."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Configuration of the news monitor"}
    return {**head, **_tidy(Settings.model_json_schema(by_alias=True))}


def _tidy(node: Any, *, names: bool = False) -> Any:
    """Drop what pydantic adds for programs: titles made of names, `null` as an alternative and as a default.

    `names`: the keys of this mapping are names of settings, not words of JSON Schema.
    """
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _tidy(value) for key, value in node.items()}
    choices = [choice for choice in node.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        node = {key: value for key, value in node.items() if key != "anyOf"} | choices[0]
    node = {key: value for key, value in node.items() if key != "default" or not _says_nothing(value)}
    if "patternProperties" in node:
        node["additionalProperties"] = False
    return {
        key: value if key in ("default", "examples", "enum") else _tidy(value, names=key in _NAMED)
        for key, value in node.items()
        if key != "title" or not isinstance(value, str)
    }


def _says_nothing(default: Any) -> bool:
    """Nothing, an empty list, or a section's defaults, which its settings have too (and as the user writes them)."""
    return default is None or default == [] or isinstance(default, dict)


_NAMED = ("properties", "$defs", "patternProperties")


def schema_at(loc: Loc) -> dict[str, Any]:
    """Give the part of the schema that describes a location; an empty one where nothing does.

    Elements that lead nowhere are skipped, as in `tree.find`.
    """
    node = json_schema()
    for part in loc:
        inner = _inner(node, part)
        if inner is not None:
            node = inner
    return _resolved(node)


def keys_at(loc: Loc) -> list[str]:
    """Give the keys that a mapping at a location may have; none where they are free."""
    node = schema_at(loc)
    return list(_mapping(node).get("properties", {}))


def settings() -> list[tuple[str, dict[str, Any]]]:
    """Give every setting's path (`watchlists[].keywords[].forms+`) and its schema, depth first."""
    return list(_walk(json_schema(), ""))


def _walk(node: dict[str, Any], path: str) -> list[tuple[str, dict[str, Any]]]:
    node = _mapping(_resolved(node))
    found = []
    for key, value in node.get("properties", {}).items():
        inner = f"{path}.{key}" if path else key
        found.append((inner, _resolved(value)))
        found += _walk(value, inner)
    for value in (node.get("items"), _free(node)):
        if isinstance(value, dict):
            found += _walk(value, f"{path}[]" if value is node.get("items") else f"{path}.*")
    return found


def _inner(node: dict[str, Any], part: str | int) -> dict[str, Any] | None:
    node = _mapping(_resolved(node))
    if isinstance(part, int):
        items = node.get("items")
        return items if isinstance(items, dict) else None
    value = node.get("properties", {}).get(part)
    return value if isinstance(value, dict) else _free(node)


def _free(node: dict[str, Any]) -> dict[str, Any] | None:
    """Give the schema of the values of a mapping whose keys the user chooses."""
    values = list(node.get("patternProperties", {}).values()) or [node.get("additionalProperties")]
    return values[0] if isinstance(values[0], dict) else None


def _mapping(node: dict[str, Any]) -> dict[str, Any]:
    """Of text-or-mapping, give the mapping."""
    for choice in node.get("anyOf", ()):
        if "properties" in choice:
            return dict(choice)
    return node


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    name = node["$ref"].rpartition("/")[2]
    return {**json_schema()["$defs"][name], **{key: value for key, value in node.items() if key != "$ref"}}
