from __future__ import annotations

from collections.abc import Sized
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from doubles import stories as news
from doubles.stories import DAY, Newsroom, article, yonhap

from monitor.model import Article, Relation
from monitor.story.index import StoryIndex

EAST = "N. Korea fires 2 short-range ballistic missiles toward East Sea: JCS"
WEST = "N. Korea fires several cruise missiles into Yellow Sea: JCS"
LEAD = "Blinken says Russia giving technology to N.K. military programs"
DPRK = frozenset({"DPRK", "Russia", "Blinken", "US", "Seoul"})


def test_the_reference_case_is_one_story() -> None:
    room = Newsroom()
    room.publish(yonhap(11, 0, "07:20", EAST, news.LAUNCH_EAST), frozenset({"DPRK", "South Korea"}))
    flash = f"(URGENT) {LEAD}"
    assert room.publish(yonhap(20, 0, "08:50", flash, news.BLINKEN_FLASH), DPRK).relation is Relation.FIRST
    lead = room.publish(yonhap(20, 51, "09:12", f"(LEAD) {LEAD}", news.BLINKEN), DPRK)
    assert (lead.story_id, lead.relation) == (2, Relation.VERSION)
    room.publish(yonhap(30, 0, "09:20", "Exports rise 3.2 pct in first 10 days of Nov.", news.TRADE))
    title = "Росія допомагає КНДР розвивати військові програми - Блінкен"
    rewrite = room.publish(article("Ukrinform", "uk", "09:40", title, news.UKRINFORM), DPRK)
    assert (rewrite.story_id, rewrite.relation) == (2, Relation.SAME)
    fourth = room.publish(yonhap(21, 53, "10:12", f"(4th LD) {LEAD}", news.BLINKEN_LONG), DPRK)
    assert (fourth.story_id, fourth.relation) == (2, Relation.VERSION)
    assert room.stories == [1, 2, 2, 4, 2, 2]


def test_the_rewrite_joins_by_names_alone() -> None:
    room = Newsroom()
    room.publish(yonhap(20, 0, "09:12", LEAD, news.BLINKEN))
    room.publish(yonhap(11, 0, "09:20", EAST, news.LAUNCH_EAST))
    title = "Росія допомагає КНДР розвивати військові програми - Блінкен"
    assert room.publish(article("Ukrinform", "uk", "09:40", title, news.UKRINFORM)).story_id == 1


def test_the_rewrite_of_a_story_not_seen_joins_no_other() -> None:
    room = Newsroom()
    room.publish(
        yonhap(11, 0, "07:20", EAST, news.LAUNCH_EAST), frozenset({"DPRK", "US", "Seoul", "Ballistic missile"})
    )
    room.publish(yonhap(30, 0, "09:20", "Exports rise 3.2 pct", news.TRADE), frozenset({"Seoul", "South Korea"}))
    title = "Росія допомагає КНДР розвивати військові програми - Блінкен"
    rewrite = article("Ukrinform", "uk", "09:40", title, news.UKRINFORM)
    assert room.publish(rewrite, DPRK | {"Ballistic missile"}).story_id is None


def test_the_origin_that_comes_later_joins_too() -> None:
    room = Newsroom()
    title = "Росія допомагає КНДР розвивати військові програми - Блінкен"
    room.publish(article("Ukrinform", "uk", "09:40", title, news.UKRINFORM), DPRK)
    assert room.publish(yonhap(20, 51, "09:12", LEAD, news.BLINKEN), DPRK).story_id == 1


def test_two_launches_of_one_day_are_two_stories() -> None:
    room = Newsroom()
    room.publish(yonhap(11, 0, "07:20", EAST, news.LAUNCH_EAST))
    assert room.publish(yonhap(40, 0, "23:55", WEST, news.LAUNCH_WEST)).story_id is None


