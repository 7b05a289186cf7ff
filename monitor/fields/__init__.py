"""Building blocks of settings: the base of frozen dataclasses that pydantic reads, and readers of single values.

A reader makes a setting of what the YAML says, or refuses it with a sentence that says what would be right. What only
the configuration has (durations, timezones, hosts …) is in `values.py`, what one channel kind has in its module.

A setting is defined once, as a field of a frozen dataclass: its type says what may be written, `about` what it means.
Pydantic is imported when a configuration is read: what uses the values alone (a child of the sandbox) does without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias, TypeVar

from monitor import urls
from monitor.errors import AddressError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema, PydanticCustomError

T = TypeVar("T")

MAX_TEXT = 10_000
"""Characters of one text: the longest query that is read."""

_SPACE = re.compile(r"[\s\x00-\x1f\x7f]")


class WrittenInt(int):
    """A whole number that remembers how it was written: the keyword 007 is the text '007'."""

    raw: str


class WrittenFloat(float):
    """A number that remembers how it was written."""

    raw: str


class StrictSettings:
    """A frozen dataclass that is read from a mapping with no other keys than its fields."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


class OrTextSettings(StrictSettings):
    """Settings that may be written as their `text` alone."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read text as a mapping that has it."""
        return around(_from_text, source, handler)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let editors accept the text alone, too."""
        return also({"type": "string", "minLength": 1}, core, handler)


def around(read: Callable[[Any, Any], Any], source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Return a validator of a dataclass by `read(value, validate)`, wherever the dataclass is used."""
    from pydantic_core import core_schema

    inner: Any = dict(handler.resolve_ref_schema(handler(source)))
    reference = inner.pop("ref")  # uses of the class after the first one refer to what has it
    return core_schema.no_info_wrap_validator_function(read, inner, ref=reference)


def also(other: dict[str, Any], core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    """Return the JSON Schema of a dataclass in whose place something else may be written, too."""
    mapping = handler.resolve_ref_schema(handler(core))
    if core["type"] == "dataclass":
        return mapping
    return {"anyOf": [other, mapping], "description": mapping.pop("description", "")}


def _from_text(value: Any, validate: Callable[[Any], Any]) -> Any:
    if isinstance(value, list):
        raise wrong("must be text, not a list: write each entry on its own")
    return validate(value if isinstance(value, dict) else {"text": value})


def about(description: str, **more: Any) -> dict[str, Any]:
    """Return the metadata of a field: what the setting means, for editors.

    `more`: `examples`; `key`, as the YAML writes it, where that is no name in Python; `default`, as a user would write
    it; `strict` and other arguments of `pydantic.Field`.
    """
    if "key" in more:
        more["alias"] = more.pop("key")
    if "default" in more:
        more["json_schema_extra"] = {"default": more.pop("default")}
    return {"description": description, **more}


def key_of(setting: Field[Any]) -> str:
    """Return the key of a setting in the YAML."""
    return str(setting.metadata.get("alias", setting.name))


def needed_keys(settings: type[Any]) -> tuple[str, ...]:
    """Return the keys of some settings that have no default."""
    needed = (each for each in fields(settings) if each.default is MISSING and each.default_factory is MISSING)
    return tuple(map(key_of, needed))


def extended(kind: type[T], base: type[Any], settings: Any, /, **more: Any) -> T:
    """Return a value of a class that adds fields to its base: the base's fields from `settings`, and `more`."""
    return kind(**{each.name: getattr(settings, each.name) for each in fields(base)}, **more)


def wrong(message: str) -> PydanticCustomError:
    """Make the error that refuses a value: `message` says what is wrong and what would be right."""
    from pydantic_core import PydanticCustomError

    return PydanticCustomError("setting", "{message}", {"message": message})


def kind_of(value: Any) -> str:
    """Return the kind of a written value, for messages."""
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
    """Annotation of a field: `function` makes the setting of the YAML's value; `schema` is its JSON Schema."""

    function: Callable[[Any], Any]
    schema: dict[str, Any] = field(hash=False, default_factory=dict)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Replace pydantic's own validation."""
        from pydantic_core import core_schema

        del source, handler
        return core_schema.no_info_plain_validator_function(self.function)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema of what may be written."""
        del core, handler
        return dict(self.schema)


@dataclass(frozen=True)
class Made:
    """Annotation of a field: the YAML's value is validated as `written`; `function` makes the setting of it."""

    written: Any
    function: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate what is written, in place of the field's type."""
        from pydantic_core import core_schema

        del source
        return core_schema.no_info_after_validator_function(self.function, handler.generate_schema(self.written))


@dataclass(frozen=True)
class Before:
    """Annotation of a field: `function` changes the YAML's value before it is validated."""

    function: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Call the function first."""
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(self.function, handler(source))


@dataclass(frozen=True)
class NotEmpty:
    """Annotation of a list: it has at least one entry."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Set the least length, which the JSON Schema shows too."""
        schema: Any = {**handler(source), "min_length": 1}
        return schema  # type: ignore[no-any-return]


def unique(values: Iterable[Any] | None) -> tuple[Any, ...]:
    """Return values without repetitions."""
    return tuple(dict.fromkeys(values or ()))


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
