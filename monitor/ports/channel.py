"""Declaration of a channel kind by its module. The registry lists the kinds; `app` hands them to the configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

from monitor.fields import key_of, needed_keys
from monitor.model import Channel
from monitor.ports.delivery import Notifier


@dataclass(frozen=True, slots=True)
class NotifierContext:
    """Dependencies of a notifier beside its channels' settings."""

    token: str | None = field(repr=False)
    api: str
    environ: Mapping[str, str] = field(repr=False)


def as_written(_channel: str, settings: Any) -> dict[str, Any]:
    """Return a channel's settings as the YAML has them, without what is the default anyway."""
    written = ((each, getattr(settings, each.name)) for each in fields(settings))
    return {key_of(each): value for each, value in written if value != each.default}


def _no_faults(_channel: str, _written: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return ()


def _no_remark(_key: str) -> str | None:
    return None


@dataclass(frozen=True, kw_only=True)
class ChannelKind:
    """One kind of channel: its settings, what it can do, and how its notifier is built.

    Every command that reads a configuration imports the modules that declare kinds: what sends is imported by `build`.
    """

    name: str
    """The key under a channel of the configuration."""
    description: str
    """A sentence for editors."""
    settings: type[Any]
    """A frozen dataclass of `fields.StrictSettings`; every field with what it is `about`."""
    build: Callable[[NotifierContext], Notifier]
    """Make the notifier that serves all channels of the kind. Raises MonitorError where something is missing."""
    idempotent: bool = False
    """Whether the receiver knows a message that is sent twice by its key: what was tried goes by itself."""
    bursts: bool = False
    """Whether `delivery.burst` holds for a channel without a `burst` of its own."""
    secret: str | None = None
    """The environment variable of the kind's secret; with `_FILE` added, the name of a file that holds it."""
    secret_setting: str | None = None
    """In place of `secret`: the setting whose value is the name of the channel's variable."""
    without_secret: str = ""
    """The warning where that is not set, with {channel} and {variable}; empty where the secret may be missing."""
    convert: Callable[[str, Any], Mapping[str, Any]] = as_written
    """Make `Channel.settings` of the channel's name and its valid settings."""
    faults: Callable[[str, Mapping[str, Any]], Iterable[tuple[str, str]]] = _no_faults
    """Check what no single field can: from the channel's name and its settings as written (perhaps not valid) to pairs
    of a key ('' for all of them) and what is wrong."""
    unknown_key: Callable[[str], str | None] = _no_remark
    """Return what to say of a key that the settings do not have, where 'unknown key' would not help."""

    @property
    def needed(self) -> tuple[str, ...]:
        """The keys that have no default."""
        return needed_keys(self.settings)

    @property
    def example(self) -> str:
        """The kind as a channel's line of the configuration: `telegram: {chat: …}`."""
        return f"`{self.name}: {{{', '.join(f'{key}: …' for key in self.needed)}}}`"

    def variable(self, channel: Channel) -> str | None:
        """Return the name of the variable that holds the secret of a channel of this kind."""
        return self.secret if self.secret_setting is None else channel.settings.get(self.secret_setting)


Kinds: TypeAlias = tuple[ChannelKind, ...]
"""Channel kinds in the order in which the schema and messages name them."""
