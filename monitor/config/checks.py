"""Checks of several settings at once: names that exist, terms that can match, chats that can be.

They work on the tree, not on validated settings, so that they are told together with everything else that is wrong;
what has the wrong type is left to the fields' types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from urllib.parse import urlsplit

from monitor.config.editor_schema import ConfigSchema
from monitor.config.entities import KnownEntities
from monitor.config.inherit import DEFAULT_CHANNEL
from monitor.config.report import Report
from monitor.config.secret import looks_like_token
from monitor.config.terms import Terms
from monitor.config.validation_errors import meant
from monitor.config.yaml_tree import Loc, Mapping, Node, Scalar, Sequence, comment_at, is_null, plain
from monitor.fields import WrittenFloat, WrittenInt
from monitor.fields.languages import LANGUAGES
from monitor.fields.likeness import listed, nearest
from monitor.i18n import ALERTS, languages
from monitor.ports import ChannelKind


def check(
    root: Mapping, report: Report, schema: ConfigSchema, entity_names: Callable[[], Iterable[str]] | None
) -> None:
    """Add what is wrong."""
    entities = KnownEntities(root.get("entities"), entity_names)
    channels = _keys(root.get("channels")) or [DEFAULT_CHANNEL]
    sources = [text for _, text in _names(root, "sources")]
    _check_secrets(root, report)
    _check_presence(root, report, schema)
    _check_unique(root, "sources", report)
    _check_unique(root, "watchlists", report)
    _check_entities(root, entities, report, schema)
    _check_channels(root, report, schema)
    unread = _unread(root, schema)
    for name in channels:
        _check_references(root, ("channels", name, "escalate", "to"), channels, "channel", report)
    _check_spoken(root, report)
    _check_storage(root, report)
    _check_dispatch(root, report)
    _check_stamps(root, report)
    terms = Terms(root, report, entities)
    for index, node in _entries(root, "watchlists"):
        loc: Loc = ("watchlists", index)
        if "sources" not in unread:
            _check_references(root, (*loc, "sources"), sources, "source", report)
        if "channels" not in unread:
            _check_references(root, (*loc, "notify"), channels, "channel", report)
        _check_watchlist(root, loc, node, report, schema)
        terms.check(loc, node)


# --------------------------------------------------------------------------- reading the tree


def _keys(node: Node | None) -> list[str]:
    return [key.text for key, _ in node.pairs] if isinstance(node, Mapping) else []


def _entries(root: Mapping, section: str) -> Iterator[tuple[int, Mapping]]:
    node = root.get(section)
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        if isinstance(item, Mapping):
            yield index, item


def _names(root: Mapping, section: str) -> Iterator[tuple[int, str]]:
    for index, item in _entries(root, section):
        text = _text(item.get("name"))
        if text:
            yield index, text


def _text(node: Node | None) -> str:
    """Return what is written, as the schema reads text; nothing where it is no text."""
    if not isinstance(node, Scalar):
        return ""
    value = plain(node)
    return node.text.strip() if isinstance(value, str | WrittenInt | WrittenFloat) else ""


def _texts(node: Node | None) -> Iterator[tuple[int, str]]:
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        text = _text(item)
        if text:
            yield index, text


def _scalars(node: Node, loc: Loc = ()) -> Iterator[tuple[Loc, Scalar]]:
    if isinstance(node, Scalar):
        yield loc, node
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _scalars(item, (*loc, index))
    elif isinstance(node, Mapping):
        for key, value in node.pairs:
            yield from _scalars(value, (*loc, key.text))


# --------------------------------------------------------------------------- the whole file


def _unread(root: Mapping, schema: ConfigSchema) -> set[str]:
    """Return the sections whose names cannot be read, by another problem: misspelt, or a list in place of a mapping.

    That problem is told; names that stand in such a section would be told, too, as ones that are not there.
    """
    kinds = {"channels": Mapping, "sources": Sequence}
    unlike = {
        name for name, kind in kinds.items() if not is_null(root.get(name)) and not isinstance(root.get(name), kind)
    }
    return unlike | meant(_keys(root), (), schema)


def _check_secrets(root: Mapping, report: Report) -> None:
    for loc, scalar in _scalars(root):
        if looks_like_token(scalar.text):
            report.at(
                root,
                loc,
                "this looks like a bot's token: secrets are never in the YAML; delete it, set TELEGRAM_BOT_TOKEN "
                "instead, and have @BotFather revoke it if others could read this file",
            )


def _check_presence(root: Mapping, report: Report, schema: ConfigSchema) -> None:
    for section, what in (("sources", "feed"), ("watchlists", "watchlist")):
        node = root.get(section)
        if node is not None and (is_null(node) or _is_empty_list(node)):
            where = "below it" if is_null(node) else "below it, in place of []"
            message = f"is empty: write at least one {what} {where}, beginning with `- name:`, or delete the line"
            report.at(root, (section,), message)
    misspelt = meant(_keys(root), (), schema)
    if root.get("sources") is None and root.get("watchlists") is None and not misspelt & {"sources", "watchlists"}:
        report.add(
            root.place, "", "there is nothing to do: add `sources:` and `watchlists:` (`monitor init` shows how)"
        )


def _check_unique(root: Mapping, section: str, report: Report) -> None:
    first: dict[str, Mapping] = {}
    for index, item in _entries(root, section):
        name = _text(item.get("name"))
        if not name:
            continue
        known = first.setdefault(name.casefold(), item)
        if known is not item:
            where = f"line {known.place.line} of {known.place.file}" if known.place.line else known.place.file
            written, use = item.get("name"), item.get("use")
            given = written is not None and use is not None and written.place == use.place
            remedy = "write a `name` beside this `use`" if given else "give each its own name"
            report.at(root, (section, index, "name"), f"the name {name!r} is taken ({where}): {remedy}")


def _check_spoken(root: Mapping, report: Report) -> None:
    """Refuse a language that is one, but that no phrases are there for."""
    channels = root.get("channels")
    named = channels.pairs if isinstance(channels, Mapping) else ()
    places = [((), root), *((("channels", key.text), node) for key, node in named if isinstance(node, Mapping))]
    known = languages(ALERTS)
    for loc, node in places:
        code = _text(node.get("language"))
        if code in LANGUAGES and code not in known:
            written = f"the monitor does not write {code!r}: write one of {', '.join(known)}"
            report.at(root, (*loc, "language"), f"{written} (articles in any language are read all the same)")


def _check_storage(root: Mapping, report: Report) -> None:
    storage = root.get("storage")
    url = storage.get("url") if isinstance(storage, Mapping) else None
    if isinstance(url, Scalar) and url.place.line and _has_password(url.text):
        report.warn("storage.url holds a password: keep it out of the YAML, in MONITOR_STORAGE__URL or PGPASSFILE")


def _check_dispatch(root: Mapping, report: Report) -> None:
    if _text(root.get("dispatch")) != "procrastinate":
        return
    storage = root.get("storage")
    url = storage.get("url") if isinstance(storage, Mapping) else None
    if not isinstance(url, Scalar) or not url.text.startswith(("postgresql", "postgres:")):
        report.at(
            root,
            ("dispatch",),
            "procrastinate needs PostgreSQL: set storage.url to postgresql://user@host/database (`monitor"
            " migrate-storage` moves what there is), or write `dispatch: local`",
        )
    if find_spec("procrastinate") is None:
        report.at(root, ("dispatch",), "procrastinate is not installed: `pip install 'news-monitor[scale]'`")


def _check_stamps(root: Mapping, report: Report) -> None:
    evidence = root.get("evidence")
    authority = _text(evidence.get("timestamp")) if isinstance(evidence, Mapping) else ""
    if authority not in ("", "none") and find_spec("rfc3161_client") is None:
        why = "rfc3161-client is not installed: `pip install 'news-monitor[timestamps]'`, or write none"
        report.at(root, ("evidence", "timestamp"), why)


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return False


# --------------------------------------------------------------------------- entities and channels


def _check_entities(root: Mapping, entities: KnownEntities, report: Report, schema: ConfigSchema) -> None:
    node = root.get("entities")
    for key, value in node.pairs if isinstance(node, Mapping) else ():
        names = value.get("names") if isinstance(value, Mapping) else None
        if not is_null(value) and not (isinstance(value, Mapping) and _has_no_names(names, value, key.text, schema)):
            continue
        if not entities.shipped(key.text):
            hint = entities.hint(key.text, own=False)
            report.at(root, ("entities", key.text), f"has no names: add `names: {{en: [{key.text}]}}`.{hint}", key=True)


def _has_no_names(names: Node | None, entity: Mapping, ident: str, schema: ConfigSchema) -> bool:
    if is_null(names):
        return "names" not in meant(_keys(entity), ("entities", ident), schema)
    return isinstance(names, Mapping) and all(is_null(each) or _is_empty_list(each) for _, each in names.pairs)


def _check_channels(root: Mapping, report: Report, schema: ConfigSchema) -> None:
    node = root.get("channels")
    first: dict[str, str] = {}
    for key, value in node.pairs if isinstance(node, Mapping) else ():
        loc: Loc = ("channels", key.text)
        other = first.setdefault(key.text.strip().casefold(), key.text)
        if other != key.text:
            report.at(root, loc, f"the name differs from {other!r} in capitals alone: give each its own", key=True)
        if key.text.startswith("admin:"):
            report.at(root, loc, "names with admin: are taken by the admins' own chats: choose another", key=True)
        if is_null(value):
            report.at(root, loc, f"is empty: add {_one_of(schema.kinds)}", key=True)
        elif isinstance(value, Mapping):
            _check_channel(root, loc, value, report, schema)


def _check_channel(root: Mapping, loc: Loc, node: Mapping, report: Report, schema: ConfigSchema) -> None:
    known = {kind.name: kind for kind in schema.kinds}
    kinds = [key for key, value in node.pairs if key.text in known and not (known[key.text].needed and is_null(value))]
    named = {key.text for key, _ in node.pairs} & set(known)
    if not named and not meant(_keys(node), loc, schema) & set(known):
        report.at(root, loc, f"has no kind: add {_one_of(schema.kinds)}", key=True)
    elif named and not kinds:
        needing = _one_of(kind for kind in schema.kinds if kind.needed)
        report.at(root, (*loc, min(named)), f"is empty: write {needing}", key=True)
    for extra in kinds[1:]:
        report.at(root, (*loc, extra.text), f"a channel has one kind, and {kinds[0].text} is written above: make it "
                  "two channels, and name both under `notify:`", key=True)  # fmt: skip
    for key in kinds:
        written = node.get(key.text)
        settings = plain(written) if isinstance(written, Mapping) else {}
        for setting, message in known[key.text].faults(str(loc[-1]), settings):
            report.at(root, (*loc, key.text, setting) if setting else (*loc, key.text), message, key=not setting)
    translate = node.get("translate")
    own_server = isinstance(translate, Mapping) and _text(translate.get("by")) == "libretranslate"
    if own_server and isinstance(translate, Mapping) and is_null(translate.get("url")):
        report.at(root, (*loc, "translate"), "needs the server's address: add url: http://localhost:5000", key=True)
    quiet = node.get("quiet_hours")
    if isinstance(quiet, Mapping):
        start, end = _text(quiet.get("from")), _text(quiet.get("to"))
        if start and start.zfill(5) == end.zfill(5):
            report.at(root, (*loc, "quiet_hours", "to"), "is the same time as `from`: write another, or delete both")


def _one_of(kinds: Iterable[ChannelKind]) -> str:
    *most, last = [kind.example for kind in kinds]
    return f"{', '.join(most)} or {last}" if most else last


# --------------------------------------------------------------------------- watchlists


def _check_references(root: Mapping, loc: Loc, known: list[str], what: str, report: Report) -> None:
    """Refuse names that are not known."""
    node: Node | None = root
    for part in loc:
        node = node.get(part) if isinstance(node, Mapping) and isinstance(part, str) else (
            node.items[part] if isinstance(node, Sequence) and isinstance(part, int) else None
        )  # fmt: skip
    for index, text in _texts(node):
        if text in known:
            continue
        near = nearest(text, known)
        hint = f"Did you mean {near!r}? " if near else ""
        rest = f"There are: {listed(known)}" if known else f"There is none: add it under `{what}s:`"
        report.at(root, (*loc, index), f"there is no {what} {text!r}. {hint}{rest}")


def _is_empty_list(node: Node | None) -> bool:
    return isinstance(node, Sequence) and not node.items


def _check_watchlist(root: Mapping, loc: Loc, node: Mapping, report: Report, schema: ConfigSchema) -> None:
    has_query = not is_null(node.get("query"))
    terms = {text.casefold() for _, text in _texts(node.get("entities"))}
    keywords = node.get("keywords")
    for item in keywords.items if isinstance(keywords, Sequence) else ():
        terms.add(_text(item.get("text") if isinstance(item, Mapping) else item))
    empty = all(is_null(each) or _is_empty_list(each) for each in (node.get("entities"), keywords))
    comments = [(key, said) for key in _keys(node) if (said := comment_at(root, (*loc, key)))]
    if empty and not has_query and comments:
        report.at(root, (*loc, comments[0][0]), comments[0][1])
    elif empty and not has_query and not meant(_keys(node), loc, schema) & {"entities", "keywords", "query"}:
        message = "the watchlist is empty: add `entities:`, `keywords:` or a `query:`"
        report.at(root, loc, message)
    if has_query and not empty:
        message = "a watchlist has a query, or entities and keywords: write them into the query (@DPRK OR sanctions), "
        report.at(root, (*loc, "query"), message + "or make it two watchlists", key=True)
    require = node.get("require")
    needed = plain(require) if isinstance(require, Scalar) else None
    if has_query and require is not None and needed != "any":
        report.at(root, (*loc, "require"), "does not go with a query: say it there, with AND", key=True)
    elif isinstance(needed, int) and not has_query and not empty and needed > len(terms):
        message = (
            f"{needed} terms can never be found: the watchlist has {len(terms)}; write at most {len(terms)}, or all"
        )
        report.at(root, (*loc, "require"), message)
