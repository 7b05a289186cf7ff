"""Settings from the environment: MONITOR_SECTION__KEY overrides one scalar of the YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping

from monitor.config.editor_schema import ConfigSchema
from monitor.config.report import Report
from monitor.config.yaml_tree import Loc, Mapping, Node, Place, Scalar, Sequence
from monitor.fields.likeness import listed, suggest

PREFIX = "MONITOR_"
SEPARATOR = "__"
OTHERS = frozenset({"MONITOR_ENV_FILE", "MONITOR_WEBHOOK_SECRET"})
"""Variables that begin in the same way and override nothing; so do those of Apprise."""


def apply(root: Mapping, environ: AnyMapping[str, str], report: Report, schema: ConfigSchema) -> None:
    """Put the variables' values into the tree; problems name the variable.

    A part of the name is a key (case aside; anything but letters and digits is written as _), a list's entry is meant
    by its number, from 0, or by its `name`. A value is read as YAML reads an unquoted scalar; a list of scalars may be
    written with commas.
    """
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and SEPARATOR in variable:
            _apply(root, variable, environ[variable], report, schema)


def misspelt(root: Mapping, environ: AnyMapping[str, str], schema: ConfigSchema) -> Iterator[str]:
    """Yield a warning for each variable that would override a setting if its name had two underscores in places."""
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and SEPARATOR not in variable and variable not in OTHERS:
            parts = _meant(root, (), _same(variable.removeprefix(PREFIX)), schema)
            if parts is not None and len(parts) > 1:
                right = PREFIX + SEPARATOR.join(parts).upper()
                yield f"the variable {variable} is not read: a setting's is written with two underscores, {right}"


def _meant(node: Node | None, loc: Loc, rest: str, schema: ConfigSchema) -> list[str] | None:
    """Return the parts of a setting's name that `rest` spells with single underscores; None where it spells none."""
    named = [name.text for name, _ in node.pairs] if isinstance(node, Mapping) else []
    for key in dict.fromkeys([*named, *schema.keys(loc)]):
        spelt = _same(key)
        if rest == spelt:
            return [spelt]
        if rest.startswith(f"{spelt}_") and _has_keys((*loc, key), schema):
            below = node.get(key) if isinstance(node, Mapping) else None
            parts = _meant(below, (*loc, key), rest.removeprefix(f"{spelt}_"), schema)
            if parts is not None:
                return [spelt, *parts]
    return None


def _apply(root: Mapping, variable: str, value: str, report: Report, schema: ConfigSchema) -> None:
    parts = variable.removeprefix(PREFIX).split(SEPARATOR)
    place = Place(variable, 0, 0)
    node: Node = root
    loc: Loc = ()
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if isinstance(node, Sequence):
            found = _entry(node, part)
            if found is None:
                report.add(place, _path(loc), f"has no entry {part}: use a number from 0, or the name of an entry")
                return
            loc, node = (*loc, found), node.items[found]
            if last:
                report.add(place, _path(loc), "only single values can be overridden: name a key of this entry, too")
        elif isinstance(node, Mapping):
            key = _key(node, part, loc, schema)
            if key is None:
                known = schema.keys(loc) or [name.text for name, _ in node.pairs]
                hint = suggest(part.lower(), known)
                report.add(
                    place, _path(loc), f"there is no setting {part.lower()}.{hint} Known here: {listed(known, 16)}"
                )
                return
            loc = (*loc, key)
            if last:
                _set(node, loc, _value(value, place), report, schema)
            else:
                node = _below(node, key, place) if _has_keys(loc, schema) else Scalar(place, "")
        else:
            report.add(place, _path(loc), "is a single value: the variable's name ends here")
            return


def _same(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text).strip("_").casefold()


def _entry(node: Sequence, part: str) -> int | None:
    if part.isdigit() and int(part) < len(node.items):
        return int(part)
    for index, item in enumerate(node.items):
        name = item.get("name") if isinstance(item, Mapping) else None
        if isinstance(name, Scalar) and _same(name.text) == _same(part):
            return index
    return None


def _key(node: Mapping, part: str, loc: Loc, schema: ConfigSchema) -> str | None:
    names = [name.text for name, _ in node.pairs] + schema.keys(loc)
    return next((name for name in names if _same(name) == _same(part)), None)


def _has_keys(loc: Loc, schema: ConfigSchema) -> bool:
    return schema.at(loc).get("type") in ("object", "array") or bool(schema.keys(loc))


def _below(node: Mapping, key: str, place: Place) -> Node:
    value = node.get(key)
    if value is None or (isinstance(value, Scalar) and value.style is None and not value.text):
        value = Mapping(place, [])
        _replace(node, key, value, place)
    return value


def _replace(node: Mapping, key: str, value: Node, place: Place) -> None:
    for index, (name, _) in enumerate(node.pairs):
        if name.text == key:
            node.pairs[index] = (name, value)
            return
    node.pairs.append((Scalar(place, key), value))


def _value(text: str, place: Place) -> Scalar:
    # An empty variable is empty text ("" is a value of web.listen), not YAML's null.
    return Scalar(place, text.strip(), None if text.strip() else '"')


def _set(node: Mapping, loc: Loc, value: Scalar, report: Report, schema: ConfigSchema) -> None:
    key, old = str(loc[-1]), node.get(str(loc[-1]))
    items = schema.at(loc).get("items")
    if isinstance(items, dict) and "properties" not in items and "$ref" not in items:
        parts = [part for part in value.text.strip("[]").split(",") if part.strip()]
        _replace(node, key, Sequence(value.place, [_value(part, value.place) for part in parts]), value.place)
    elif isinstance(old, Mapping | Sequence) or schema.at(loc).get("type") in ("object", "array"):
        report.add(value.place, _path(loc), "only single values can be overridden: name a key of this section, too")
    else:
        _replace(node, key, value, value.place)


def _path(loc: Loc) -> str:
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.lstrip(".")
