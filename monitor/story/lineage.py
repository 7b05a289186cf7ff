"""Lineage of a story: which outlets reported first, and which took it from others.

Two outlets that cite one origin are one source. So outlets are nodes, a citation is an edge to the origin, and
independent sources are the distinct roots, copies left out. A root that was cited but never seen is shown as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo

from monitor.i18n import DEFAULT, Phrases
from monitor.model import JoinRule, Member, Relation
from monitor.story.outlets import can_publish, origin_name, outlet, outlet_id

_EACH = 6  # outlets named in a line at most; the rest is counted
_LINE = 180  # characters of a line, so that it is short enough for a phone: three or four lines there


@dataclass(frozen=True, slots=True)
class Edge:
    """`to` took from `origin` (both as alerts show them); `kind` is cites or copies."""

    origin: str
    to: str
    kind: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """The spread of a story between outlets. `line` is 'Yonhap (en) 09:12 → Ukrinform (uk) 09:40'."""

    edges: tuple[Edge, ...]
    outlets: int  # distinct outlets seen
    independent: int  # distinct roots, at least 1 where there is any member
    line: str


@dataclass(slots=True)
class _Node:
    """One outlet in one story."""

    id: str
    name: str
    first: Member | None  # None: cited, not seen
    cites: list[str]
    copy: bool = False
    languages: dict[str, None] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return self.first.at if self.first else datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Labels:
    """How a lineage's line is written."""

    zone: tzinfo
    today: date | None
    phrases: Phrases
    each: int = _EACH

    def label(self, node: _Node, today: date) -> str:
        name = origin_name(node.name, self.phrases.language)
        if node.first is None:
            return self.phrases.text("not seen", name=name) if can_publish(node.name) else name
        local = node.first.at.astimezone(self.zone)
        day = "" if local.date() == today else f"{self.phrases.day(local)} "
        return f"{name} ({', '.join(node.languages)}) {day}{local:%H:%M}"

    def joined(self, head: str, rest: Sequence[str]) -> str:
        return f"{head} → {', '.join([*rest[: self.each], *self.more(len(rest))])}" if rest else head

    def more(self, count: int) -> list[str]:
        """Return how many of so many are not named; nothing where all are."""
        return [self.phrases.text("lineage more", n=count - self.each)] if count > self.each else []


def lineage(
    members: Iterable[Member], *, zone: tzinfo = UTC, today: date | None = None, phrases: Phrases = DEFAULT
) -> Lineage:
    """Build the lineage of a story's members, in any order; times of the line are local to `zone`.

    Those of another day than `today` (default: the newest member's) have their date.
    """
    ordered = sorted((m for m in members if m.relation is not Relation.RELATED), key=lambda m: (m.at, m.article_id))
    nodes = _nodes(ordered, phrases.language)
    parents = _parents(nodes)
    edges = [Edge(nodes[origin].name, nodes[ident].name, "cites") for ident in nodes for origin in parents[ident]]
    roots = [ident for ident in nodes if not parents[ident]]
    edges += _copied(nodes, roots, ordered)
    sources = [ident for ident in roots if not nodes[ident].copy]
    return Lineage(
        edges=tuple(edges),
        outlets=sum(node.first is not None for node in nodes.values()),
        independent=max(_independent(nodes, parents, sources), 1 if ordered else 0),
        line=_fitted(nodes, parents, ordered, _Labels(zone, today, phrases)),
    )


def _nodes(ordered: Sequence[Member], language: str) -> dict[str, _Node]:
    """Return all outlets and origins by id; an origin has the name that an article in `language` gives it, if any."""
    nodes: dict[str, _Node] = {}
    by_id = {member.article_id: member for member in ordered}
    for member in ordered:
        ident = outlet_id(member.source)
        known = outlet(member.source)
        node = nodes.setdefault(ident, _Node(ident, known.name if known else member.source, member, []))
        # An outlet stays a copy only while all that it ran was copied.
        copied = _is_copy(member, by_id)
        node.languages[member.language] = None
        node.copy = copied if node.first is member else node.copy and copied
        node.cites += [cited for name in member.cites if (cited := outlet_id(name)) not in (ident, *node.cites)]
    for member in sorted(ordered, key=lambda member: member.language != language):
        for name in member.cites:
            nodes.setdefault(outlet_id(name), _Node(outlet_id(name), name, None, []))
    return nodes


def _is_copy(member: Member, by_id: Mapping[int, Member]) -> bool:
    """Return whether an article is a copy, or a version of one: to revise what was taken is not to report it.

    Before there was a reason to go by, an article that was edited lost its relation and became a version.
    """
    seen: set[int] = set()
    while member.relation is Relation.VERSION and member.reason is not None and member.article_id not in seen:
        seen.add(member.article_id)
        former = by_id.get(member.reason.of)
        if former is None:
            return False
        if outlet_id(former.source) != outlet_id(member.source):
            return member.reason.rule is JoinRule.PHRASES
        member = former
    return member.relation is Relation.COPY


