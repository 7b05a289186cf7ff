"""Settings of sources, entities, watchlists and channels, each defined once.

The types say how what is written is read; `about` says what it means, for editors. What is built in code is not
checked: only what comes from a configuration is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from monitor.fields import (
    Made,
    NotEmpty,
    OrTextSettings,
    Reads,
    StrictSettings,
    Text,
    Url,
    about,
    also,
    around,
    unique,
    whole,
    wrong,
)
from monitor.fields.http import HeaderName, HeaderValue, ProxyAddress, UserAgent, header_pairs
from monitor.fields.values import (
    DAY,
    HOUR,
    MINUTE,
    Clock,
    Clocks,
    Digest,
    EntityName,
    Language,
    NameText,
    Sitemaps,
    Timezone,
    duration,
)

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


def _is_exact(written: str) -> bool:
    return written == "exact"


def _is_both(written: str) -> bool:
    return written == "both"


# What names and keywords may say of their forms alike.
_ExactCase: TypeAlias = Annotated[bool, Made(Literal["exact", "any"], _is_exact)]
_CASE = about("`exact`: only in the capitals and small letters that are written here.", key="case", default="any")
_WHOLE = about("`true`: not as a part of a compound with a hyphen.", strict=True)
_ADD_FORMS = "Inflected forms that the dictionary does not know."
_DROP_FORMS = about("Forms that are not meant, as they are other words too.", key="forms-", examples=[["паки"]])
_FOR_ALL = "As for a name, but for every name of the entity."


@dataclass(frozen=True, slots=True)
class Source(StrictSettings):
    """One feed that is polled."""

    name: NameText = field(metadata=about("The outlet, as alerts show it. Unique.", examples=["Ukrinform"]))
    url: Url = field(
        metadata=about(
            "The feed's address: RSS, Atom or JSON Feed, http or https, without user name and password.",
            examples=["https://www.ukrinform.ua/rss/block-lastnews"],
        )
    )
    language: Language | None = field(
        default=None,
        metadata=about(
            "A hint: the two-letter code of the feed's language. Each article's language is detected anyway.",
            examples=["uk"],
        ),
    )
    timezone: Timezone = field(
        default="UTC",
        metadata=about(
            "The timezone of dates that come without an offset: a region and a city.",
            examples=["Europe/Kyiv", "Asia/Seoul"],
        ),
    )
    every: Annotated[float | None, Made(Annotated[float, duration(1, 30 * DAY)], float)] = field(
        default=None,
        metadata=about(
            "The longest wait between two polls while all is well. Active feeds are polled sooner, failing "
            "ones later, and a server that asks for patience gets it. Default: by the source's own rhythm, from 1 to "
            "15 minutes, 3 on average, or longer where the feed asks for it.",
            examples=["90s", "3m", "1h"],
        ),
    )
    kind: Annotated[str, Made(Literal["feed", "sitemap"], str)] = field(
        default="feed",
        metadata=about(
            "The kind of source. `feed` is RSS, Atom and JSON Feed; `sitemap` is a sitemap that is polled like one."
        ),
    )
    sitemap: Sitemaps = field(
        default=(),
        metadata=about(
            "Where the articles of a gap are listed, which the feed no longer shows after an outage: a sitemap or a "
            "list of them. {year}, {month}, {week} (ISO) and {day} are filled in. Default: what robots.txt names.",
            examples=["https://www.ukrinform.ua/sitemap/{year}/{week}.xml"],
        ),
    )
    use: Text | None = field(
        default=None,
        compare=False,  # where the settings come from is none of them
        metadata=about(
            "A feed of the shipped pack (`monitor sources` lists them), which gives what is not written here.",
            examples=["ukrinform", "ukrinform/ato"],
        ),
    )
    headers: Annotated[tuple[tuple[str, str], ...], Made(dict[HeaderName, HeaderValue], header_pairs)] = field(
        default=(),
        metadata=about(
            "More headers of its requests, by name. They go to the host of `url` alone. Secrets are written as "
            "${NAME}, and come from that environment variable.",
            examples=[{"Authorization": "Bearer ${FEED_TOKEN}"}],
            default=None,
        ),
    )
    user_agent: UserAgent | None = field(
        default=None,
        metadata=about(
            "What its servers are told that the client is. Default: the monitor, and `network.contact`.",
            examples=["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"],
        ),
    )
    cookies: Annotated[str, Made(Literal["redirects", "session"], str)] = field(
        default="redirects",
        metadata=about(
            "How long cookies are kept: within one chain of `redirects`, or in memory from poll to poll (`session`). "
            "They go to the hosts that set them alone."
        ),
    )
    proxy: ProxyAddress | None = field(
        default=None,
        metadata=about(
            "The proxy of all its requests. Names are resolved, and addresses checked, before it is asked. Secrets are "
            "written as ${NAME}.",
            examples=["socks5://127.0.0.1:9050", "http://me:${PROXY_PASSWORD}@proxy.example.org:3128"],
        ),
    )
    legacy_tls: bool = field(
        default=False,
        metadata=about(
            "`true`: its servers may speak TLS 1.0, 1.1, or without secure renegotiation. Certificates are checked "
            "as ever.",
            strict=True,
        ),
    )
    robots: bool = field(
        default=False,
        metadata=about(
            "`true`: article pages that their site's robots.txt forbids are not fetched; the feed's summary stands in.",
            strict=True,
        ),
    )
    max_age: Annotated[float, duration(HOUR, 3650 * DAY)] | None = field(
        default=None,
        metadata=about(
            "Items that are older when they are first seen are archived and raise no alert. Default: none is too old.",
            examples=["2d"],
        ),
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let editors accept a source that has `use` in place of the needed keys."""
        mapping = handler.resolve_ref_schema(handler(core))
        needed = mapping.pop("required", None)
        if needed:
            mapping["anyOf"] = [{"required": ["use"]}, {"required": needed}]
        return mapping


