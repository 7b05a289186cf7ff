"""The shipped pack of sources: the feeds of known outlets, and `use: ukrinform`, which takes one of them.

An outlet's feeds stand in `monitor/data/outlets.yaml`, the public places that list their addresses in
`monitor/data/feed_places.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from monitor import data
from monitor.config import yaml_tree as tree
from monitor.config.report import Report
from monitor.fields import key_of, needed_keys
from monitor.fields.likeness import nearest
from monitor.model import Source

_BESIDE = frozenset({"about", "note", "seen", "failed"})  # keys of a feed that are no settings of a source
_NO_SITEMAP = "none"
_BY_HAND = "a feed of any other needs `name` and `url` in place of `use`"


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """A public place that lists addresses of feeds; dates as in ISO 8601."""

    where: str
    seen: str  # the date of the look
    checked: str | None = None  # when the place itself last found its feeds to answer
    copy_of: str | None = None  # the key of the place that it was copied from


@dataclass(frozen=True, slots=True)
class PackFeed:
    """One feed of an outlet. `settings` are keys of a source as config.yaml writes them, true and false included."""

    id: str  # 'ukrinform', 'ukrinform/ato': what `use` takes
    settings: Mapping[str, str | bool]
    about: str | None
    note: str | None
    places: Mapping[str, FeedPlace]
    failed: str | None = None  # when a public check last found it not to answer

    @property
    def confirmed(self) -> bool:
        """Whether a place has checked the feed, or two list it that are no copies of one; and no check failed since."""
        if self.failed:
            return False
        origins = {place.copy_of or key for key, place in self.places.items()}
        return len(origins) > 1 or any(place.checked for place in self.places.values())

    @property
    def applied(self) -> dict[str, str | bool]:
        """The settings that config.yaml has a key for."""
        known = {key_of(each) for each in fields(Source)}
        return {key: value for key, value in self.settings.items() if key in known}


@dataclass(frozen=True, slots=True)
class PackOutlet:
    """An outlet and its feeds by the word behind the slash; the first one is what the outlet's id alone means."""

    id: str
    name: str
    kind: str
    timezone: str | None
    note: str | None
    feeds: Mapping[str, PackFeed]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of its feeds, each once."""
        return tuple(dict.fromkeys(str(feed.settings["language"]) for feed in self.feeds.values()))


@cache
def pack() -> Mapping[str, PackOutlet]:
    """Return the outlets that have feeds, by id, in the order of the ids."""
    places = {key: FeedPlace(**row) for key, row in data.load("feed_places").items()}
    rows = data.load("outlets")
    return {ident: _outlet(ident, rows[ident], places) for ident in sorted(rows) if "feeds" in rows[ident]}


def _outlet(ident: str, row: dict[str, Any], places: Mapping[str, FeedPlace]) -> PackOutlet:
    shared = {key: row[key] for key in ("name", "language", "timezone", "sitemap") if key in row}
    found: dict[str, PackFeed] = {}
    for word, feed in row["feeds"].items():
        settings = shared | {key: value for key, value in feed.items() if key not in _BESIDE}
        if settings.get("sitemap") == _NO_SITEMAP:
            del settings["sitemap"]
        found[word] = PackFeed(
            id=f"{ident}/{word}" if found else ident,
            settings=settings,
            about=feed.get("about"),
            note=feed.get("note"),
            places={key: places[key] for key in feed["seen"]},
            failed=feed.get("failed"),
        )
    return PackOutlet(ident, row["name"], row["kind"], row.get("timezone"), row.get("note"), found)


def ids() -> list[str]:
    """Return everything that `use` takes: each outlet, then its feeds by their words."""
    return [name for found in pack().values() for name in (found.id, *(f"{found.id}/{word}" for word in found.feeds))]


def find(name: str) -> PackFeed | None:
    """Return the feed that a `use` means, case aside."""
    ident, slash, word = name.strip().casefold().partition("/")
    found = pack().get(ident)
    if found is None:
        return None
    return found.feeds.get(word) if slash else next(iter(found.feeds.values()))


def unknown(name: str, otherwise: str = _BY_HAND) -> str:
    """Return what is wrong with a name that the pack does not have, what may be meant, and what to do `otherwise`."""
    if not name.strip():
        return "is empty: write an outlet's id, such as ukrinform, or delete the line; `monitor sources` lists them"
    near = _meant(name)
    hint = f" Did you mean {near!r}?" if near else ""
    ident, _, word = name.strip().casefold().partition("/")
    known = pack().get(ident)
    if known is not None:
        feeds = ", ".join(f"{ident}/{each}" for each in known.feeds)
        return f"the pack has no feed {word!r} of {known.name}.{hint} It has {feeds}"
    return f"the pack has no outlet {name[:40]!r}.{hint} `monitor sources` lists them; {otherwise}"


def _meant(name: str) -> str | None:
    """Return the id that is like a name; an outlet's own name counts, too."""
    ident, _, word = name.strip().casefold().partition("/")
    if ident in pack():
        near = nearest(word, pack()[ident].feeds)
        return f"{ident}/{near}" if near else None
    by_name = {found.name: found.id for found in pack().values()}
    near = nearest(name.strip(), [*ids(), *by_name], cutoff=0.7)
    return by_name.get(near, near) if near else None


# --------------------------------------------------------------------------- in a configuration


class _Given(tree.Scalar):
    """A value that the pack gave; nobody wrote it."""

    __slots__ = ()


class _NotGiven(tree.Broken):
    """A value that the pack would have given, had it the feed."""

    __slots__ = ()


def expand(root: tree.Mapping, report: Report) -> None:
    """Fill in, for each source with a `use`, the settings of that feed; keys that are written stay.

    May be called again after a `use` has changed: what was given before is replaced. What the pack gives has the place
    of the `use`.
    """
    for index, item in _entries(root):
        item.pairs = [pair for pair in item.pairs if not isinstance(pair[1], _Given | _NotGiven)]
        use = item.get("use")
        if use is None:
            continue
        feed = None
        if isinstance(use, tree.Scalar):
            feed = find(use.text)
            if feed is None:
                report.at(root, ("sources", index, "use"), unknown(use.text))
                feed = find(_meant(use.text) or "")  # so that watchlists which name the source are not refused as well
        _fill(item, use.place, feed)


def _entries(root: tree.Mapping) -> Iterator[tuple[int, tree.Mapping]]:
    node = root.get("sources")
    for index, item in enumerate(node.items if isinstance(node, tree.Sequence) else ()):
        if isinstance(item, tree.Mapping):
            yield index, item


def _fill(item: tree.Mapping, place: tree.Place, feed: PackFeed | None) -> None:
    """Add what is not written; of an unknown feed, values that nothing more is said of."""
    given: dict[str, tree.Node] = {key: _NotGiven(place) for key in needed_keys(Source)}
    if feed is not None:
        given = {key: _given(value, place) for key, value in feed.applied.items()}
    item.pairs += [(tree.Scalar(place, key), value) for key, value in given.items() if item.key(key) is None]


def _given(value: Any, place: tree.Place) -> tree.Scalar:
    return _Given(place, str(value).lower()) if isinstance(value, bool) else _Given(place, value, "'")