def _parents(nodes: dict[str, _Node]) -> dict[str, list[str]]:
    """Return each outlet's origins; of outlets that cite each other, the one seen first is the origin."""
    parents: dict[str, list[str]] = {ident: [] for ident in nodes}
    for ident in sorted(nodes, key=lambda ident: nodes[ident].at, reverse=True):
        for origin in nodes[ident].cites:
            if not _reaches(parents, origin, ident):
                parents[ident].append(origin)
    return parents


def _reaches(parents: dict[str, list[str]], start: str, goal: str) -> bool:
    seen, stack = set[str](), [start]
    while stack:
        ident = stack.pop()
        if ident == goal:
            return True
        if ident not in seen:
            seen.add(ident)
            stack += parents[ident]
    return False


def _independent(nodes: dict[str, _Node], parents: dict[str, list[str]], sources: list[str]) -> int:
    """Count roots; unseen ones that some article cites together with another root count with that one.

    'KCNA said, according to Yonhap' names two outlets and has one source. Counting too few is the safe side: a second
    independent source rings the phone.
    """
    seen = {ident for ident in sources if nodes[ident].first is not None}
    group = {ident: ident for ident in sources}

    def head(ident: str) -> str:
        while group[ident] != ident:
            ident = group[ident]
        return ident

    for origins in parents.values():
        roots = [ident for ident in origins if ident in group]
        anchor = next((ident for ident in roots if ident in seen), roots[0] if roots else "")
        for ident in roots:
            if ident not in seen:
                a, b = head(ident), head(anchor)
                group[a if a not in seen else b] = b if a not in seen else a
    return sum(head(ident) == ident for ident in sources)


def _copied(nodes: dict[str, _Node], roots: Sequence[str], ordered: Sequence[Member]) -> list[Edge]:
    """Return an edge from the story's first article to each outlet that copied without naming its source."""
    if not ordered:
        return []
    first = nodes[outlet_id(ordered[0].source)]
    return [Edge(first.name, nodes[r].name, "copies") for r in roots if nodes[r].copy and nodes[r] is not first]


def _fitted(nodes: dict[str, _Node], parents: dict[str, list[str]], ordered: Sequence[Member], labels: _Labels) -> str:
    """Return the line with as many outlets named as leave it short."""
    line = _line(nodes, parents, ordered, labels)
    while len(line) > _LINE and labels.each > 1:
        labels = replace(labels, each=labels.each - 1)
        line = _line(nodes, parents, ordered, labels)
    return line


def _line(nodes: dict[str, _Node], parents: dict[str, list[str]], ordered: Sequence[Member], labels: _Labels) -> str:
    """Write 'root → who took it, who took it'; separate origins stand apart by '; '.

    An office or a person whose word it is stands in front of who reported it first: 'Police → Yonhap → Ukrinform'.
    """
    if not ordered:
        return ""
    today = labels.today or ordered[-1].at.astimezone(labels.zone).date()
    said = [ident for ident, node in nodes.items() if node.first is None and not can_publish(node.name)]
    outlets = {ident: [each for each in parents[ident] if each not in said] for ident in nodes if ident not in said}

    def label(ident: str) -> str:
        return labels.label(nodes[ident], today)

    own = outlet_id(ordered[0].source)
    heads = [ident for ident, origins in outlets.items() if not origins and (not nodes[ident].copy or ident == own)]
    groups: dict[tuple[str, ...], list[str]] = {(ident,): [] for ident in heads}
    for ident in sorted(outlets, key=lambda ident: nodes[ident].at):
        if ident not in heads:
            groups.setdefault(_origins(outlets, ident, heads) or (own,), []).append(ident)
    taken = {ident for key in groups if len(key) > 1 for ident in key}
    shown = [(key, members) for key, members in groups.items() if members or len(key) > 1 or key[0] not in taken]
    shown.sort(key=lambda group: min(nodes[i].at for i in (*group[0], *group[1])))
    parts: dict[tuple[str, ...], list[str]] = {}  # by whose word it is
    for number, (key, rest) in enumerate(shown):
        word = tuple(ident for ident in said if any(_reaches(parents, each, ident) for each in (*key, *rest)))
        part = labels.joined(" + ".join(map(label, key)), list(map(label, rest)))
        parts.setdefault((*word, *([str(number)] if rest or not word else [])), []).append(part)
    lines = [_spoken([label(each) for each in key if each in said], found, labels) for key, found in parts.items()]
    return "; ".join([*lines[: labels.each], *labels.more(len(lines))])


def _spoken(said: Sequence[str], reported: Sequence[str], labels: _Labels) -> str:
    """Return what was reported, with those in front whose word it is."""
    if not said:
        return "; ".join(reported)
    return labels.joined(" + ".join([*said[: labels.each], *labels.more(len(said))]), reported)


def _origins(parents: dict[str, list[str]], ident: str, heads: Sequence[str]) -> tuple[str, ...]:
    """Return the roots that `ident` goes back to, in the order of `heads`."""
    return tuple(root for root in heads if root != ident and _reaches(parents, ident, root))