def test_a_copy_in_another_outlet() -> None:
    room = Newsroom()
    room.publish(yonhap(20, 0, "09:12", LEAD, news.BLINKEN))
    cut = news.BLINKEN.partition("\n\nPark said")[0].replace("(Yonhap) -- ", "")
    copy = room.publish(article("Korea Times", "en", "10:00", "Russia arms North, top envoy says", cut))
    assert (copy.story_id, copy.relation) == (1, Relation.COPY)


@pytest.mark.parametrize(
    ("title", "flagged"),
    [
        (LEAD, f"(News Focus) {LEAD}"),
        ("북한, 러시아에 무기 제공 정황 확인", "[단독] 북한, 러시아에 무기 제공 정황 확인"),
    ],
)
def test_features_are_never_folded(title: str, flagged: str) -> None:
    room = Newsroom()
    room.publish(yonhap(20, 0, "09:12", title, news.BLINKEN))
    assert room.publish(yonhap(21, 0, "12:00", flagged, news.BLINKEN)).story_id is None
    # Nor does a later version of the news take the feature for its chain.
    later = room.publish(yonhap(22, 0, "12:10", f"(LEAD) {title}", news.BLINKEN_LONG))
    assert (later.story_id, later.relation) == (1, Relation.VERSION)


def test_a_news_summary_joins_nothing_and_gathers_nothing() -> None:
    room = Newsroom()
    room.publish(yonhap(20, 0, "09:12", LEAD, news.BLINKEN))
    digest = f"{news.BLINKEN}\n\n{news.LAUNCH_EAST}\n\n{news.TRADE}"
    assert room.publish(yonhap(50, 0, "10:00", "Yonhap News Summary", digest)).story_id is None
    assert room.publish(yonhap(30, 0, "10:20", "Exports rise 3.2 pct", news.TRADE)).story_id is None


def test_the_same_address_is_the_same_article() -> None:
    room = Newsroom()
    url = "https://www.ukrinform.ua/rubric-world/3784512-rosia.html"
    room.publish(article("Ukrinform", "uk", "09:40", "Перша назва", news.UKRINFORM, url))
    moved = "https://www.ukrinform.ua/rubric-polytics/3784512-insa-nazva.html?utm_source=x"
    again = room.publish(article("Ukrinform", "uk", "09:50", "Зовсім інше", "Коротко про погоду.", moved))
    assert (again.story_id, again.relation) == (1, Relation.VERSION)


def test_the_same_guid_counts_within_an_outlet_only() -> None:
    room = Newsroom()
    room.publish(article("Ukrinform", "uk", "09:40", "Вибори в Польщі", "Поляки обирають сейм.", guid="77"))
    other = article("Yonhap", "en", "09:50", "Exports rise", news.TRADE, guid="77")
    assert room.publish(other).story_id is None
    assert room.publish(article("Ukrinform", "uk", "10:40", "Інше", "Погода на завтра.", guid="77")).story_id == 1


def test_a_title_that_comes_back_with_other_news_is_no_version() -> None:
    room = Newsroom()
    title = "Ситуація на фронті: головне за вечір"
    texts = (
        "Сили оборони відбили атаки під Авдіївкою, знищено п'ять танків. ",
        "Порти Одещини знову приймають судна з зерном. ",
    )
    for hour, text in zip(("09:40", "20:40"), texts, strict=True):
        body = "\n\n".join(" ".join(f"{word}{n}" for word in text.split()) for n in range(12))
        room.publish(article("Ukrinform", "uk", hour, title, body))
    assert room.stories == [1, 2]


def test_the_same_title_within_two_days_is_a_version() -> None:
    room = Newsroom()
    room.publish(article("Ukrinform", "uk", "09:40", "Зеленський прибув до Вільнюса", "Президент прибув."))
    later = article("Ukrinform", "uk", "12:40", "Зеленський прибув до Вільнюса (оновлено)", "Литва зустріла гостя.")
    assert room.publish(later).relation is Relation.VERSION
    old = article("Ukrinform", "uk", "12:50", "Зеленський прибув до Вільнюса", "Литва знову зустріла гостя.")
    assert (
        room.publish(replace(old, published=DAY + timedelta(days=4), seen_at=DAY + timedelta(days=4))).story_id is None
    )


