"""Every failure that the daemon expects, as one tree.

MonitorError
├── ConfigError        the configuration is wrong; carries every problem found, each with its place
├── AddressError       a text is no web address; adapters turn it into their own error, with the place
├── SourceError        one source failed; others go on
│   ├── FetchError     nothing usable came over the network
│   └── ParseError     bytes came, but no feed or page could be read from them
│       └── PageError  they are a web page, which may name feeds
├── ExtractError       no article text could be taken from a page
├── StoreError         the database refused, is locked, full, newer or corrupt
│   ├── LostTurnError    another process does the unit of work now
│   └── UnreadableError  one stored value cannot be read; all others can
├── SandboxError       a child process was killed: over its time or its memory
│   └── SandboxUnavailableError  no child process can be had
└── DeliveryError      a channel did not take a message

Whether a failure is worth another try is a field (`retryable`, `retry_after`), not a class: the same class covers a
time-out (try again) and a refused address (do not). Adapters raise these, chained (`raise … from error`); anything
else that escapes is a bug, and the outermost loop of a stage logs it with its traceback.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class MonitorError(Exception):
    """Something went wrong."""

    def __init__(
        self,
        message: str | None = None,
        *,
        retryable: bool = True,
        retry_after: float | None = None,
    ) -> None:
        # `message` defaults to the class's docstring.
        super().__init__(message or (self.__doc__ or "").strip())
        self.retryable = retryable
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a configuration file; `line` and `column` count from 1, 0 where there is no place."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        """Return `config.yaml:LINE:COLUMN: path: what is wrong, and what would be right`."""
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return ": ".join(part for part in (where, self.path, self.message) if part)


class ConfigError(MonitorError):
    """The configuration cannot be used."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)), retryable=False)

    @classmethod
    def of(cls, path: object, key: str, message: str) -> Self:
        """Return the error for one problem at a key of a file."""
        return cls([Problem(str(path), 0, 0, key, message)])


class AddressError(MonitorError):
    """The text is no web address."""

    def __init__(self, reason: str, text: str = "") -> None:
        # `reason` is a clause with the remedy; it may follow the text or the name of its place.
        super().__init__(f"{shown(text)}: {reason}" if text else reason, retryable=False)
        self.reason = reason


def shown(text: str, length: int = 200) -> str:
    """Return a foreign text between quotation marks, on one line, cut at `length` characters."""
    return ascii(text[:length]) if not text.isprintable() else repr(text[:length])


class SourceError(MonitorError):
    """The source could not be read."""


class FetchKind(StrEnum):
    """Why a fetch failed: the value is what `status` shows and what polling decides by."""

    REFUSED_ADDRESS = "refused address"  # the guard said no; never retried sooner
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too large"
    PROTOCOL = "protocol"
    REDIRECT = "redirect"
    ENCODING = "encoding"
    STATUS = "status"
    ROBOTS = "robots.txt"  # the site's own wish
    SETTING = "setting"  # a secret that the source's settings name is not there
    PACED = "host asked for silence"  # nothing was asked: a delay, not a failure


class FetchError(SourceError):
    """Nothing usable came over the network."""

    def __init__(
        self,
        message: str,
        kind: FetchKind,
        *,
        status: int | None = None,
        retryable: bool = True,
        retry_after: float | None = None,
    ) -> None:
        # `status` is the HTTP status, for `FetchKind.STATUS`.
        super().__init__(message, retryable=retryable, retry_after=retry_after)
        self.kind = kind
        self.status = status


class ParseError(SourceError):
    """The bytes are not a feed."""


class PageError(ParseError):
    """The answer is a web page, not a feed."""


class ExtractError(MonitorError):
    """No article text could be taken from the page."""


class StoreError(MonitorError):
    """The database cannot be used."""


class LostStoreError(StoreError):
    """The database is no longer this process's: another one took it over, or its file is gone."""

    def __init__(self, message: str | None = None) -> None:
        # No other try can help.
        super().__init__(message, retryable=False)


class LostTurnError(StoreError):
    """Another process does a unit of work now: this one was stopped or cut off for too long. Nothing was written."""

    def __init__(self, kind: str, idents: Collection[int]) -> None:
        self.kind = kind
        self.idents = tuple(sorted(idents))
        named = ", ".join(map(str, self.idents))
        super().__init__(f"{kind} {named}: another process does it now", retryable=True)


class UnreadableError(StoreError):
    """A stored value cannot be read: no other try can help its row, and all other rows are as they were."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)


class SchemaError(StoreError):
    """The database was made by a newer version of this program."""


class TranslationError(MonitorError):
    """A translation service gave none; the message is for people.

    `refused`: it found fault with this request alone, such as a language that it does not know.
    """

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


class SandboxError(MonitorError):
    """The child process was killed."""


class SandboxUnavailableError(SandboxError):
    """No child process can be had: nothing that was to be read in one is to blame."""


class Sent(StrEnum):
    """Whether the other side may have accepted a message whose call failed."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


class Remedy(StrEnum):
    """What the outbox does after a failed call (the table in docs/delivery-internals.md)."""

    RETRY = "retry"  # later, with jitter
    PAUSE = "pause"  # the lane waits `retry_after` seconds
    UNLINK = "unlink"  # once: without the button of its link, which stands in the text; then REPAIR
    SHORTEN = "shorten"  # once: fewer lines; then REPAIR
    REPAIR = "repair"  # once: plain text, shortened, without buttons
    SEND_ANEW = "send anew"  # the message to edit is gone
    WITHOUT_TOPIC = "without topic"  # the forum topic is closed or gone
    MIGRATE = "migrate"  # the chat has a new id, in `new_chat`
    SUSPEND = "suspend"  # the channel is blocked: keep its rows, tell the admins
    STOP = "stop"  # the token is not valid: no delivery at all
    PROBE = "probe"  # look whether it was sent
    DEAD = "dead"  # no retry can help


class DeliveryError(MonitorError):
    """The channel did not take the message."""

    def __init__(
        self,
        message: str,
        *,
        sent: Sent,
        remedy: Remedy,
        retry_after: float | None = None,
        new_chat: int | None = None,
    ) -> None:
        # What is known of the message's fate, and what to do next.
        retryable = remedy not in (Remedy.DEAD, Remedy.STOP)
        super().__init__(message, retryable=retryable, retry_after=retry_after)
        self.sent = sent
        self.remedy = remedy
        self.new_chat = new_chat
