"""Collects everything that is wrong, each with its place, so that the user sees all of it at once."""

from __future__ import annotations

import re

from monitor.config.yaml_tree import Broken, Loc, Node, Place, Scalar, find, inside, key_place
from monitor.errors import ConfigError, Problem
from monitor.log import redact

# What must not be repeated in a message: user:password@ of an address.
_CREDENTIALS = re.compile(r"(?<=//)[^/\s@]*@")
_LIMIT = 200
"""Problems that are kept: a file of another kind has one a line."""


class Report:
    """The problems and warnings found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self._seen: set[tuple[str, int, int, str]] = set()

    def add(self, place: Place, path: str, message: str) -> None:
        """Keep one problem; a second one of the same words at the same place is dropped, secrets are taken out."""
        message = _CREDENTIALS.sub("…@", redact(message))
        mark = (place.file, place.line, place.column, message)
        if mark in self._seen or len(self.problems) >= _LIMIT:
            return
        self._seen.add(mark)
        self.problems.append(Problem(place.file, place.line, place.column, redact(path), message))

    def at(self, root: Node, loc: Loc, message: str, *, key: bool = False, position: int | None = None) -> None:
        """Keep a problem at a location of the tree.

        `key` points at the key instead of its value, `position` at a character of the scalar's value (0-based).
        """
        found = find(root, loc)
        if isinstance(found.node, Broken):
            return
        place = key_place(root, loc) if key else found.place
        if position is not None and isinstance(found.node, Scalar):
            place = inside(found.node, position)
        self.add(place, found.path, message)

    def warn(self, text: str) -> None:
        """Keep a warning: a setting that is allowed and probably not meant."""
        text = _CREDENTIALS.sub("…@", redact(text))
        if text not in self.warnings:
            self.warnings.append(text)

    def check(self) -> None:
        """Raise ConfigError where there is a problem."""
        if self.problems:
            raise ConfigError(self.problems)
