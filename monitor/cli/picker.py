"""Choosing several things on a terminal: by number, by name, or by a word that is searched for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import click

_SHOWN = 9
"""Entries of a list: as many as one digit tells apart."""


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
    """Asks until something is chosen and an empty line ends it; an empty line at once takes the first `usual` ones."""

    suggested: Sequence[Option]
    usual: int
    look: Callable[[str], PickerAnswer]
    ask: Callable[[str], str]
    _chosen: dict[str, Option] = field(default_factory=dict)

    def run(self) -> list[Option]:
        """Return what was chosen, in the order of the choice."""
        listed: Sequence[Option] = self.suggested
        _show(listed)
        while line := self.ask(self._prompt()):
            for part in _parts(line):
                listed = self._take(part, listed)
        return list(self._chosen.values()) or list(self.suggested[: self.usual])

    def _prompt(self) -> str:
        if self._chosen:
            return f"   {', '.join(option.label for option in self._chosen.values())}; more, or Enter to go on"
        numbers = " ".join(map(str, range(1, self.usual + 1)))
        return f"   Enter takes {numbers}"

    def _take(self, part: str, listed: Sequence[Option]) -> Sequence[Option]:
        """Add what a part means; return the list that the next numbers are of."""
        if part.isdecimal() and 1 <= int(part) <= len(listed):
            self._add(listed[int(part) - 1])
            return listed
        if part.isdecimal():
            click.echo(f"   there is no number {part}")
            return listed
        if part.startswith("-") and self._remove(part[1:].strip()):
            return listed
        found = self.look(part)
        if found.note:
            click.echo(f"   {found.note}")
        if found.option is not None:
            self._add(found.option)
        if found.near:
            _show(found.near)
            return found.near[:_SHOWN]
        return listed

    def _add(self, option: Option) -> None:
        self._chosen.setdefault(option.key, option)

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


def _show(options: Sequence[Option]) -> None:
    for number, option in enumerate(options[:_SHOWN], 1):
        detail = click.style(f"  {option.detail}", dim=True) if option.detail else ""
        click.echo(f"   {number}  {option.label}{detail}")
    if len(options) > _SHOWN:
        click.echo(f"      and {len(options) - _SHOWN} more: type a longer word")
