"""Stories and their members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, Select, bindparam, case, delete, func, insert, or_, select, update

from monitor.errors import StoreError
from monitor.model import GroupingDecision, GroupingDeed, JoinReason, JoinRule, Member, MuteKind, Relation, Story
from monitor.store import codec
from monitor.store.base import Repository, insert_into
from monitor.store.columns import Moment
from monitor.store.schema import articles, grouping_decisions, mutes, stories, story_members
from monitor.store.trends import add_sums, story_sums

_OPENED_BY = select(stories.c.id).where(stories.c.opened_by == bindparam("article"))
_HOME = select(story_members.c.story_id).where(
    story_members.c.article_id == bindparam("article"), story_members.c.relation != Relation.RELATED
)
_TOUCH = (
    update(stories)
    .where(stories.c.id == bindparam("story"))
    .values(
        updated_at=case(
            (stories.c.updated_at > bindparam("at", type_=Moment()), stories.c.updated_at),
            else_=bindparam("at", type_=Moment()),
        )
    )
)
_KEEP_REASON = update(story_members).where(
    story_members.c.story_id == bindparam("story"),
    story_members.c.article_id == bindparam("article"),
    story_members.c.rule.is_(None),
)
_STORY = select(stories).where(stories.c.id == bindparam("story"))
_AT = func.coalesce(articles.c.published, articles.c.seen_at).label("at")
_MEMBERS: Select[Any] = (
    select(story_members, articles.c.source, articles.c.language, articles.c.title, articles.c.url, _AT)
    .join(articles, articles.c.id == story_members.c.article_id)
    .where(story_members.c.story_id == bindparam("story"))
    .order_by(_AT, articles.c.id)
)
_MUTED = select(mutes.c.key).where(
    mutes.c.kind == MuteKind.STORY,
    mutes.c.key == bindparam("story"),
    or_(mutes.c.until.is_(None), mutes.c.until > bindparam("now")),
)


@cache
def _opening(dialect: str) -> Executable:
    opening = insert_into(dialect, stories).on_conflict_do_nothing(index_elements=[stories.c.opened_by])
    return opening.returning(stories.c.id)


@cache
def _joining(dialect: str) -> Executable:
    # Whichever rule forbids the row: another judge may have written it since this one looked.
    return insert_into(dialect, story_members).on_conflict_do_nothing().returning(story_members.c.story_id)


class Stories(Repository):
    """The tables `stories` and `story_members`."""

    def create_story(self, at: datetime, opened_by: int | None = None) -> int:
        """Open a story by its first article; return its id, or that of the story that the article opened before."""
        values = {"created_at": at, "updated_at": at, "opened_by": opened_by}
        story_id: int | None = self.connection.scalar(_opening(self.dialect), values)
        if story_id is not None:
            return story_id
        known_id: int = self.connection.execute(_OPENED_BY, {"article": opened_by}).scalar_one()
        return known_id

    def join_story(self, story_id: int, article_id: int, relation: Relation, cites: Sequence[str], at: datetime) -> int:
        """Add an article to a story, or update whom it cites where it is a member already: how it joined stays.

        Return the id of the story that the article is in: where it is in another one, nothing is changed. `related` is
        no membership, and may be said of many stories.
        """
        values = {"story_id": story_id, "article_id": article_id, "relation": relation, "joined_at": at}
        added = self.connection.scalar(_joining(self.dialect), values | {"cites": codec.texts_to_json(cites)})
        if added is None:
            home = self.story_of(article_id)
            if relation is not Relation.RELATED and home not in (None, story_id):
                return home
            known = story_members.c.story_id == story_id, story_members.c.article_id == article_id
            # An edited article is a version of itself, which says nothing of how it stands to the others.
            stays = case((story_members.c.relation == Relation.RELATED, relation), else_=story_members.c.relation)
            kept = {"relation": stays, "cites": codec.texts_to_json(cites)}
            self.connection.execute(update(story_members).where(*known).values(**kept))
        self.connection.execute(_TOUCH, {"story": story_id, "at": at})
        return story_id

    def story_of(self, article_id: int) -> int | None:
        """Return the id of the story that the article is in; None where it is in none."""
        found: int | None = self.connection.scalar(_HOME, {"article": article_id})
        return found

    def keep_reason(self, story_id: int, article_id: int, reason: JoinReason) -> None:
        """Store why an article joined a story; a reason that is stored already stays."""
        values = {
            "rule": reason.rule,
            "of_article": reason.of,
            "score": reason.score,
            "shared": codec.shared_to_json(reason.terms, reason.names),
        }
        self.connection.execute(_KEEP_REASON, values | {"story": story_id, "article": article_id})

    def story(self, story_id: int) -> Story:
        """Return a story with its members, oldest first. Raises StoreError where there is none."""
        row = self.connection.execute(_STORY, {"story": story_id}).one_or_none()
        if row is None:
            raise StoreError(f"there is no story {story_id}", retryable=False)
        members = tuple(_member(member) for member in self.connection.execute(_MEMBERS, {"story": story_id}))
        return Story(
            row.id, row.created_at, row.updated_at, members, muted=self._is_muted(row.id), opened_by=row.opened_by
        )

    # ------------------------------------------------------------------ by hand

    def split_story(self, story_id: int, article_ids: Sequence[int], at: datetime) -> int:
        """Move articles of a story into one of their own, which the first of them opens; return its id.

        Where that one opened a story before, which was merged since, it goes back there.
        """
        first, *_ = article_ids
        own = self.create_story(at, first)
        self._regroup(article_ids, story_id, own, at)
        opener = story_members.c.story_id == own, story_members.c.article_id == first
        values = {
            "relation": Relation.FIRST,
            "rule": JoinRule.SPLIT,
            "of_article": first,
            "score": 1.0,
            "shared": "[]",
        }
        self.connection.execute(update(story_members).where(*opener).values(**values))
        return own

    def merge_stories(self, kept: int, gone: int, at: datetime, reason: JoinReason | None = None) -> None:
        """Move all articles of the story `gone` into `kept`; `gone` stays, without any.

        `reason` is why its opener is in `kept` now (default: somebody put it there by hand).
        """
        moved = [member for member in self.story(gone).members if member.relation is not Relation.RELATED]
        reason = reason or JoinReason(JoinRule.OPERATOR, self.story(kept).members[0].article_id)
        self._regroup([member.article_id for member in moved], gone, kept, at)
        for member in moved:
            if member.relation is Relation.FIRST:
                row = story_members.c.story_id == kept, story_members.c.article_id == member.article_id
                values = {
                    "relation": Relation.SAME,
                    "rule": reason.rule,
                    "of_article": reason.of,
                    "score": reason.score,
                }
                shared = codec.shared_to_json(reason.terms, reason.names)
                self.connection.execute(update(story_members).where(*row).values(shared=shared, **values))

    def _regroup(self, article_ids: Sequence[int], story_id: int, to: int, at: datetime) -> None:
        before = story_sums(self.connection, [story_id, to])
        moved = story_members.c.article_id.in_(article_ids)
        # What was only related to the other story is a member of it now.
        self.connection.execute(delete(story_members).where(story_members.c.story_id == to, moved))
        member = story_members.c.relation != Relation.RELATED
        moving = update(story_members).where(story_members.c.story_id == story_id, moved, member)
        self.connection.execute(moving.values(story_id=to))
        add_sums(self.connection, before, story_sums(self.connection, [story_id, to]))
        for each in (story_id, to):
            self.connection.execute(_TOUCH, {"story": each, "at": at})

    def keep_grouping(self, decision: GroupingDecision) -> None:
        """Store a split or merge by hand."""
        values = {"deed": decision.deed, "user_id": decision.user, "at": decision.at}
        pair = {"one": codec.grouped_to_json(decision.one), "other": codec.grouped_to_json(decision.other)}
        self.connection.execute(insert(grouping_decisions).values(**values, **pair))

    def grouping_decisions(self) -> list[GroupingDecision]:
        """Return all splits and merges by hand, oldest first."""
        rows = self.connection.execute(select(grouping_decisions).order_by(grouping_decisions.c.id))
        return [
            GroupingDecision(
                deed=GroupingDeed(row.deed),
                user=row.user_id,
                at=row.at,
                one=codec.grouped_from_json(row.one),
                other=codec.grouped_from_json(row.other),
            )
            for row in rows
        ]

    def _is_muted(self, story_id: int) -> bool:
        return self.connection.scalar(_MUTED, {"story": str(story_id), "now": self.now()}) is not None


def _member(row: Row[Any]) -> Member:
    return Member(
        article_id=row.article_id,
        source=row.source,
        language=row.language,
        title=row.title,
        url=row.url,
        at=row.at,
        relation=Relation(row.relation),
        cites=codec.texts_from_json(row.cites),
        reason=_reason(row),
    )


def _reason(row: Row[Any]) -> JoinReason | None:
    """Return why a member joined; None where that is not kept, or by a rule of a newer version."""
    if row.rule not in set(JoinRule):
        return None
    return JoinReason(JoinRule(row.rule), row.of_article, row.score, *codec.shared_from_json(row.shared))
