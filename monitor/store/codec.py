"""Values of the model as JSON and back.

A field that has its default is left out, a field that is missing gets its default, and one that is not known is
ignored: rows written by an older version stay readable. Datetimes are ISO 8601, enums their values, tuples lists.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from monitor.errors import StoreError
from monitor.model import Alert, Hit, ZoneSpan

Decoder = Callable[[Any], Any]


def alert_to_json(alert: Alert) -> str:
    """Write an alert, its digest's items included."""
    return dump(alert)


def alert_from_json(text: str) -> Alert:
    """Read an alert. Raises StoreError where the text is not one."""
    return cast("Alert", load(Alert, text))


def zones_to_json(zones: Sequence[ZoneSpan]) -> str:
    """Write an article's zones."""
    return dump(zones)


def zones_from_json(text: str) -> tuple[ZoneSpan, ...]:
    """Read an article's zones. Raises StoreError where the text is not a list of them."""
    return cast("tuple[ZoneSpan, ...]", load(tuple[ZoneSpan, ...], text))


def hits_from_json(text: str) -> tuple[Hit, ...]:
    """Read a verdict's hits. Raises StoreError where the text is not a list of them."""
    return cast("tuple[Hit, ...]", load(tuple[Hit, ...], text))


def words_from_json(text: str) -> tuple[str, ...]:
    """Read a list of texts. Raises StoreError where the text is not one."""
    return cast("tuple[str, ...]", load(tuple[str, ...], text))


def dump(value: object) -> str:
    """Write a value as JSON in ASCII, so that no character of it can be refused by a database."""
    return json.dumps(_plain(value), separators=(",", ":"))


def load(kind: Any, text: str) -> Any:
    """Read a value of type `kind`. Raises StoreError (not retryable) where the text is not one."""
    try:
        return _decoder(kind)(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        name = getattr(kind, "__name__", str(kind))
        raise StoreError(f"a stored {name} cannot be read ({error}): {text[:200]}", retryable=False) from error


def _plain(value: object) -> object:
    if is_dataclass(value):
        pairs = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: _plain(item) for field, item in pairs if not _is_default(field, item)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _is_default(field: Field[Any], value: object) -> bool:
    return field.default is not MISSING and type(value) is type(field.default) and value == field.default


@cache
def _decoder(kind: Any) -> Decoder:
    """Build, once a type, the function that makes a value of it from plain JSON."""
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return _optional_decoder(kind)
    if origin is tuple:
        return _tuple_decoder(get_args(kind))
    if is_dataclass(kind):
        return _dataclass_decoder(cast("type", kind))
    if issubclass(kind, Enum):
        return cast("Decoder", kind)
    return cast("Decoder", datetime.fromisoformat) if kind is datetime else _checked(kind)


def _checked(kind: type) -> Decoder:
    def decode(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{kind.__name__} expected, not {value!r:.40}")
        return value

    return decode


def _optional_decoder(kind: Any) -> Decoder:
    """`T | None` is the only union in the model; another one would have no way to be told apart in JSON."""
    kinds = [part for part in get_args(kind) if part is not types.NoneType]
    if len(kinds) != 1:
        raise TypeError(f"no way to tell the kinds of {kind} apart")
    inner = _decoder(kinds[0])
    return lambda value: None if value is None else inner(value)


def _tuple_decoder(parts: tuple[Any, ...]) -> Decoder:
    if parts[-1] is Ellipsis:
        inner = _decoder(parts[0])
        return lambda value: tuple(map(inner, _listed(value)))
    inners = [_decoder(part) for part in parts]
    return lambda value: tuple(inner(item) for inner, item in zip(inners, _listed(value), strict=True))


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a list expected, not {value!r:.40}")
    return value


def _dataclass_decoder(kind: type) -> Decoder:
    hints = get_type_hints(kind)

    def decode(value: Any) -> Any:
        # Looked up late: an alert holds alerts.
        return kind(**{name: _decoder(hints[name])(item) for name, item in value.items() if name in hints})

    return decode
