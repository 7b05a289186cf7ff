"""From pydantic's errors to sentences with a remedy, each at its place in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ValidationError

from monitor.config import pack
from monitor.config.editor_schema import ConfigSchema
from monitor.config.report import Report
from monitor.config.yaml_tree import Loc, Node, comment_at
from monitor.fields import kind_of
from monitor.fields.likeness import listed, nearest, suggest

_UNKNOWN = "unexpected_keyword_argument"  # pydantic's word for a key that a dataclass does not have
_HOURS = re.compile(r"(\d{1,2}:\d{2})\s*(?:-|–|—|to)\s*(\d{1,2}:\d{2})")
_SECRET = re.compile(r"token|passw|secret|api_?key|credential", re.IGNORECASE)


def explain_all(error: ValidationError, root: Node, report: Report, schema: ConfigSchema) -> None:
    """Add a problem for each of pydantic's errors."""
    items = error.errors(include_url=False, include_input=True)
    unknown = {tuple(item["loc"]) for item in items if item["type"] == _UNKNOWN}
    missing = {tuple(item["loc"]) for item in items if item["type"] == "missing"}
    for item in items:
        loc: Loc = tuple(item["loc"])
        if loc in unknown and (*loc[:-1], "text") in missing and not meant([str(loc[-1])], loc[:-1], schema) & {"text"}:
            report.at(
                root,
                loc,
                f"a term that holds a colon needs quotes around all of it; {unknown_key(loc, schema)}",
                key=True,
            )
        elif _told_elsewhere(item, loc, unknown, schema):
            continue
        else:
            report.at(root, loc, comment_at(root, loc) or _sentence(item, loc, schema), key=loc in unknown)


def _told_elsewhere(item: Any, loc: Loc, unknown: set[Loc], schema: ConfigSchema) -> bool:
    """Return whether another problem covers the error: a needed key that is misspelt, a channel without a kind."""
    if item["type"] == "missing":
        siblings = {str(other[-1]) for other in unknown if other[:-1] == loc[:-1]}
        return loc[-1] in meant(siblings, loc[:-1], schema) or (loc[-1] == "text" and bool(siblings))
    if item["type"] == "too_short" and item["input"]:  # its entries were refused, each with its own problem
        return True
    return len(loc) == 2 and loc[0] == "channels" and item.get("input") is None  # noqa: PLR2004 - section and name


def meant(keys: Iterable[str], loc: Loc, schema: ConfigSchema) -> set[str]:
    """Return the settings that the unknown ones among the keys of a mapping probably mean."""
    known = schema.keys(loc)
    near = (_by_another_name(key, known) or nearest(key, known) for key in keys if key not in known)
    return {key for key in near if key}


def _by_another_name(key: str, known: Iterable[str]) -> str | None:
    """Return the key that other programs call so."""
    names = next((names for names in _OTHER_NAMES if key.casefold() in names.split()), "")
    return next((name for name in _OTHER_NAMES.get(names, ()) if name in known), None)


_APPRISE = "slack email mail smtp discord ntfy matrix signal whatsapp teams mattermost pushover gotify sms"
"""Services that people look for by name, which come by Apprise."""
_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "feeds feed rss outlets sites": ("sources",),
    "link href address uri xmlurl feed_url rss_url": ("url",),
    "title label id": ("name", "chat"),
    "interval refresh poll period frequency": ("every",),
    "lang locale": ("language",),
    "tz zone": ("timezone",),
    "words terms phrases search": ("keywords",),
    "people topics": ("entities",),
    "rules alerts watch lists": ("watchlists",),
    "not ignore without excluded blacklist": ("exclude",),
    "in zones fields": ("where",),
    "priority level importance": ("severity",),
    "channel send to": ("notify",),
    "notifications notifiers outputs targets": ("channels",),
    "word term keyword phrase value": ("text",),
    "db database": ("storage",),
    "http server": ("web",),
    "silent mute do_not_disturb dnd": ("quiet_hours",),
    "thread thread_id message_thread_id topic_id": ("topic",),
    "chat_id group room": ("chat",),
    "forms extra_forms": ("forms+",),
    "log_level loglevel logging verbose debug": ("log",),
    "retention days": ("keep",),
    _APPRISE: ("apprise",),
}
"""What keys are called elsewhere, by words that no likeness of letters would find."""


_OTHER_VALUES: dict[str, tuple[str, ...]] = {
    "headline heading header заголовок": ("title",),
    "intro summary description first teaser": ("lead",),
    "text content article main": ("body",),
    "urgent emergency alarm highest max": ("critical",),
    "important major warning": ("high",),
    "medium default standard moderate": ("normal", "auto"),
    "info minor lowest silent quiet": ("low", "info"),
    "rss atom xml json rdf": ("feed",),
    "none never no false disabled": ("off",),
    "new anew send repeat always": ("reply",),
    "silently quietly update": ("edit",),
    "everything": ("all",),
    "sensitive strict": ("exact",),
    "insensitive ignore": ("any",),
    "n nouns": ("noun",),
    "v verbs": ("verb",),
    "a adj": ("adjective",),
}
"""What values are called elsewhere, as `_OTHER_NAMES` has it of keys."""