def test_an_edited_article_stays_in_its_story_and_is_counted_once() -> None:
    index = StoryIndex()
    first = replace(yonhap(20, 0, "09:12", LEAD, news.BLINKEN), id=1)
    index.add(first, 9)
    edited = replace(first, title="Exports rise", text=news.TRADE)
    assert index.assign(edited, now=edited.when).story_id == 9
    index.add(edited, 9)
    assert len(index) == 1


def test_what_is_older_than_the_window_is_forgotten() -> None:
    room = Newsroom()
    room.publish(yonhap(20, 0, "09:12", LEAD, news.BLINKEN))
    room.publish(yonhap(30, 0, "12:20", "Exports rise 3.2 pct", news.TRADE))
    room.index.forget(DAY + timedelta(hours=10))
    assert list(room.index.members) == [2]
    assert room.publish(yonhap(20, 51, "12:30", f"(LEAD) {LEAD}", news.BLINKEN)).story_id is None
    room.index.forget(DAY + timedelta(days=9))
    assert len(room.index) == 0
    index = room.index
    kept: tuple[Sized, ...] = (
        index._grams,
        index._keys,
        index._identity,
        index._frequency,
        *index._stems.values(),
        index._ages,
    )
    assert [len(table) for table in kept] == [0] * len(kept)
    assert room.index.last_id == 3


def test_an_article_without_an_id_cannot_be_added() -> None:
    with pytest.raises(ValueError, match="id"):
        StoryIndex().add(yonhap(20, 0, "09:12", LEAD, news.BLINKEN), 1)


def test_a_date_far_ahead_does_not_hide_a_story() -> None:
    room = Newsroom()
    room.publish(yonhap(20, 0, "09:12", LEAD, news.BLINKEN))
    ahead = replace(yonhap(21, 0, "09:20", LEAD, news.BLINKEN_LONG), published=datetime(2031, 1, 1, tzinfo=UTC))
    assert room.index.assign(ahead, now=DAY + timedelta(hours=10)).story_id == 1


def test_empty_and_odd_articles_open_their_own_stories() -> None:
    room = Newsroom()
    for title, text in (("", "."), ("?", ""), ("123", "456"), ("", "\x00" * 50), ("😀", "😀 " * 500)):
        room.publish(article("X", "und", "09:00", title, text))
    assert room.stories == [1, 2, 3, 4, 5]


def daily(day: int, killed: str, total: str, tanks: str, new: str) -> Article:
    title = f"Сили оборони ліквідували за добу {killed} російських загарбників"
    text = (
        f"Від початку вторгнення по {day} листопада Сили оборони ліквідували близько {total} загарбників, з них {killed} "
        f"за добу.\n\nПро це повідомив Генеральний штаб. Знищено {tanks} танків (+{new})."
    )
    at = DAY + timedelta(days=day - 9)
    return replace(article("Ukrinform", "uk", "06:00", title, text), published=at, seen_at=at)


def test_a_daily_report_is_a_new_story_every_day() -> None:
    room = Newsroom()
    room.publish(daily(9, "950", "307 630", "5 320", "12"))
    assert room.publish(daily(10, "1 100", "308 720", "5 334", "14")).story_id is None


