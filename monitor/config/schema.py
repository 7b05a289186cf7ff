"""The schema of the configuration: the settings of the model, with a key for each channel kind.

The JSON Schema that editors read is generated from here, and `docs/configuration.md` must name every key (a test says
so). Rules that look at several settings at once are in `checks.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, fields, make_dataclass
from functools import cache
from typing import Annotated, Any, TypeAlias

from pydantic import TypeAdapter

from monitor.fields import Before, StrictSettings, about
from monitor.fields.values import NameText
from monitor.model import ChannelRules, Settings, nothing_written
from monitor.ports import ChannelKind, Kinds

SECTIONS = tuple(each.name for each in fields(Settings))
"""The keys of the file."""

_Setting: TypeAlias = tuple[str, Any, Any]  # name, type, field


@cache
def settings_of(kinds: Kinds) -> TypeAdapter[Settings]:
    """Return what reads a configuration whose channels may be of these kinds.

    Its channels are as they were written, until `inherit.channels` has made channels of them.
    """
    named = [f"`{kind.name}`" for kind in kinds]
    channel: Any = _frozen(
        "ChannelSettings",
        # Fields of the last base come first: a channel's kind stands above how alerts go to it.
        (ChannelRules, _frozen("_Targets", (StrictSettings,), map(_target, kinds))),
        doc=f"Where alerts go: exactly one of {', '.join(named[:-1])} and {named[-1]}, and how.",
    )
    written: Any = Annotated[dict[NameText, channel], Before(nothing_written)]
    (declared,) = (each for each in fields(Settings) if each.name == "channels")
    channels: Any = field(default_factory=dict, metadata=declared.metadata)
    return TypeAdapter(_frozen("Settings", (Settings,), [("channels", written, channels)], doc=Settings.__doc__))


def _target(kind: ChannelKind) -> _Setting:
    written: Any = kind.settings | None
    if kind.needed:
        return kind.name, written, field(default=None, metadata=about(kind.description))
    empty = Annotated[written, Before(nothing_written)]
    return kind.name, empty, field(default=None, metadata=about(kind.description, examples=[{}]))


def _frozen(name: str, bases: tuple[type, ...], settings: Iterable[_Setting] = (), *, doc: str | None = None) -> Any:
    return make_dataclass(name, settings, bases=bases, namespace={"__doc__": doc}, frozen=True)