class Severity(StrEnum):
    """The severity of an alert: low is silent, critical passes quiet hours."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return 0 (low) to 3 (critical)."""
        return list(Severity).index(self)


PartOfSpeech: TypeAlias = Literal["noun", "verb", "adjective"]


@dataclass(frozen=True, slots=True)
class Term(OrTextSettings):
    """One keyword: a word, a phrase, `=exact`, `prefix*`, `@ENTITY` or `/expression/`, alone or with overrides."""

    text: Text = field(
        metadata=about(
            "The keyword. Every inflected form of every word matches; several words are a phrase.",
            examples=["балістична ракета", "=ракета", "missil*", "@DPRK", r"/Hwasong-\d+/"],
        )
    )
    language: Language | None = field(
        default=None,
        metadata=about("The language whose inflection is meant. Default: by the script.", examples=["uk"]),
    )
    add_forms: tuple[Text, ...] = field(default=(), metadata=about(_ADD_FORMS, key="forms+", examples=[["Паком"]]))
    drop_forms: tuple[Text, ...] = field(default=(), metadata=_DROP_FORMS)
    exact_case: _ExactCase = field(default=False, metadata=_CASE)
    whole: bool = field(default=False, metadata=_WHOLE)
    near: tuple[Text, ...] = field(
        default=(),
        metadata=about("The keyword counts only near one of these terms.", examples=[["Сеул", "Джин"]]),
    )
    except_: tuple[Text, ...] = field(
        default=(),
        metadata=about("The keyword does not count inside one of these terms.", key="except", examples=[["пакет"]]),
    )
    pos: PartOfSpeech | None = field(
        default=None,
        metadata=about(
            "The part of speech that is meant, of one word in Ukrainian, Russian or English. Default: all that it has.",
            examples=["noun"],
        ),
    )
    both_aspects: Annotated[bool, Made(Literal["both", "own"], _is_both)] = field(
        default=False,
        metadata=about(
            "`both`: a Ukrainian or Russian verb, and the verb of the other aspect (запустити, запускати).",
            key="aspect",
            default="own",
        ),
    )


