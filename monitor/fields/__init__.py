"""What the settings of the configuration and of channel kinds are built from: pydantic's base model, and readers.

A reader makes a setting of what the YAML says, or refuses it with a sentence that says what would be right. What only
the configuration has (durations, timezones, hosts …) is in `values.py`, what one channel kind has in its module.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from monitor import urls
from monitor.errors import AddressError

MAX_TEXT = 10_000
"""Characters of one text: the longest query that is read."""

_SPACE = re.compile(r"[\s\x00-\x1f\x7f]")


class WrittenInt(int):
    """A whole number that remembers how it was written: the keyword 007 is the text '007'."""

    raw: str


class WrittenFloat(float):
    """A number that remembers how it was written."""

    raw: str


class StrictSettings(BaseModel):
    """A mapping with no other keys than these."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def wrong(message: str) -> PydanticCustomError:
    """Make the error that refuses a value: `message` says what is wrong and what would be right."""
    return PydanticCustomError("setting", "{message}", {"message": message})


def kind_of(value: Any) -> str:
    """Name what was written, for messages."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a mapping"


@dataclass(frozen=True)
class Reads:
    """Annotation of a field: `function` makes the setting of what the YAML says; `schema` is its JSON Schema."""

    function: Callable[[Any], Any]
    schema: dict[str, Any] = field(hash=False, default_factory=dict)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Replace pydantic's own validation."""
        del source, handler
        return core_schema.no_info_plain_validator_function(self.function)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema of what may be written."""
        del core, handler
        return dict(self.schema)


def read_text(value: Any) -> str:
    """Return text; a number counts as the text that was written."""
    if isinstance(value, WrittenInt | WrittenFloat):
        return value.raw
    if value is None:
        raise wrong("is empty: write a value (a # begins a comment: text that holds one needs quotes)")
    if not isinstance(value, str):
        remedy = (
            "put it in quotes if it is text" if isinstance(value, bool) else "write one value, in quotes if need be"
        )
        raise wrong(f"must be text, not {kind_of(value)}: {remedy}")
    text = value.strip()
    if not text:
        raise wrong("is empty: write a value, or delete the line")
    if len(text) > MAX_TEXT:
        raise wrong(f"is longer than {MAX_TEXT} characters: shorten it")
    return text


def whole(least: int, most: int, what: str) -> Reads:
    """Read a whole number from `least` to `most`."""

    def read(value: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value.strip()):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise wrong(f"must be a whole number from {least} to {most} ({what}), not {shown(value)}")
        return int(value)

    return Reads(read, {"type": "integer", "minimum": least, "maximum": most})


def shown(value: Any) -> str:
    """Return a value as messages quote it."""
    if isinstance(value, WrittenInt | WrittenFloat):
        return value.raw[:40]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:40]
    return repr(value[:40]) if isinstance(value, str) and value else kind_of(value)


def read_url(value: Any) -> str:
    """Return an http or https address with a host and without credentials."""
    text = read_text(value)
    if _SPACE.search(text) or len(text) > 2000:  # noqa: PLR2004 - longer ones are refused by servers too
        raise wrong("holds a space or is longer than 2,000 characters: write one plain address, without spaces")
    try:
        address = urls.parse(text)
    except AddressError as error:
        raise wrong(error.reason) from error
    if address.credentials:
        raise wrong(
            "holds a user name or password (before the @): secrets are never in the YAML; use an address without"
        )
    return text


_STRING = {"type": "string", "minLength": 1}
Text: TypeAlias = Annotated[str, Reads(read_text, _STRING)]
Url: TypeAlias = Annotated[str, Reads(read_url, {"type": "string", "pattern": "^https?://"})]