_SWITCHES = ("enabled", "enable", "disabled", "disable", "active", "paused")


def _sentence(item: Any, loc: Loc, schema: ConfigSchema) -> str:
    kind, given = item["type"], item.get("input")
    known = _KNOWN.get(kind)
    if known is not None and not (kind == "setting" and given is None and _example(loc, schema) != "…"):
        return known(item, loc, schema)
    if given is None:
        example = _example(loc, schema)
        return f"is empty: write {'its keys' if example == '…' else f'a value, such as {example}'}, or delete the line"
    if kind == "literal_error":
        return _choice(item, given)
    what = _WANTED.get(kind, "another kind of value")
    return f"must be {what}, not {kind_of(given)}: {_remedy(what, given, loc, schema)}"


_WANTED = {
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "dataclass_type": "a mapping",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}
_KNOWN: dict[str, Callable[[Any, Loc, ConfigSchema], str]] = {
    "setting": lambda item, _, __: str(item["ctx"]["message"]),
    _UNKNOWN: lambda _, loc, schema: unknown_key(loc, schema),
    "missing": lambda _, loc, schema: f"is missing: add {_as_line(loc, schema)}",
    "too_short": lambda _, __, ___: "is empty: write at least one entry, or delete the line",
}


def _choice(item: Any, given: Any) -> str:
    allowed = re.findall(r"'([^']*)'", item["ctx"]["expected"])
    if not isinstance(given, str):
        return f"must be one of {listed(allowed)}, not {kind_of(given)}"
    words = next((words for words in _OTHER_VALUES if given.casefold() in words.split()), "")
    other = next((value for value in _OTHER_VALUES.get(words, ()) if value in allowed), None)
    hint = f" Did you mean {other!r}?" if other else suggest(given, allowed)
    return f"{given[:40]!r} is not one of {listed(allowed)}.{hint}"


def _remedy(what: str, given: Any, loc: Loc, schema: ConfigSchema) -> str:
    slip = _slip(what, given, loc, schema)
    if slip is not None:
        return slip
    keys, example = schema.keys(loc), _example(loc, schema)
    if example != "…":
        return f"write it as {example}"
    if what == "a list":
        return "begin each entry on a line of its own with `- name:`"
    return f"write its keys on indented lines below: {listed(keys)}" if keys else "write a name and a colon for each"


def _slip(what: str, given: Any, loc: Loc, schema: ConfigSchema) -> str | None:
    """Return the remedy for a slip of the hand that shows in what is given; None where there is none."""
    if what == "true or false":
        return "write true or false, without quotes"
    if what == "a list":
        return _slip_of_list(given, loc)
    if what == "a mapping" and isinstance(given, str | int) and not isinstance(given, bool):
        return _slip_of_mapping(str(given).strip(), loc, schema)
    if what == "a mapping" and isinstance(given, list) and loc[0] == "entities":
        return _slip_of_entity(given, loc)
    if what == "a mapping" and isinstance(given, list) and loc == ("channels",):
        return f"a channel's name is its key: write `{_first_name(given)}: {{telegram: {{chat: -1001234567890}}}}`"
    return None


def _slip_of_entity(given: list[Any], loc: Loc) -> str | None:
    """Return the names of an entity as they are written, by languages."""
    names = [str(name) for name in given if isinstance(name, str)]
    if len(loc) not in (2, 3) or not names:
        return None
    by_language = f"{{en: [{listed(names)}]}}"
    return f"names stand by language: write {by_language if len(loc) == 3 else f'{{names: {by_language}}}'}"  # noqa: PLR2004


def _slip_of_list(given: Any, loc: Loc) -> str | None:
    dashed = given if isinstance(given, str) else next(iter(given), "") if isinstance(given, dict) else ""
    if re.match(r"-[^\s-]", str(dashed)):
        return "put a space after the `-` that begins an entry"
    if loc == ("telegram", "admins") and isinstance(given, str):
        return "an admin is named by a user id, a number: write /start to the bot, and it says yours"
    if isinstance(given, str | int) and len(str(given)) <= 40 and "\n" not in str(given):  # noqa: PLR2004
        return f"write [{given}]"
    return None


def _slip_of_mapping(given: str, loc: Loc, schema: ConfigSchema) -> str | None:
    """Return the mapping that one value seems to stand for, as a line to write; None where that is not clear."""
    head, colon, _ = given.partition(":")
    if colon and head in schema.keys(loc):
        return "put a space after the colon"
    if len(given) > 200 or "\n" in given:  # noqa: PLR2004
        return None
    if loc[0] == "channels" and len(loc) > 1:
        return _meant_channel(given, loc, schema)
    sections: dict[Loc, str] = {
        ("storage",): f"storage: {{url: '{given if '://' in given else f'sqlite:///{given}'}'}}",
        ("web",): f"web: {{listen: '{given}'}}",
    }
    meant = sections.get(loc)
    if loc[0] == "sources":
        meant = f"- use: {given}" if pack.find(given) else f"- {{name: …, url: '{given}'}}" if "." in given else None
    elif loc[:2] == ("network", "allow") and re.fullmatch(r"[\d.:a-f]+(/\d+)?", given):
        host = "/128" if ":" in given else "/32"
        meant = f"- {{host: …, cidr: {given if '/' in given else given + host}}}"
    return f"write `{meant}`" if meant else None


