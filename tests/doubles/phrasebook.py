"""What a test asks of the files of phrases, and of the code that uses them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

_METHODS = {"text", "line", "count"}


def gaps(text: str) -> set[str]:
    """Return the names of a template's gaps."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@dataclass(frozen=True, slots=True)
class Use:
    """One call that fills a phrase in: the keys that it may name ('severity *' where the end is put on), its values."""

    place: str
    keys: frozenset[str]
    values: frozenset[str]

    def of(self, known: Iterable[str]) -> set[str]:
        """Return those of the known keys that the call may name."""
        patterns = [re.compile(re.escape(key).replace(r"\*", ".+")) for key in self.keys]
        return {key for key in known if any(pattern.fullmatch(key) for pattern in patterns)}


def uses(path: Path) -> Iterator[Use]:
    """Return the calls of a module that fill in phrases: of anything whose name ends with 'phrases'."""
    source = path.read_text(encoding="utf-8")
    if "phrases" not in source and "DEFAULT" not in source:
        return  # most modules: to parse them takes a second at each start of the tests
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            owner = ast.unparse(node.func.value)
            if re.search(r"(phrases(\(.*\))?|DEFAULT)$", owner):
                counted = {"n"} if node.func.attr == "count" else set()
                values = {each.arg for each in node.keywords if each.arg} | counted
                yield Use(f"{path.name}:{node.lineno}", frozenset(_keys(node.args[0])), frozenset(values))


def _keys(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return _keys(node.body) | _keys(node.orelse)
    assert isinstance(node, ast.JoinedStr), f"line {node.lineno}: a key stands where it is used"
    return {"".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)}


def literals(path: Path) -> set[str]:
    """Return the texts of a module that may reach people.

    Left out are docstrings, annotations, keys of phrases and mappings, what is compared, formats, and names of actions.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(each) for node in ast.walk(tree) for part in _technical(node) for each in ast.walk(part)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped
    }


def _technical(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST | None] = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        found.append(node.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        found += node.args[:1]
    elif isinstance(node, ast.Dict):
        found += node.keys
    elif isinstance(node, ast.Compare):
        found += [node.left, *node.comparators]
    elif isinstance(node, ast.Subscript):
        found.append(node.slice)
    elif isinstance(node, ast.FormattedValue):
        found.append(node.format_spec)
    elif (isinstance(node, ast.keyword) and node.arg == "action") or (
        isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ):
        found.append(node.value)
    return [each for each in found if each is not None]
