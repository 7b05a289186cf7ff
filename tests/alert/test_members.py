"""Whatever joins a story is seen in its alert: counted, and named where nothing else stands for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from doubles.sample_alerts import JOINED, UK
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert.content import _content
from monitor.alert.members import articles, other_titles
from monitor.alert.render.telegram import console, payload, telegram
from monitor.alert.sanitize import units
from monitor.model import Alert, JoinReason, JoinRule, Member, MessageKind, Relation

NOW = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)


def member(ident: int, source: str, title: str, relation: Relation = Relation.SAME) -> Member:
    return Member(ident, source, "en", title, None, NOW + timedelta(minutes=ident), relation)


def alert(*members: Member, headline: str = "Fire in Odesa", source: str = "Yonhap") -> Alert:
    return Alert(MessageKind.ALERT, headline, watchlist="Fires", source=source, language="en", members=members)


FIRST = member(1, "Yonhap", "Fire in Odesa", Relation.FIRST)


def test_titles_of_the_outlet_come_first_and_the_newest_before_the_others() -> None:
    others = [member(2, "Reuters", "Odesa burns"), member(3, "Reuters", "Rain"), member(4, "Yonhap", "Football")]
    found = alert(FIRST, *others, member(5, "Yonhap", "Grain"))
    assert (articles(found), other_titles(found)) == (5, ("Grain", "Football", "Rain"))


def test_what_only_repeats_a_title_is_counted_and_not_named() -> None:
    versions = [member(2, "Yonhap", "(LEAD) Fire in Odesa"), member(3, "Yonhap", "(2nd LD) FIRE  in Odesa")]
    found = alert(FIRST, *versions, member(4, "Reuters", "Fire in Odesa"), headline="(2nd LD) FIRE  in Odesa")
    assert (articles(found), other_titles(found)) == (4, ())
    shown = telegram(found, timezone="UTC").plain
    assert shown.endswith("2 outlets, 2 independent, 4 articles")


def test_what_is_only_related_is_neither() -> None:
    found = alert(FIRST, member(2, "Yonhap", "Football", Relation.RELATED))
    assert (articles(found), other_titles(found)) == (1, ())


def test_what_has_no_title_is_counted() -> None:
    found = alert(FIRST, member(2, "Yonhap", " "))
    assert telegram(found, timezone="UTC").plain.endswith("\n2 articles")


def test_a_title_that_is_nothing_but_a_flag_is_a_title() -> None:
    assert other_titles(alert(FIRST, member(2, "Yonhap", "(LEAD)"))) == ("(LEAD)",)


def test_other_titles_are_in_every_channel_and_leave_a_quote_its_place() -> None:
    long = replace(UK, headline="Дуже довгий заголовок " * 30, terms=("слово",) * 40, members=JOINED)
    shown = telegram(long, timezone="UTC")
    assert units(shown.plain) <= 900
    assert "КНДР" in shown.plain
    assert "7 articles" in shown.plain
    assert "Сибіга про допомогу Сеула" in console(replace(UK, members=JOINED), timezone="UTC")


def test_where_there_is_no_room_titles_are_left_out_and_still_counted() -> None:
    shown = telegram(replace(UK, members=JOINED), timezone="UTC", limit=330).plain
    assert "also:" not in shown
    assert "7 articles" in shown


def test_a_webhook_gets_the_reasons() -> None:
    joined = replace(member(2, "Reuters", "Odesa burns"), reason=JoinReason(JoinRule.WORDS, 1, 0.43, ("odesa", "fire")))
    first, second = payload(alert(FIRST, joined))["members"]
    assert (first["article"], first["reason"]) == (1, None)
    assert second["reason"] == {"rule": "words", "of": 1, "score": 0.43, "terms": ["odesa", "fire"]}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Yonhap", "Reuters", "Ukrinform", "UNN"]),
            st.sampled_from(["Fire in Odesa", "(LEAD) Fire in Odesa", "Football", "", "Rain " * 60]),
            st.sampled_from([Relation.VERSION, Relation.COPY, Relation.SAME]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_joins_changes_what_is_shown(rows: list[tuple[str, str, Relation]]) -> None:
    members = [FIRST, *(member(ident, *row) for ident, row in enumerate(rows, 2))]
    before, after = alert(*members[:-1]), alert(*members)
    assert _content(after) != _content(before)
    seen = [telegram(each, timezone="UTC").plain for each in (before, after)]
    assert seen[0] != seen[1]
    assert max(map(units, seen)) <= 900
