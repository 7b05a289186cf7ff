"""Each setting is defined once: what is read from the YAML is what the program uses."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import monitor
from monitor import model
from monitor.app.configuration import schema
from monitor.deliver.channels import registry
from monitor.fields import StrictSettings, key_of

PACKAGE = Path(monitor.__file__).parent


def mappings(node: Any) -> Iterator[frozenset[str]]:
    """Yield the keys of every mapping of the JSON Schema."""
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            yield frozenset(node["properties"])
        for inner in node.values():
            yield from mappings(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from mappings(inner)


@cache
def classes() -> list[tuple[str, ast.ClassDef]]:
    """Return every class of the program, with the place where it stands."""
    return [
        (f"{file.relative_to(PACKAGE)}: {node.name}", node)
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]


def own_fields(kind: type[Any]) -> list[str]:
    return [each.name for each in fields(kind) if each.name in kind.__annotations__]


KINDS = registry.CHANNELS
MAPPINGS = set(mappings(schema().json))
DECLARED = [each for each in vars(model).values() if isinstance(each, type) and issubclass(each, StrictSettings)]
HOMES = [
    each
    for each in (*DECLARED, *(kind.settings for kind in KINDS))
    if each not in {model.Channel, model.EntitySpec, model.Config}
]


def test_every_mapping_of_the_schema_is_one_class() -> None:
    homes = {frozenset(map(key_of, fields(each))): each for each in HOMES}
    channel = homes.pop(frozenset(map(key_of, fields(model.ChannelRules))))
    homes[frozenset(map(key_of, fields(channel))) | {kind.name for kind in KINDS}] = channel
    assert set(homes) == MAPPINGS
    assert len(homes) == len(HOMES)


@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.__name__)
def test_no_other_class_repeats_its_keys(home: type[Any]) -> None:
    assert is_dataclass(home)
    own = set(own_fields(home))
    others = {each.__name__ for each in HOMES}
    for place, node in classes():
        names = {
            each.target.id
            for each in node.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        }
        shared = own & names
        if node.name not in others and len(shared) > 1:
            assert 3 * len(shared) <= 2 * len(own), f"{place} repeats {sorted(shared)} of {home.__name__}"


def test_the_configuration_adds_only_what_is_not_written() -> None:
    assert issubclass(model.Config, model.Settings)
    assert set(own_fields(model.Config)) == {"path", "token", "files", "warnings", "fingerprint"}


@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.__name__)
def test_a_setting_is_frozen(home: type[Any]) -> None:
    assert home.__dataclass_params__.frozen
    assert home.__slots__ is not None


def test_the_settings_are_used_without_pydantic() -> None:
    """A child of the sandbox is given sources, and should not pay for what reads the YAML."""
    code = "import sys, monitor.model; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