@dataclass(frozen=True, slots=True)
class Name(OrTextSettings):
    """One name of an entity: the name alone, or a mapping with overrides. Names stand in the nominative."""

    text: NameText = field(metadata=about("The name, in the nominative.", examples=["Хвасон-18"]))
    add_forms: tuple[Text, ...] = field(default=(), metadata=about(_ADD_FORMS, key="forms+", examples=[["Хвасоні-18"]]))
    drop_forms: tuple[Text, ...] = field(default=(), metadata=_DROP_FORMS)
    exact_case: _ExactCase = field(default=False, metadata=_CASE)
    whole: bool = field(default=False, metadata=_WHOLE)
    needs: tuple[Text, ...] = field(
        default=(),
        metadata=about(
            "The name counts only where one of these stands in the same article.", examples=[["Сеул", "президент"]]
        ),
    )
    not_before: tuple[Text, ...] = field(
        default=(), metadata=about("The name does not count right after one of these words.", examples=[["South"]])
    )
    not_after: tuple[Text, ...] = field(
        default=(), metadata=about("The name does not count right before one of these words.", examples=[["Times"]])
    )
    except_: tuple[Text, ...] = field(
        default=(),
        metadata=about("The name does not count inside one of these terms.", key="except", examples=[["Indian Ocean"]]),
    )
    context: Literal["place", "town", "word", "person", "leader", "weapon", "body", "syllable"] | None = field(
        default=None,
        metadata=about(
            "The name counts without any of `needs`, too, where the words around it show that.", examples=["place"]
        ),
    )
    unless: tuple[Text, ...] = field(
        default=(),
        metadata=about(
            "`context` does not show the name where one of these stands in the article.", examples=[["NBA"]]
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySettings(StrictSettings):
    """A person, place, organisation, weapon or concept: new, or more names for one of the catalogue."""

    type: Annotated[str, Made(Literal["person", "place", "organisation", "weapon", "concept"], str)] = field(
        default="concept",
        metadata=about("What it is. A person's names inflect as names do, a place brings its adjectives."),
    )
    names: Mapping[Language, tuple[Name, ...]] = field(
        default_factory=dict,
        metadata=about("Its names by language code.", examples=[{"en": ["Hwasong-18"], "uk": ["Хвасон-18"]}]),
    )
    adjectives: Mapping[Language, tuple[Name, ...]] = field(
        default_factory=dict,
        metadata=about(
            "Adjectives made from the name, which count as mentions, by language code; each as a name is written.",
            examples=[{"uk": ["північнокорейський"]}],
        ),
    )
    needs: tuple[Text, ...] = field(default=(), metadata=about(_FOR_ALL, examples=[["ракета"]]))
    not_before: tuple[Text, ...] = field(default=(), metadata=about(_FOR_ALL))
    not_after: tuple[Text, ...] = field(default=(), metadata=about(_FOR_ALL))
    link: Text | None = field(
        default=None, metadata=about("A public identifier, such as a Wikidata id.", examples=["Q7821917"])
    )


@dataclass(frozen=True, slots=True)
class EntitySpec(EntitySettings):
    """An entity of the catalogue or of the user, with its id."""

    id: str


def _read_require(value: Any) -> str | int:
    if value in ("any", "all"):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return int(value)
    hint = f". Did you mean {value.lower()!r}?" if isinstance(value, str) and value.lower() in ("any", "all") else ""
    raise wrong(f"must be any, all, or the number of distinct terms that an article must mention, such as 2{hint}")


_Require: TypeAlias = Annotated[
    str | int, Reads(_read_require, {"anyOf": [{"enum": ["any", "all"]}, {"type": "integer", "minimum": 1}]})
]
_Zone: TypeAlias = Literal["title", "lead", "body", "background", "credit"]


def _or_none(written: float | None) -> float:
    return written or 0.0


@dataclass(frozen=True, slots=True)
class Watchlist(StrictSettings):
    """Entities and keywords, or a query, whose matches raise alerts."""

    name: NameText = field(metadata=about("The title of its alerts. Unique.", examples=["DPRK arms"]))
    entities: Annotated[tuple[str, ...], Made(tuple[EntityName, ...], unique)] = field(
        default=(),
        metadata=about(
            "Entities of the catalogue (`monitor entities` lists them) or of `entities:`, by id or name. Each "
            "matches by all its names in all languages.",
            examples=[["DPRK", "Blinken", "ICBM"]],
        ),
    )
    keywords: tuple[Term, ...] = field(
        default=(),
        metadata=about(
            "Words and phrases; every inflected form matches.", examples=[["балістична ракета", "sanctions"]]
        ),
    )
    exclude: tuple[Term, ...] = field(
        default=(),
        metadata=about("An article that mentions one of these raises no alert.", examples=[["football"]]),
    )
    query: Text | None = field(
        default=None,
        metadata=about(
            "Instead of entities and keywords: one expression of the query language.",
            examples=["@DPRK AND (artillery NEAR/8 Russia) NOT title:футбол"],
        ),
    )
    require: _Require = field(
        default="any",
        metadata=about("How many of the terms an article must mention: `any`, `all`, or a number of distinct ones."),
    )
    where: Annotated[tuple[str, ...], Made(Annotated[tuple[_Zone, ...], NotEmpty()], unique)] = field(
        default=("title", "lead", "body"),
        metadata=about(
            "The parts of an article that count. Also `background` (what was reported before) and `credit`."
        ),
    )
    sources: Annotated[tuple[str, ...], Made(tuple[Text, ...], unique)] = field(
        default=(),
        metadata=about("Names of the sources that it looks at. Default: all.", examples=[["Ukrinform", "Yonhap"]]),
    )
    languages: Annotated[tuple[str, ...], Made(tuple[Language, ...], unique)] = field(
        default=(),
        metadata=about("The languages of articles that it looks at. Default: all.", examples=[["uk", "en", "ko"]]),
    )
    severity: Annotated[Severity, Made(Literal["low", "normal", "high", "critical"], Severity)] = field(
        default=Severity.NORMAL,
        metadata=about("How loud its alerts are: `low` is silent, `critical` passes quiet hours."),
    )
    # Where the YAML has none, `config.load` writes the names of all channels here.
    notify: Annotated[tuple[str, ...], Made(tuple[Text, ...] | None, unique)] = field(
        default=(),
        metadata=about(
            "Names of the channels that get its alerts. Default: every channel. `[]`: none, articles are only "
            "recorded.",
            examples=[["desk"]],
        ),
    )
    updates: Annotated[str, Made(Literal["edit", "reply", "off"], str)] = field(
        default="edit",
        metadata=about(
            "When the story grows: `edit` the alert silently; `reply` to it, too, once in 30 minutes at most, "
            "unless an outlet only copied; or leave it (`off`).",
        ),
    )
    surge: bool = field(
        default=False,
        metadata=about(
            "Whether a burst is told, once a day at most: at least six stories within six hours, and six times as many "
            "as usual."
        ),
    )
    cooldown: Annotated[float, Made(Annotated[float, duration(MINUTE, 7 * DAY)] | None, _or_none)] = field(
        default=0.0,
        metadata=about(
            "After an alert, further stories within this time are gathered into one message at its end.",
            examples=["30m"],
            default=None,
        ),
    )


@dataclass(frozen=True, slots=True)
class QuietHours(StrictSettings):
    """A daily span without messages."""

    start: Clock = field(metadata=about("When the span begins, in quotes.", key="from", examples=["23:00"]))
    end: Clock = field(
        metadata=about("When the span ends, in quotes; before `from`: on the next day.", key="to", examples=["07:00"])
    )
    timezone: Timezone | None = field(
        default=None,
        metadata=about("Whose clock. Default: the channel's.", examples=["Europe/Kyiv"]),
    )


OFF = "off"


@dataclass(frozen=True, slots=True)
class Burst(StrictSettings):
    """When one message takes the place of many: after so many alerts within so long. `off`: never."""

    alerts: Annotated[int, whole(1, 1000, "how many alerts come one by one")] = field(
        default=10,
        metadata=about("How many alerts come one by one within the time; further ones share one message."),
    )
    within: Annotated[float, duration(MINUTE, DAY)] = field(
        default=10 * MINUTE,
        metadata=about("The time within which they are counted.", examples=["10m"], default="10m"),
    )

    @property
    def is_off(self) -> bool:
        """Return whether every alert comes by itself, however many there are."""
        return self.alerts == 0

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read `off`, too."""
        return around(_read_burst, source, handler)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let editors accept `off`, too."""
        return also({"const": OFF}, core, handler)


def _read_burst(value: Any, validate: Callable[[Any], Burst]) -> Burst:
    if value == OFF:
        return Burst(alerts=0)
    if isinstance(value, dict):
        return validate(value)
    raise wrong("must be off, or how many alerts within how long: write {alerts: 10, within: 10m}")


@dataclass(frozen=True, slots=True)
class Escalation(StrictSettings):
    """Who is sent a critical alert that nobody acknowledged, and after how long."""

    to: Annotated[tuple[str, ...], Made(tuple[Text, ...], unique)] = field(
        metadata=about("Channels that are sent the alert as well.", examples=[["chief"]])
    )
    after: Annotated[float, duration(MINUTE, DAY)] = field(
        default=10 * MINUTE, metadata=about("How long an acknowledgement is waited for.", default="10m")
    )


@dataclass(frozen=True, slots=True)
class Translation(StrictSettings):
    """The service that translates titles and sentences in other languages than `to`; their texts are sent to it."""

    to: Language = field(metadata=about("The language that is read.", examples=["uk"]))
    by: Annotated[str, Made(Literal["libretranslate", "deepl"], str)] = field(
        metadata=about(
            "The service. Its key is in the environment: `LIBRETRANSLATE_API_KEY` (where the server wants one), "
            "`DEEPL_API_KEY`."
        )
    )
    url: Url | None = field(
        default=None,
        metadata=about(
            "Its address. Needed for libretranslate; default for deepl: by the key's plan.",
            examples=["http://localhost:5000"],
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRules(StrictSettings):
    """Settings of a channel that do not depend on its kind. A configuration has a key for each kind as well."""

    language: Language | None = field(
        default=None,
        metadata=about(
            "The language of messages: `en`, `uk`, `ru`, `pl`, `de` or `ko`. Default: `language` at the top.",
            examples=["uk"],
        ),
    )
    timezone: Timezone | None = field(
        default=None,
        metadata=about("The clock of the times in alerts. Default: `timezone` at the top.", examples=["Europe/Kyiv"]),
    )
    quiet_hours: QuietHours | None = field(
        default=None,
        metadata=about("When only critical alerts are sent; the rest follows in one message at the end."),
    )
    digest: Digest | None = field(
        default=None,
        metadata=about(
            "Gather alerts below severity high into one message: every so often, or daily at one or more times.",
            examples=["2h", "08:00", ["08:00", "20:00"]],
        ),
    )
    translate: Translation | None = field(
        default=None,
        metadata=about(
            "Who translates what is in another language; shown under the original. Default: nobody, and no text "
            "leaves this machine.",
            examples=[{"to": "uk", "by": "libretranslate", "url": "http://localhost:5000"}],
        ),
    )
    escalate: Escalation | None = field(
        default=None,
        metadata=about(
            "Who else is sent a critical alert of this channel that nobody acknowledged in time.",
            examples=[{"after": "10m", "to": ["chief"]}],
        ),
    )
    shift: Clocks = field(
        default=(),
        metadata=about(
            "When a shift begins: a message then says what rang since the time before, what is open and what is muted.",
            examples=["08:00", ["08:00", "20:00"]],
        ),
    )
    weekly: Clock | None = field(
        default=None,
        metadata=about(
            "When on Mondays a report of the week is written: the stories of each watchlist, and bursts.",
            examples=["09:00"],
        ),
    )
    burst: Burst | None = field(
        default=None,
        metadata=about(
            "After how many alerts within how long further ones share one message. Default: as "
            "`delivery.burst` for Telegram, `off` for channels of other kinds.",
            examples=[{"alerts": 10, "within": "10m"}, "off"],
        ),
    )
    expire: Annotated[float, duration(MINUTE, 365 * DAY)] | None = field(
        default=None,
        metadata=about(
            "A message that could not be sent for so long is given up. Default: `delivery.expire`.", examples=["6h"]
        ),
    )
    on_unknown: Annotated[str, Made(Literal["resend", "hold"], str)] = field(
        default="resend",
        metadata=about(
            "What to do with a message whose fate is unknown, where the channel cannot be asked: send it again "
            "(perhaps twice) or hold it back.",
        ),
    )


@dataclass(frozen=True, slots=True)
class Channel(ChannelRules):
    """A configured channel. `settings` is what its kind needs: `{chat, topic}` for telegram, `{url}` for webhook.

    `burst` is None where every alert comes by itself. `idempotent`: the receiver knows a message that is sent twice.
    """

    name: str
    kind: str  # telegram | console | webhook | …
    settings: Mapping[str, Any] = field(default_factory=dict)
    idempotent: bool = field(default=False, kw_only=True)
