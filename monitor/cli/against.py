"""How an article stands to a story that is kept: `monitor explain --against STORY`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from monitor.config.load import Config
    from monitor.model import Article, JoinReason, Story
    from monitor.story.assign import Assignment, Bridge
    from monitor.story.features import Features
    from monitor.story.index import StoryIndex

_BATCH = 500  # articles of one query


def compare(config: Config, article: Article, story_id: int) -> dict[str, Any]:
    """Return whether an article would join a story, by which rule or against which fact.

    It is compared with all articles that were live beside the story, as the daemon does. {"story", "joins", "answer",
    "fact", "with", "relation", "rule", "score", "terms", "names"}: `fact` is what contradicts, `with` the title of the
    member that it contradicts or resembles; the last five are the reason of its join, also where it joins another
    story.
    Raises click.UsageError where there is no such story.
    """
    from monitor.cli.stories import entity_finder, vector_maker
    from monitor.errors import StoreError
    from monitor.story.attribution import citations
    from monitor.story.features import features

    try:
        index, story = _live(config, story_id)
    except StoreError as error:
        raise click.UsageError(str(error)) from error
    article = replace(article, seen_at=article.seen_at or article.published or story.updated_at)
    found = features(article, entity_finder()(article), citations(article), vector=vector_maker()(article))
    titles = {member.article_id: member.title for member in story.members}
    placed = index.assign_features(found, None, now=story.updated_at)
    if placed.story_id == story_id and placed.reason:
        other = titles.get(placed.reason.of)
        return _answer(story_id, f"{_why(placed)}, with «{other}»", joins=True, other=other, placed=placed)
    against = _contradiction(index, story_id, found)
    if against:
        fact, ident = against
        return _answer(
            story_id, f"kept apart by {fact}, with «{titles.get(ident)}»", fact=fact, other=titles.get(ident)
        )
    bridge = placed.bridge
    if bridge is not None and bridge.story == story_id:
        sure = f"{bridge.score:.2f}{_shared(bridge)}"
        return _answer(
            story_id,
            f"it joins story {placed.story_id}, and makes this one part of the older of both: {sure}",
            other=titles.get(bridge.nearest),
            placed=placed,
        )
    if placed.story_id is not None:
        return _answer(story_id, f"it joins story {placed.story_id} instead: {_why(placed)}", placed=placed)
    near = "near, and not near enough" if story_id in placed.related else "not alike"
    return _answer(story_id, near)


def _answer(
    story: int,
    answer: str,
    *,
    joins: bool = False,
    fact: str | None = None,
    other: str | None = None,
    placed: Assignment | None = None,
) -> dict[str, Any]:
    reason = placed.reason if placed else None
    return {
        "story": story,
        "joins": joins,
        "answer": answer,
        "fact": fact,
        "with": other,
        "relation": placed.relation.value if placed else None,
        "rule": reason.rule.value if reason else None,
        "score": reason.score if reason else None,
        "terms": list(reason.terms) if reason else [],
        "names": list(reason.names) if reason else [],
    }


def _why(placed: Assignment) -> str:
    """Return the reason of a join in a line: 'words 0.45, launch, Sunan'."""
    if placed.reason is None:
        return "the same article"
    return f"{placed.reason.rule.value} {placed.reason.score:.2f}{_shared(placed.reason)}"


def _shared(reason: JoinReason | Bridge) -> str:
    """Return what two articles share: ', launch, Sunan, names: Kim Jong Un'."""
    names = [f"names: {', '.join(reason.names)}"] if reason.names else []
    return "".join(f", {each}" for each in (*reason.terms, *names))


def _contradiction(index: StoryIndex, story: int, found: Features) -> tuple[str, int] | None:
    """Return the fact by which a member of a story contradicts an article, and the member."""
    pairs = ((index.contradicts(member, found), member) for member in index.members.get(story, ()))
    return next(((fact, member) for fact, member in pairs if fact), None)


def _live(config: Config, story_id: int) -> tuple[StoryIndex, Story]:
    """Return a story, and an index of the articles that were live beside it, as far as their features are kept."""
    from monitor.cli.archive import open_archive
    from monitor.story import kept
    from monitor.story.index import StoryIndex

    store = open_archive(config)
    try:
        with store.begin() as tx:
            story = tx.story(story_id)
            index = StoryIndex()
            beside = timedelta(seconds=index.window)
            ids = tx.live_ids(story.created_at - beside, story.updated_at + beside)
            for start in range(0, len(ids), _BATCH):
                for row in tx.live_articles(ids[start : start + _BATCH]):
                    if row.kept is not None and row.kept.version in kept.READABLE:
                        index.insert_entry(row.id, row.story_id, kept.load_entry(row.kept.data))
    finally:
        store.close()
    return index, story
