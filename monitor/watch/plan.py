"""Plans: what an index of words is asked for, as words joined by AND and OR."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Word:
    """An article has this word; with `begins`, one that begins so; with `holds`, one with this anywhere in it."""

    text: str
    begins: bool = False
    holds: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Each of these holds."""

    parts: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these holds, at least."""

    parts: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class Anything:
    """Every article is a candidate: nothing that an index holds can tell."""


Plan: TypeAlias = Word | AllOf | AnyOf | Anything
ANY = Anything()
NONE = AnyOf(())
"""A plan without a candidate: of a form that no text can have."""


def size(plan: Plan) -> int:
    """Return how many words a plan asks for."""
    return sum(map(size, plan.parts)) if isinstance(plan, AllOf | AnyOf) else 1


def all_of(parts: Iterable[Plan]) -> Plan:
    """Return the meeting of some plans."""
    kept: dict[Plan, None] = {}
    for part in parts:
        if part == NONE:
            return NONE
        if not isinstance(part, Anything):
            kept.update(dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,)))
    return next(iter(kept)) if len(kept) == 1 else AllOf(tuple(kept)) if kept else ANY


def any_of(parts: Iterable[Plan]) -> Plan:
    """Return the union of some plans."""
    kept: dict[Plan, None] = {}
    for part in parts:
        if isinstance(part, Anything):
            return ANY
        if isinstance(part, AnyOf):
            kept.update(dict.fromkeys(part.parts))
        else:
            kept[part] = None
    return next(iter(kept)) if len(kept) == 1 else AnyOf(tuple(kept))
