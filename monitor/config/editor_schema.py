"""The JSON Schema of config.yaml: what editors complete, explain and underline."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

from pydantic import TypeAdapter

from monitor.config import pack
from monitor.config.schema import settings_of
from monitor.config.yaml_tree import Loc
from monitor.model import Settings
from monitor.ports import Kinds


class ConfigSchema:
    """The settings, for certain channel kinds: as a reader of them and as JSON Schema.

    The reader is made at once, the JSON Schema when it is asked for.
    """

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.reader: TypeAdapter[Settings] = settings_of(kinds)

    @cached_property
    def json(self) -> dict[str, Any]:
        """The JSON Schema, draft 2020-12; not to be changed."""
        head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Configuration of the news monitor"}
        schema = _tidy(self.reader.json_schema())
        named = {_definition(name): each for name, each in schema["$defs"].items()}
        # Names to complete, not the only ones that are right: the pack may have grown since the file was written.
        named["SourceSettings"]["properties"]["use"]["anyOf"] = [{"enum": pack.ids()}, {"type": "string"}]
        return {**head, **schema, "$defs": dict(sorted(named.items()))}

    def at(self, loc: Loc) -> dict[str, Any]:
        """Return the part of the JSON Schema that describes a location; an empty one where nothing does.

        Elements that lead nowhere are skipped, as in `tree.find`.
        """
        node = self.json
        for part in loc:
            inner = self._inner(node, part)
            if inner is not None:
                node = inner
        return self._resolved(node)

    def keys(self, loc: Loc) -> list[str]:
        """Return the keys that a mapping at a location may have; none where they are free."""
        return list(_mapping(self.at(loc)).get("properties", {}))

    def settings(self) -> list[tuple[str, dict[str, Any]]]:
        """Return every setting's path (`watchlists[].keywords[].forms+`) and its schema, depth first."""
        return list(self._walk(self.json, ""))

    def _walk(self, node: dict[str, Any], path: str) -> list[tuple[str, dict[str, Any]]]:
        node = _mapping(self._resolved(node))
        found = []
        for key, value in node.get("properties", {}).items():
            inner = f"{path}.{key}" if path else key
            found.append((inner, self._resolved(value)))
            found += self._walk(value, inner)
        for value in (node.get("items"), _free(node)):
            if isinstance(value, dict):
                found += self._walk(value, f"{path}[]" if value is node.get("items") else f"{path}.*")
        return found

    def _inner(self, node: dict[str, Any], part: str | int) -> dict[str, Any] | None:
        node = _mapping(self._resolved(node))
        if isinstance(part, int):
            items = node.get("items")
            return items if isinstance(items, dict) else None
        value = node.get("properties", {}).get(part)
        return value if isinstance(value, dict) else _free(node)

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in node:
            return node
        name = node["$ref"].rpartition("/")[2]
        return {**self.json["$defs"][name], **{key: value for key, value in node.items() if key != "$ref"}}


schema_of = cache(ConfigSchema)
"""Return the schema for some channel kinds, made once."""


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
    if "$ref" in node:
        before, slash, name = node["$ref"].rpartition("/")
        node["$ref"] = before + slash + _definition(name)
    return {
        key: value if key in ("default", "examples", "enum") else _tidy(value, names=key in _NAMED)
        for key, value in node.items()
        if key != "title" or not isinstance(value, str)
    }


def _definition(name: str) -> str:
    """Return the name of a class's definition: a user's file may refer to it, so that it stays as it was published."""
    if name.endswith(("Settings", "Target")):
        return name
    return {"Term": "KeywordSettings", "Sending": "DeliverySettings"}.get(name, f"{name}Settings")


def _says_nothing(default: Any) -> bool:
    """Return whether a default is empty, or a section's, whose settings have theirs as the user writes them."""
    return default is None or default == [] or isinstance(default, dict)


_NAMED = ("properties", "$defs", "patternProperties")


def _free(node: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of the values of a mapping whose keys the user chooses."""
    values = list(node.get("patternProperties", {}).values()) or [node.get("additionalProperties")]
    return values[0] if isinstance(values[0], dict) else None


def _mapping(node: dict[str, Any]) -> dict[str, Any]:
    """Return the schema's mapping, where it allows a text as well."""
    for choice in node.get("anyOf", ()):
        if "properties" in choice:
            return dict(choice)
    return node
