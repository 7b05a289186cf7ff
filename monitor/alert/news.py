"""What is new in an article that joined a story: changed numbers, an official's act, and the line that an edit says.

What a message has told stands in its alert: `figures` as its words are now, `rang` as they were when it last rang, so
that a change which could not ring at once rings with the next article.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from monitor.alert.context import AlertContext
from monitor.i18n import Phrases
from monitor.model import Alert, Article, Relation
from monitor.story.facts import CASUALTIES, LAUNCHED, LEAD, Facts, facts
from monitor.story.mentions import mentions
from monitor.story.outlets import OFFICE, can_publish, outlet_id
from monitor.story.revision import parse_title
from monitor.story.speakers import QUOTED, speaker

_KINDS = CASUALTIES | LAUNCHED  # other numbers change with what is counted
_QUOTATIONS = 12  # of an article, in which new speakers are looked for


def figures(article: Article) -> dict[str, str]:
    """Return the numbers of an article's title and lead by their kind; of dead and wounded the greatest.

    Where another kind has several numbers, none is the story's.
    """
    counts = _facts(article.title, article.text, article.source).counts
    found: dict[str, str] = {}
    for kind in sorted(_KINDS & counts.keys()):
        numbers = sorted(counts[kind], key=_value)
        if len(numbers) == 1 or kind in CASUALTIES:
            found[kind] = numbers[-1]
    return found


@lru_cache(maxsize=4)
def _facts(title: str, text: str, source: str) -> Facts:
    """Return an article's facts, found once: each of its messages, in each channel, asks for them."""
    return facts(parse_title(title, source).title, text, None)


def told(alert: Alert, context: AlertContext) -> Alert:
    """Return the alert with the numbers and official acts that the new article adds to it.

    More dead or wounded are believed of any outlet, another number only of the one that the message shows: others may
    count other things.
    """
    known = dict(alert.figures)
    own = context.article.source == alert.source
    for kind, number in figures(context.article).items():
        more = kind in CASUALTIES and _value(number) > _value(known.get(kind, "0"))
        if own or more or kind not in known:
            known[kind] = number
    known |= dict.fromkeys(official(context), "1")
    return replace(alert, figures=tuple(sorted(known.items())))


def official(context: AlertContext) -> frozenset[str]:
    """Return 'deny' or 'confirm' where the new article's title says that an office or an official does."""
    article, member = context.article, context.member
    acts = _facts(article.title, article.text, article.source).acts  # of the title, whatever the text
    if not acts:
        return frozenset()
    head = f"{article.title}\n{article.text[:LEAD]}"
    named = any(each.outlet.kind == OFFICE for each in mentions(head)[0])
    said = member is not None and any(not can_publish(name) for name in member.cites)
    return acts if named or said else frozenset()


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the numbers that differ, as (kind, before, after); a kind that was not told yet is no change."""
    return [(kind, before[kind], after[kind]) for kind in sorted(after) if before.get(kind, after[kind]) != after[kind]]


def reason(context: AlertContext, rang: Mapping[str, str], alert: Alert, phrases: Phrases) -> str | None:
    """Return which number changed, or which official act is new, since the story rang; None where nothing did."""
    if context.member is None or context.member.relation is Relation.COPY:
        return None
    after = dict(told(alert, context).figures)
    changes = rises(rang, after)
    if changes:
        return numbers(changes, phrases)
    act = max(after.keys() - _KINDS - rang.keys(), default=None)  # a denial before a confirmation
    return None if act is None else phrases.text(f"official {act}", source=context.member.source)


def rises(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the changes that are worth a ring: more dead, wounded or missing, or another number of a thing."""
    return [each for each in changed(before, after) if each[0] not in CASUALTIES or _value(each[2]) > _value(each[1])]


def numbers(changes: list[tuple[str, str, str]], phrases: Phrases) -> str:
    """Return changes in words: 'wounded 3 → 5'."""
    return ", ".join(
        phrases.text("figure", kind=phrases.text(f"figure {kind}"), before=before, after=after)
        for kind, before, after in changes
    )


def line(context: AlertContext, shown: Alert, now: Alert, phrases: Phrases) -> str | None:
    """Return what an edit says is new: '4th LD: adds remarks by Park', '+ Ukrinform: …', 'wounded 3 → 5'."""
    member = context.member
    if member is None:
        return None
    parts = [numbers(changed(dict(shown.figures), dict(now.figures)), phrases)]
    if context.before is not None or member.relation is Relation.VERSION:
        parts.append(_version(context, shown, phrases))
    elif member.relation is Relation.COPY:
        parts.append(phrases.text("news copy", source=member.source))
    elif now.headline == member.title:
        parts.append(phrases.text("news front", source=member.source))  # it stands in front now
    else:
        parts.append(phrases.text("news outlet", source=member.source, title=member.title))
    return " · ".join(filter(None, parts))


def _version(context: AlertContext, shown: Alert, phrases: Phrases) -> str:
    article = context.article
    parsed = parse_title(article.title, article.source)
    flag = parsed.flags[0].strip("()[]<>") if parsed.flags else phrases.text("new version")
    other = outlet_id(article.source) != outlet_id(shown.source or "")
    if other:
        flag = f"{article.source}, {flag}"
    new = _new_speaker(context)
    if new is not None:
        return phrases.text("news remarks", version=flag, name=new)
    same = parsed.title.casefold() == parse_title(shown.headline, shown.source).title.casefold()
    return flag if same else phrases.text("news version", version=flag, title=parsed.title)


def _new_speaker(context: AlertContext) -> str | None:
    """Return who speaks in this version and did not in the one before; None where that is gone, or nobody."""
    reason = context.member.reason if context.member else None
    former = context.articles.get(reason.of) if reason else None
    if former is None:
        return None
    before = former.document
    return next((name for name in _speakers(context.article.document) if name.split()[-1] not in before), None)


def _speakers(document: str) -> list[str]:
    spans = [match.span() for match in QUOTED.finditer(document)][:_QUOTATIONS]
    return [name for start, end in spans if (name := speaker(document, start, end)) is not None]


def _value(number: str) -> float:
    try:
        return float(number)
    except ValueError:
        return 0.0
