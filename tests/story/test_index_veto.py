"""No article joins a story of which any member contradicts it, whoever proposes the join, in whichever order."""

from __future__ import annotations

from itertools import permutations

import pytest
from doubles import stories as news
from doubles.stories import Newsroom, article

from monitor.model import Article
from monitor.story.features import article_facts
from monitor.story.index import StoryIndex

KOREAN_EAST = (
    "(서울=연합뉴스) 김기자 기자 = 북한이 9일 오전 7시 10분께 평양 순안 일대에서 동해상으로 단거리 탄도미사일 2발을 발사했다고 "
    "합동참모본부가 밝혔다.\n\n군은 경계를 강화했다."
)
UKRAINIAN_WEST = (
    "Північна Корея у четвер увечері запустила кілька крилатих ракет у бік Жовтого моря, пише Yonhap.\n\n"
    "Пуски зафіксували близько 23:45 в районі Нампхо."
)
LAUNCHES = (
    ("east", article("Yonhap", "en", "08:00", "N. Korea fires two ballistic missiles toward East Sea", news.LAUNCH_EAST)),
    ("east", article("연합뉴스", "ko", "08:20", "북한, 동해상으로 단거리 탄도미사일 2발 발사", KOREAN_EAST)),
    ("west", article("Yonhap", "en", "15:00", "N. Korea fires cruise missiles into Yellow Sea", news.LAUNCH_WEST)),
    ("west", article("Ukrinform", "uk", "15:30", "КНДР запустила крилаті ракети в Жовте море", UKRAINIAN_WEST)),
)  # fmt: skip
ENTITIES = frozenset({"DPRK", "Cruise missile", "Ballistic missile"})


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=range(24))
def test_two_launches_on_one_day_are_two_stories_in_every_order(order: tuple[int, ...]) -> None:
    room = Newsroom()
    events: dict[int, set[str]] = {}
    for at in order:
        event, each = LAUNCHES[at]
        room.publish(each, ENTITIES)
        events.setdefault(room.stories[-1], set()).add(event)
    assert all(len(found) == 1 for found in events.values())


def test_a_translation_does_not_lead_another_meeting_in() -> None:
    seoul = article(
        "Yonhap", "en", "09:00", "S. Korea, Japan ministers discuss chip supply in Seoul",
        "The trade ministers of South Korea and Japan, Ahn Duk-geun and Ken Saito, discussed the supply of chips in Seoul.",
    )  # fmt: skip
    korean = article(
        "연합뉴스", "ko", "09:20", "한일 산업장관, 서울에서 반도체 공급 논의",
        "안덕근 산업통상자원부 장관과 사이토 겐 일본 경제산업상이 9일 서울에서 만나 반도체 공급 문제를 논의했다.",
    )  # fmt: skip
    tokyo = article(
        "Kyodo", "en", "18:00", "Japan, S. Korea ministers meet again in Tokyo on chip supply",
        "The trade ministers of Japan and South Korea, Ken Saito and Ahn Duk-geun, met again in Tokyo on the supply of chips.",
    )  # fmt: skip
    room = Newsroom()
    entities = frozenset({"Japan", "ROK"})
    for each in (seoul, korean):
        room.publish(each, entities)
    placed = room.publish(tokyo, entities)
    assert placed.story_id is None


def test_the_fact_is_named_and_asked_for_once() -> None:
    index = StoryIndex()
    east = Article(**{name: getattr(LAUNCHES[0][1], name) for name in Article.__slots__} | {"id": 1})
    index.add(east, 7)
    found = index.place(LAUNCHES[2][1]).features
    assert index.veto(7, found) == index.veto(7, found) == "place"
    assert index.veto(7, index.place(east).features) is None
    again = index.place(LAUNCHES[2][1]).features
    assert index.veto(7, again, 1) is None


def test_facts_of_an_article_are_those_of_its_title_without_flags_and_its_lead() -> None:
    flagged = article("Yonhap", "en", "08:00", "(URGENT) N. Korea fires two ballistic missiles", news.LAUNCH_EAST)
    found = article_facts(flagged)
    assert found.places == {"Sunan"}
    assert "urgent" not in found.template


def test_a_teaser_of_a_reaction_is_no_copy_of_what_it_reacts_to() -> None:
    report = (
        "North Korea fired two short-range ballistic missiles from the Sunan area toward the East Sea on Thursday morning, "
        "the Joint Chiefs of Staff said, and added that both fell into the water outside of the exclusive economic zone."
    )
    room = news.Newsroom()
    room.publish(news.article("Gazette", "en", "08:00", "North Korea fires two missiles from Sunan", report))
    told = room.publish(
        news.article(
            "Herald",
            "en",
            "09:00",
            "Japan condemns missile launch",
            f"Tokyo was the first capital to speak and called it a threat to peace.\n\n{report[:120]}",
        )
    )
    assert (told.story_id, told.related) == (None, (1,))
    copied = room.publish(news.article("Courier", "en", "10:00", "Japan condemns missile launch, report says", report))
    assert copied.relation.value == "copy", "nearly all of the text is there"
