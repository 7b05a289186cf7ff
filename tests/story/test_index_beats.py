"""What every article of a beat names is no evidence; a title alone, a flash and a reaction need more than words."""

from __future__ import annotations

from doubles.stories import Newsroom, article

from monitor.story.assign import Assignment

DPRK = frozenset({"DPRK"})
CHOIR = article(
    "Gazette", "en", "07:00", "North Korea sends a choir to the spring festival",
    "A North Korean choir left on Monday to sing at the spring festival, state media said.",
)  # fmt: skip
GOATS = article(
    "Herald", "en", "08:00", "North Korea counts its goats before the winter",
    "North Korea has begun to count its goats before the winter, state media said on Monday.",
)  # fmt: skip


def published(*articles: tuple[str, str, str, str], entities: frozenset[str] = frozenset()) -> list[Assignment]:
    room = Newsroom()
    return [room.publish(article(outlet, "en", at, title, text), entities) for outlet, at, title, text in articles]


def test_the_name_of_a_country_joins_nothing() -> None:
    room = Newsroom()
    room.publish(CHOIR, DPRK)
    assert room.publish(GOATS, DPRK).story_id is None


def test_names_of_towns_and_people_are_evidence() -> None:
    room = Newsroom()
    entities = frozenset({"Blinken", "Sunan", "no such entity"})
    room.publish(
        article("Gazette", "en", "07:00", "Blinken tours Sunan works", "Blinken walked the works of Sunan."), entities
    )
    second = article(
        "Herald", "en", "08:00", "Works of Sunan toured by Blinken", "In Sunan Blinken walked through works."
    )
    assert room.publish(second, entities).story_id == 1


def test_a_reaction_is_related() -> None:
    _, reaction = published(
        ("Gazette", "07:00", "EU adopts 14th package of sanctions", "The EU adopted its 14th package of sanctions on Monday."),
        ("Herald", "20:00", "Hungary says it will block the 14th package", "Hungary will block the EU's 14th package of sanctions."),
    )  # fmt: skip
    assert reaction.story_id is None
    assert reaction.related == (1,)


def test_a_reaction_is_related_to_a_story_that_many_told() -> None:
    adopted = "The EU adopted its 14th package of sanctions on North Korea on Monday in Brussels, ministers said"
    found = published(
        ("Yonhap", "07:00", "EU adopts 14th package of sanctions on N. Korea", f"{adopted} after a long meeting."),
        ("Yonhap", "07:30", "(LEAD) EU adopts 14th package of sanctions on N. Korea", f"{adopted}. It names forty firms."),
        ("Reuters", "08:00", "EU ministers adopt 14th sanctions package against North Korea in Brussels",
         "Ministers in Brussels on Monday adopted the 14th package of sanctions on North Korea, which names firms that trade in arms."),
        ("Herald", "20:00", "Hungary says it will block the 14th package on N. Korea", "Hungary will block the EU's 14th package of sanctions on North Korea."),
        entities=DPRK,
    )  # fmt: skip
    assert [each.story_id for each in found] == [None, 1, 1, None]
    assert found[3].related == (1,)


def test_a_flash_joins_by_facts() -> None:
    report = (
        "Gazette",
        "07:00",
        "North fires ballistic missile at 7:28 from Sunan",
        "The army saw a ballistic missile go up.",
    )
    _, bare = published(report, ("Yonhap", "07:05", "(URGENT) North fires missile", ""))
    assert bare.story_id is None
    _, sure = published(report, ("Yonhap", "07:35", "(URGENT) North fires ballistic missile from Sunan at 7:28", ""))
    assert sure.story_id == 1


def test_a_title_alone_needs_more() -> None:
    text = "The ferry Aurora, with forty on board, ran aground off Gull Rock in the night."
    first = ("Gazette", "07:00", "Ferry Aurora runs aground off Gull Rock", text)
    title = "Crew of grounded ferry tells of night aboard Aurora"
    _, told = published(first, ("Herald", "08:00", title, "Crew told of it."))
    _, alone = published(first, ("Herald", "08:00", title, ""))
    assert (told.story_id, alone.story_id) == (1, None)
    assert told.score > alone.score