def test_strikes_on_two_cities_are_two_stories() -> None:
    room = Newsroom()
    rows = [
        ("Ukrinform", "09:00", "Росіяни вдарили по Одесі, є поранені", ("Російські війська завдали удару по Одесі, поранено "
         "трьох людей, повідомив начальник ОВА Олег Кіпер.\n\nПошкоджено порт і житлові будинки.")),
        ("Ukrinform", "12:00", "Росіяни вдарили по Харкову, є поранені", ("Російські війська завдали удару по Харкову, "
         "поранено п'ятьох людей, повідомив начальник ОВА Олег Синєгубов.\n\nПошкоджено житлові будинки та лікарню.")),
        ("УНІАН", "09:30", "Вранці окупанти атакували Одесу: троє поранених", ("В Одесі внаслідок удару поранено трьох "
         "людей, повідомив очільник ОВА Олег Кіпер. Пошкоджено порт.")),
    ]  # fmt: skip
    for source, at, title, text in rows:
        room.publish(article(source, "uk", at, title, text))
    assert room.stories == [1, 2, 1]


def test_two_earthquakes_are_two_stories() -> None:
    room = Newsroom()
    rows = [
        ("Reuters", "05:00", "Magnitude 6.1 earthquake strikes off eastern Taiwan", ("A magnitude 6.1 earthquake struck off "
         "eastern Taiwan on Thursday, the weather bureau said. There were no immediate reports of damage.")),
        ("AP", "09:00", "Magnitude 5.8 earthquake strikes central Japan", ("A magnitude 5.8 earthquake struck central Japan "
         "on Thursday, the Meteorological Agency said. There were no immediate reports of damage.")),
        ("BBC", "05:40", "Taiwan shaken by strong earthquake", ("A strong earthquake with a magnitude of 6.1 shook Taiwan on "
         "Thursday, according to the weather bureau in Taipei.")),
    ]  # fmt: skip
    for source, at, title, text in rows:
        room.publish(article(source, "en", at, title, text))
    assert room.stories == [1, 2, 1]


@pytest.mark.parametrize("days", [400, 1, -1, -400])
def test_a_story_goes_on_over_a_wall_clock_that_was_set(days: int) -> None:
    room, step = Newsroom(), timedelta(days=days)
    room.publish(yonhap(20, 0, "09:12", f"(URGENT) {LEAD}", news.BLINKEN_FLASH), DPRK)
    undated = replace(article("Reuters", "en", "09:15", EAST, news.LAUNCH_EAST), published=None)
    room.publish(undated)
    room.index.shift(step.total_seconds())
    room.index.forget(DAY + step - timedelta(hours=62))
    assert len(room.index) == 2
    lead = yonhap(20, 51, "10:12", f"(LEAD) {LEAD}", news.BLINKEN)
    new = room.publish(replace(lead, seen_at=lead.when + step), DPRK)  # what the outlet says of its own date stays
    assert (new.story_id, new.relation) == (1, Relation.VERSION)
    again = room.publish(replace(undated, source="AFP", seen_at=undated.when + step))
    assert again.story_id == 2
    room.index.forget(DAY + step + timedelta(days=4))
    assert len(room.index) == 0


def test_articles_of_one_page_are_no_versions_of_each_other() -> None:
    url = "https://press.example/list"
    texts = ("Customs seized four crates of furs at a port.", "A choir from Jeju sang for pensioners on Sunday.")
    for prefix, title in (("part:", "Notice number one of the press room"), ("part:untitled:", "News in brief")):
        room = Newsroom()
        for n, text in enumerate(texts):
            item = article("Press", "en", f"0{n + 1}:00", title, text, url)
            assert room.publish(replace(item, key=f"{prefix}press.example/list#{n}")).relation is Relation.FIRST, title


def test_articles_that_were_regrouped_by_hand_lead_into_their_new_story() -> None:
    index = StoryIndex()
    for ident, title in ((1, "Launch of a missile at dawn near Sunan"), (2, "Farmers protest in Paris over wheat")):
        index.add(replace(article("Yonhap", "en", "08:00", title, f"{title}."), id=ident, key=str(ident)), 10)
    index.regroup({2: 20, 99: 20, 1: 10})
    assert {story: list(members) for story, members in index.members.items()} == {10: [1], 20: [2]}
    index.regroup({1: 20})
    assert list(index.members) == [20]
