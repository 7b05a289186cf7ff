"""Write the JSON that is read at run time from the YAML that people edit: `make data`, for developers only."""

from __future__ import annotations

import json
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from monitor.data import GENERATED, Value

FOLDER = Path(__file__).parent
_TEXTS = frozenset({"starter.yaml"})  # read as they are: comments and all
_FLAGS = {"true": True, "false": False}
_LINES = 2  # levels of mappings whose keys stand on lines of their own: a change of one entry is a change of one line


class DataError(ValueError):
    """A file is not of the kind that is read; the message names the file and the line."""


def sources() -> list[Path]:
    """Return the YAML files that are written as JSON."""
    return sorted(path for path in FOLDER.rglob("*.yaml") if path.name not in _TEXTS)


def wanted() -> dict[Path, str]:
    """Return what every generated file has to hold. Raises DataError."""
    return {_target(path): as_json(path.read_text("utf-8"), path.name) for path in sources()}


def outdated() -> list[Path]:
    """Return the generated files that are missing, differ from their YAML, or have none any more."""
    contents = wanted()
    stale = [path for path, text in contents.items() if not path.is_file() or path.read_text("utf-8") != text]
    return stale + [path for path in (FOLDER / GENERATED).rglob("*.json") if path not in contents]


def write() -> list[Path]:
    """Bring the generated files up to date; return those that changed."""
    contents = wanted()
    changed = outdated()
    for path in changed:
        if path in contents:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(contents[path], "utf-8")
        else:
            path.unlink()
    return changed


def as_json(text: str, name: str = "YAML") -> str:
    """Return a YAML file's mapping as JSON. Raises DataError."""
    node = YAML(typ="safe", pure=True).compose(text)
    if not isinstance(node, MappingNode):
        raise DataError(f"{name}: a mapping is wanted")
    return _written(_value(node, name), _LINES) + "\n"


def _target(path: Path) -> Path:
    return FOLDER / GENERATED / path.relative_to(FOLDER).with_suffix(".json")


def _value(node: Node, name: str) -> Value:
    if isinstance(node, MappingNode):
        return _mapping(node, name)
    if isinstance(node, SequenceNode):
        return [_value(item, name) for item in node.value]
    text = str(node.value)
    plain = isinstance(node, ScalarNode) and node.style is None
    return _FLAGS.get(text, text) if plain else text


def _mapping(node: MappingNode, name: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            raise _wrong(key, name, "a key is text")
        if key.value in found:
            raise _wrong(key, name, f"{key.value!r} stands twice in one mapping")
        if isinstance(value, ScalarNode) and value.style is None and not value.value:
            raise _wrong(key, name, f"{key.value!r} has no value")
        found[str(key.value)] = _value(value, name)
    return found


def _wrong(node: Node, name: str, message: str) -> DataError:
    return DataError(f"{name}, line {node.start_mark.line + 1}: {message}")


def _written(value: Value, levels: int, indent: str = "") -> str:
    if not isinstance(value, dict) or not value or not levels:
        return json.dumps(value, ensure_ascii=False)
    inner = indent + " "
    lines = [
        f"{inner}{json.dumps(key, ensure_ascii=False)}: {_written(each, levels - 1, inner)}"
        for key, each in value.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n" + indent + "}"


if __name__ == "__main__":
    for changed_file in write():
        print(changed_file.relative_to(FOLDER))  # noqa: T201 - a command's output
