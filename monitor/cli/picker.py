"""Choosing several things on a terminal: by number, by name, or by a word that is searched for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import click

_SHOWN = 9
"""Entries of a list: as many as one digit tells apart, where one word is looked for."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be chosen: `key` is unique, `label` what is shown of it, `detail` what follows dimmed."""

    key: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PickerAnswer:
    """What a typed text means: one thing, several things to choose from, or nothing, and why."""

    option: Option | None = None
    near: Sequence[Option] = ()
    note: str = ""


@dataclass(slots=True)
class Picker:
    """Asks until something is chosen and an empty line ends it; an empty line at once takes the first `usual` ones.

    A word that may mean several things stays open until one of them is chosen; an empty line leaves the open ones out.
    """

    suggested: Sequence[Option]
    usual: int
    look: Callable[[str], PickerAnswer]
    ask: Callable[[str], str]
    _chosen: dict[str, Option] = field(default_factory=dict)
    _listed: Sequence[Option] = ()  # what the next numbers are of
    _open: dict[str, Sequence[Option]] = field(default_factory=dict)

    def run(self) -> list[Option]:
        """Return what was chosen, in the order of the choice."""
        self._listed = self.suggested
        _show(self._listed)
        while (line := self.ask(self._prompt())) or self._open:
            if not line:
                self._open.clear()
                self._listed = self.suggested
            listed: list[Option] = []
            for part in _parts(line):
                listed += self._take(part, len(listed))
                self._listed = listed or self._listed
        return list(self._chosen.values()) or list(self.suggested[: self.usual])

    def _prompt(self) -> str:
        if self._open:
            return f"   a number for {', '.join(map(repr, self._open))}; Enter leaves out what has none"
        if self._chosen:
            return f"   {', '.join(option.label for option in self._chosen.values())}; more, or Enter to go on"
        numbers = " ".join(map(str, range(1, self.usual + 1)))
        return f"   Enter takes {numbers}"

    def _take(self, part: str, before: int) -> Sequence[Option]:
        """Add what a part means; return what it may mean where that is several things, shown behind `before` others."""
        if part.isdecimal() and 1 <= int(part) <= len(self._listed):
            self._add(self._listed[int(part) - 1])
            return ()
        if part.isdecimal():
            click.echo(f"   there is no number {part}")
            return ()
        if part.startswith("-") and self._remove(part[1:].strip()):
            return ()
        found = self.look(part)
        if found.note:
            click.echo(f"   {found.note}")
        if found.option is not None:
            self._add(found.option)
        if not found.near:
            return ()
        self._open[part] = found.near[:_SHOWN]
        _show(found.near, before)
        return found.near[:_SHOWN]

    def _add(self, option: Option) -> None:
        self._chosen.setdefault(option.key, option)
        self._open = {word: near for word, near in self._open.items() if option not in near}

    def _remove(self, name: str) -> bool:
        for key, option in list(self._chosen.items()):
            if name.casefold() in (key.casefold(), option.label.casefold()):
                del self._chosen[key]
                return True
        return False


def _parts(line: str) -> list[str]:
    """Return the parts between commas; numbers may stand apart by spaces alone."""
    parts = [part.strip() for part in line.split(",")]
    return [
        word for part in parts for word in (part.split() if all(map(str.isdecimal, part.split())) else [part]) if word
    ]


def _show(options: Sequence[Option], before: int = 0) -> None:
    for number, option in enumerate(options[:_SHOWN], before + 1):
        detail = click.style(f"  {option.detail}", dim=True) if option.detail else ""
        click.echo(f"   {number}  {option.label}{detail}")
    if len(options) > _SHOWN:
        click.echo(f"      and {len(options) - _SHOWN} more: type a longer word")
