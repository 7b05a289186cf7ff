"""The models of sources, entities and watchlists."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, GetJsonSchemaHandler, Strict, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from monitor.fields.values import (
    DAY,
    MINUTE,
    EntityName,
    Language,
    NameText,
    Timezone,
    duration,
)
from monitor.fields import Reads, StrictSettings, Text, Url, wrong

# What names and keywords may say of their forms alike.
DropForms: TypeAlias = Annotated[
    list[Text],
    Field(
        alias="forms-",
        description="Forms that are not meant, as they are other words too.",
        examples=[["паки"]],
    ),
]
ExactCase: TypeAlias = Annotated[
    Literal["exact", "any"],
    Field(description="`exact`: only in the capitals and small letters that are written here."),
]
WholeWord: TypeAlias = Annotated[
    bool, Strict(), Field(description="`true`: not as a part of a compound with a hyphen.")
]
ZoneName: TypeAlias = Literal["title", "lead", "body", "background", "credit"]


class OrTextSettings(StrictSettings):
    """A mapping that may be written as its `text` alone."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        if isinstance(value, list):
            raise wrong("must be text, not a list: write each entry on its own")
        return {"text": value}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let editors accept the text alone, too."""
        mapping = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{"type": "string", "minLength": 1}, mapping], "description": mapping.pop("description", "")}


class SourceSettings(StrictSettings):
    """One feed that is polled."""

    name: NameText = Field(description="The outlet, as alerts show it. Unique.", examples=["Ukrinform"])
    url: Url = Field(
        description="The feed's address: RSS, Atom or JSON Feed, http or https, without user name and password.",
        examples=["https://www.ukrinform.ua/rss/block-lastnews"],
    )
    language: Language | None = Field(
        default=None,
        description="A hint: the two-letter code of the feed's language. Each article's language is detected anyway.",
        examples=["uk"],
    )
    timezone: Timezone = Field(
        default="UTC",
        description="The timezone of dates that come without an offset: a region and a city.",
        examples=["Europe/Kyiv", "Asia/Seoul"],
    )
    every: Annotated[float, duration(1, 30 * DAY)] = Field(
        default=3 * MINUTE,
        description="The longest wait between two polls while all is well. Active feeds are polled sooner, failing "
        "ones later, and a server that asks for patience gets it.",
        examples=["90s", "3m", "1h"],
        json_schema_extra={"default": "3m"},
    )
    kind: Literal["feed"] = Field(default="feed", description="The kind of source. `feed` is RSS, Atom and JSON Feed.")


class NameSettings(OrTextSettings):
    """One name of an entity: the name alone, or a mapping with overrides. Names stand in the nominative."""

    text: NameText = Field(description="The name, in the nominative.", examples=["Хвасон-18"])
    add_forms: list[Text] = Field(
        default=[],
        alias="forms+",
        description="Inflected forms that the dictionary does not know.",
        examples=[["Хвасоні-18"]],
    )
    drop_forms: DropForms = Field(default=[])
    case: ExactCase = "any"
    whole: WholeWord = False
    needs: list[Text] = Field(
        default=[],
        description="The name counts only where one of these stands in the same article.",
        examples=[["Сеул", "президент"]],
    )
    not_before: list[Text] = Field(
        default=[], description="The name does not count right after one of these words.", examples=[["South"]]
    )
    not_after: list[Text] = Field(
        default=[], description="The name does not count right before one of these words.", examples=[["Times"]]
    )


class EntitySettings(StrictSettings):
    """A person, place, organisation, weapon or concept: new, or more names for one of the catalogue."""

    type: Literal["person", "place", "organisation", "weapon", "concept"] = Field(
        default="concept",
        description="What it is. A person's names inflect as names do, a place brings its adjectives.",
    )
    names: dict[Language, list[NameSettings]] = Field(
        default={},
        description="Its names by language code.",
        examples=[{"en": ["Hwasong-18"], "uk": ["Хвасон-18"]}],
    )
    adjectives: dict[Language, list[Text]] = Field(
        default={},
        description="Adjectives made from the name, which count as mentions, by language code.",
        examples=[{"uk": ["північнокорейський"]}],
    )
    needs: list[Text] = Field(
        default=[], description="As for a name, but for every name of the entity.", examples=[["ракета"]]
    )
    not_before: list[Text] = Field(default=[], description="As for a name, but for every name of the entity.")
    not_after: list[Text] = Field(default=[], description="As for a name, but for every name of the entity.")
    link: Text | None = Field(
        default=None, description="A public identifier, such as a Wikidata id.", examples=["Q7821917"]
    )


class KeywordSettings(OrTextSettings):
    """One keyword: a word, a phrase, `=exact`, `prefix*`, `@ENTITY` or `/expression/`, alone or with overrides."""

    text: Text = Field(
        description="The keyword. Every inflected form of every word matches; several words are a phrase.",
        examples=["балістична ракета", "=ракета", "missil*", "@DPRK", r"/Hwasong-\d+/"],
    )
    language: Language | None = Field(
        default=None, description="The language whose inflection is meant. Default: by the script.", examples=["uk"]
    )
    add_forms: list[Text] = Field(
        default=[],
        alias="forms+",
        description="Inflected forms that the dictionary does not know.",
        examples=[["Паком"]],
    )
    drop_forms: DropForms = Field(default=[])
    case: ExactCase = "any"
    whole: WholeWord = False
    near: list[Text] = Field(
        default=[], description="The keyword counts only near one of these terms.", examples=[["Сеул", "Джин"]]
    )
    except_: list[Text] = Field(
        default=[],
        alias="except",
        description="The keyword does not count inside one of these terms.",
        examples=[["пакет"]],
    )


def _read_require(value: Any) -> str | int:
    if value in ("any", "all"):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return int(value)
    hint = f". Did you mean {value.lower()!r}?" if isinstance(value, str) and value.lower() in ("any", "all") else ""
    raise wrong(f"must be any, all, or the number of distinct terms that an article must mention, such as 2{hint}")


Require: TypeAlias = Annotated[
    str | int, Reads(_read_require, {"anyOf": [{"enum": ["any", "all"]}, {"type": "integer", "minimum": 1}]})
]


class WatchlistSettings(StrictSettings):
    """What one user wants to hear of: entities and keywords, or a query."""

    name: NameText = Field(description="The title of its alerts. Unique.", examples=["DPRK arms"])
    entities: list[EntityName] = Field(
        default=[],
        description="Entities of the catalogue (`monitor entities` lists them) or of `entities:`, by id or name. Each "
        "matches by all its names in all languages.",
        examples=[["DPRK", "Blinken", "ICBM"]],
    )
    keywords: list[KeywordSettings] = Field(
        default=[],
        description="Words and phrases; every inflected form matches.",
        examples=[["балістична ракета", "sanctions"]],
    )
    exclude: list[KeywordSettings] = Field(
        default=[], description="An article that mentions one of these raises no alert.", examples=[["football"]]
    )
    query: Text | None = Field(
        default=None,
        description="Instead of entities and keywords: one expression of the query language.",
        examples=["@DPRK AND (artillery NEAR/8 Russia) NOT title:футбол"],
    )
    require: Require = Field(
        default="any",
        description="How many of the terms an article must mention: `any`, `all`, or a number of distinct ones.",
    )
    where: list[ZoneName] = Field(
        default=["title", "lead", "body"],
        min_length=1,
        description="The parts of an article that count. Also `background` (what was reported before) and `credit`.",
    )
    sources: list[Text] = Field(
        default=[],
        description="Names of the sources that it looks at. Default: all.",
        examples=[["Ukrinform", "Yonhap"]],
    )
    languages: list[Language] = Field(
        default=[],
        description="The languages of articles that it looks at. Default: all.",
        examples=[["uk", "en", "ko"]],
    )
    severity: Literal["low", "normal", "high", "critical"] = Field(
        default="normal", description="How loud its alerts are: `low` is silent, `critical` passes quiet hours."
    )
    notify: list[Text] | None = Field(
        default=None,
        description="Names of the channels that get its alerts. Default: every channel. `[]`: none, articles are only "
        "recorded.",
        examples=[["desk"]],
    )
    updates: Literal["edit", "reply", "off"] = Field(
        default="edit",
        description="When the story grows: `edit` the alert silently; `reply` to it, too, once in 30 minutes at most, "
        "unless an outlet only copied; or leave it (`off`).",
    )
    cooldown: Annotated[float, duration(MINUTE, 7 * DAY)] | None = Field(
        default=None,
        description="After an alert, further stories within this time are gathered into one message at its end.",
        examples=["30m"],
    )