def _meant_channel(given: str, loc: Loc, schema: ConfigSchema) -> str | None:
    kinds = {kind.name for kind in schema.kinds}
    if len(loc) == 2 and given.casefold() in kinds:  # noqa: PLR2004 - section and name
        kind = given.casefold()
        return f"write `{loc[1]}: {{{kind}: {_example_of((*loc, kind), schema)}}}`"
    if loc[-1] in kinds and (keys := schema.keys(loc)):
        return f"write `{loc[-1]}: {{{keys[0]}: {given if given.lstrip('-').isdecimal() else repr(given)}}}`"
    if loc[-1] == "quiet_hours" and (found := _HOURS.fullmatch(given)):
        return f'write {{from: "{found[1]}", to: "{found[2]}"}}'
    return None


def _example_of(loc: Loc, schema: ConfigSchema) -> str:
    """Return a mapping with an example of the first key at a location that has one."""
    keys = [key for key in schema.keys(loc) if _example((*loc, key), schema) != "…"][:1]
    return "{" + ", ".join(f"{key}: {_example((*loc, key), schema)}" for key in keys) + "}"


def _first_name(entries: list[Any]) -> str:
    """Return the name that the first entry of a list of channels seems to be meant to have."""
    first = entries[0] if entries else None
    if isinstance(first, dict) and first:
        return str(first.get("name") or next(iter(first)))
    return str(first) if isinstance(first, str) else "desk"


def _example(loc: Loc, schema: ConfigSchema) -> str:
    """Return an example value for a location, as YAML would have it on one line."""
    there = schema.at(loc)
    examples = [*there.get("examples", ()), *there.get("enum", ()), there.get("default")]
    found = next((value for value in examples if value not in (None, "", [])), None)
    return "…" if found is None else _flow(found)


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    return str(value)


def _as_line(loc: Loc, schema: ConfigSchema) -> str:
    return f"`{loc[-1]}: {_example(loc, schema)}`"


def unknown_key(loc: Loc, schema: ConfigSchema) -> str:
    """Return the message that a key does not exist, with the one that may be meant."""
    key, known = str(loc[-1]), schema.keys(loc[:-1])
    if _SECRET.search(key):
        return (
            "secrets are never in the YAML: delete the line and set TELEGRAM_BOT_TOKEN, or TELEGRAM_BOT_TOKEN_FILE "
            "with a file's name"
        )
    if len(loc) == 4 and loc[0] == "channels":  # noqa: PLR2004 - section, name, kind and key
        remarks = (kind.unknown_key(key) for kind in schema.kinds if kind.name == loc[2])
        if (remark := next(remarks, None)) is not None:
            return remark
    if key.casefold() in _SWITCHES and loc[0] in ("sources", "watchlists", "channels"):
        return (
            "unknown key: nothing is switched off by one. Put a # before each of its lines, which makes them comments"
        )
    other = _by_another_name(key, known)
    if other == "apprise":
        variable = re.sub(r"[^A-Za-z0-9]+", "_", str(loc[1])).strip("_").upper()  # as channels/apprise.py makes it
        return (
            f"{key} comes by Apprise: write `apprise: {{}}` in its place, and the service's address into the variable "
            f"MONITOR_APPRISE_{variable} (docs/delivery.md)"
        )
    near = f"Did you mean {other!r}?" if other else suggest(key, known).strip()
    elsewhere = None if near else _elsewhere(key, loc, schema)
    hint = f"{near} " if near else f"It belongs under {elsewhere}. " if elsewhere else ""
    return f"unknown key. {hint}Known here: {listed(known, 16)}" if known else f"unknown key. {hint}No keys belong here"


def _elsewhere(key: str, loc: Loc, schema: ConfigSchema) -> str | None:
    """Return the place where a key does belong, where it is one level up or in a section."""
    if key in schema.keys(loc[:-2]) and len(loc) > 2:  # noqa: PLR2004 - an entry of a list or mapping has a parent
        return "the level above: indent it less"
    if len(loc) == 1:
        sections = (section for section in schema.keys(()) if key in schema.keys((section,)))
        return next((f"`{section}:`" for section in sections), None)
    if len(loc) == 2:  # noqa: PLR2004 - a section and a key
        others = (section for section in schema.keys(()) if section != loc[0] and key in schema.keys((section,)))
        return next((f"`{section}:`" for section in others), None)
    if loc[0] == "channels":
        kinds = (kind.name for kind in schema.kinds if key in schema.keys(("channels", "*", kind.name)))
        return next((f"`{kind}:`" for kind in kinds), None)
    return None
