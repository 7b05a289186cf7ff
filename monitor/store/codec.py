"""Values of the model as JSON in ASCII and back, by pydantic.

A field that has its default is left out, a field that is missing gets its default, and one that is not known is
ignored: rows written by an older version stay readable. Datetimes are ISO 8601, enums their values, tuples lists.

A list beside a row's own columns reads as empty where it cannot be read, and the log says so: one damaged value must
not keep a source from being polled, an article from being edited or a story from growing. What is the row itself (an
alert, an article that waits to be judged) raises UnreadableError.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from monitor.errors import UnreadableError
from monitor.model import Alert, Article, GroupedArticle, Hit, ZoneSpan

T = TypeVar("T")
log = structlog.get_logger(__name__)

_NAME = "@"
_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair: UTF-8 cannot write it, and pydantic refuses it


def alert_to_json(alert: Alert) -> str:
    """Write an alert, its digest's items included."""
    return _ALERT.dump(alert)


def grouped_to_json(article: GroupedArticle) -> str:
    """Write an article of a split or merge by hand."""
    return _GROUPED.dump(article)


def grouped_from_json(text: str) -> GroupedArticle:
    """Read an article of a split or merge by hand. Raises UnreadableError where the text is not one."""
    return _GROUPED.load(text)


def alert_from_json(text: str) -> Alert:
    """Read an alert. Raises UnreadableError where the text is not one."""
    return _ALERT.load(text)


def article_to_json(article: Article) -> str:
    """Write an article that is to be judged."""
    return _ARTICLE.dump(article)


def article_from_json(text: str) -> Article:
    """Read an article that is to be judged. Raises UnreadableError where the text is not one."""
    return _ARTICLE.load(text)


def zones_to_json(zones: Sequence[ZoneSpan]) -> str:
    """Write an article's zones."""
    return _ZONES.dump(tuple(zones))


def zones_from_json(text: str) -> tuple[ZoneSpan, ...]:
    """Read an article's zones; none where the text is not a list of them."""
    return _ZONES.load_or(text, ())


def hits_to_json(hits: Sequence[Hit]) -> str:
    """Write a verdict's hits."""
    return _HITS.dump(tuple(hits))


def hits_from_json(text: str) -> tuple[Hit, ...]:
    """Read a verdict's hits; none where the text is not a list of them."""
    return _HITS.load_or(text, ())


def texts_to_json(texts: Iterable[str]) -> str:
    """Write a list of texts."""
    return _TEXTS.dump(tuple(texts))


def texts_from_json(text: str) -> tuple[str, ...]:
    """Read a list of texts; none where the text is not one."""
    return _TEXTS.load_or(text, ())


def shared_to_json(terms: Iterable[str], names: Iterable[str]) -> str:
    """Write what two articles share as one list; names begin with @, which no fact and no stem does."""
    return texts_to_json((*terms, *(f"{_NAME}{name}" for name in names)))


def shared_from_json(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read the terms and the names that two articles share; what an older version wrote has terms alone."""
    found = texts_from_json(text)
    names = tuple(each.removeprefix(_NAME) for each in found if each.startswith(_NAME))
    return tuple(each for each in found if not each.startswith(_NAME)), names


class _Codec(Generic[T]):
    """Writes and reads values of one type."""

    def __init__(self, kind: type[T], name: str) -> None:
        self._name = name
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def dump(self, value: T) -> str:
        """Return the value as JSON in ASCII, so that no character of it can be refused by a database."""
        try:
            return self._adapter.dump_json(value, exclude_defaults=True, ensure_ascii=True).decode("ascii")
        except PydanticSerializationError:
            # U+FFFD stands for half of a surrogate pair: offsets stay right.
            plain = self._adapter.dump_python(value, mode="json", exclude_defaults=True)
            return json.dumps(_cleaned(plain), separators=(",", ":"))

    def load(self, text: str) -> T:
        """Return the value that `text` holds. Raises UnreadableError where there is none."""
        try:
            return self._adapter.validate_json(text, strict=True)
        except ValidationError as error:
            halved = _halves_replaced(text)
            if halved is not None:
                return self.load(halved)
            raise UnreadableError(
                f"a stored {self._name} cannot be read ({error.errors(include_url=False)[0]['msg']}): {text[:200]}"
            ) from error

    def load_or(self, text: str, default: T) -> T:
        """Return the value that `text` holds, or the default."""
        if text == "[]":  # most lists of a story's members are empty
            return default
        try:
            return self.load(text)
        except UnreadableError as error:
            _log_unreadable(str(error))
            return default


@lru_cache(maxsize=256)
def _log_unreadable(error: str) -> None:
    """Log a damaged value once, however often it is read."""
    log.error("a stored list reads as empty", error=error)


def _halves_replaced(text: str) -> str | None:
    """Return JSON of an older version, which wrote halves of surrogate pairs, without them; None where it has none."""
    try:
        written = json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    cleaned = _HALF.sub("\ufffd", written)
    return None if cleaned == written else cleaned


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    return [_cleaned(each) for each in value] if isinstance(value, (list, tuple)) else value


_ALERT = _Codec(Alert, "Alert")
_GROUPED = _Codec(GroupedArticle, "GroupedArticle")
_ARTICLE = _Codec(Article, "Article")
_ZONES = _Codec(tuple[ZoneSpan, ...], "list of zones")
_HITS = _Codec(tuple[Hit, ...], "list of hits")
_TEXTS = _Codec(tuple[str, ...], "list of texts")
