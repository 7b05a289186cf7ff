from __future__ import annotations

import pytest

from monitor.story.revision import is_digest, parse_title

CASES = [
    ("(URGENT) N. Korea fires missile", "N. Korea fires missile", True, 0, False),
    ("(LEAD) N. Korea fires missile", "N. Korea fires missile", False, 1, False),
    ("(2nd LD) N. Korea fires missile", "N. Korea fires missile", False, 2, False),
    ("(11th LD) N. Korea fires missile", "N. Korea fires missile", False, 11, False),
    ("(News Focus) What the missile means", "What the missile means", False, None, True),
    ("(LEAD) (Yonhap Interview) Envoy on talks", "Envoy on talks", False, 1, True),
    ("(EDITORIAL from Korea Housekeeping on Nov. 9) Wake up", "Wake up", False, None, True),
    ("[속보] 북한, 미사일 발사", "북한, 미사일 발사", True, 0, False),
    ("[1보] 북한, 미사일 발사", "북한, 미사일 발사", True, 0, False),
    ("북한, 미사일 발사(2보)", "북한, 미사일 발사", False, 2, False),
    ("북한, 미사일 발사(종합)", "북한, 미사일 발사", False, 1, False),
    ("북한, 미사일 발사(종합2보)", "북한, 미사일 발사", False, 2, False),
    ("북한, 미사일 발사 (상보)", "북한, 미사일 발사", False, 1, False),
    ("(Chronology) N. Korean launches this year", "N. Korean launches this year", False, None, True),
    ("[일지] 북한 미사일 발사", "북한 미사일 발사", False, None, True),
    ("[단독] 북한, 미사일 발사", "북한, 미사일 발사", False, None, True),
    ("UPDATE 3-Oil rises on talks", "Oil rises on talks", False, 3, False),
    ("RPT-Oil rises on talks", "Oil rises on talks", False, None, False),
    ("ТЕРМІНОВО: вибухи в Одесі", "вибухи в Одесі", True, 0, False),
    ("Вибухи в Одесі (оновлено)", "Вибухи в Одесі", False, 1, False),
    ("ОНОВЛЕНО: Вибухи в Одесі. ФОТО", "Вибухи в Одесі", False, 1, False),
    ("СРОЧНО! Взрывы в Одессе", "Взрывы в Одессе", True, 0, False),
]


@pytest.mark.parametrize(("title", "bare", "urgent", "version", "separate"), CASES)
def test_flags_are_taken_off_and_told(title: str, bare: str, urgent: bool, version: int | None, separate: bool) -> None:
    titled = parse_title(title)
    assert (titled.title, titled.urgent, titled.version, titled.separate) == (bare, urgent, version, separate)
    assert titled.flags


@pytest.mark.parametrize(
    "title",
    [
        "Urgent talks on missiles", "The lead in polls narrows", "Терміново потрібна кров", "북한 종합시장 붐벼", "(LEAD)",
        "Кабмін оновлено", "Flash flood kills five", "Фото дня", "", "2nd LD of the season",
    ],
)  # fmt: skip
def test_words_that_are_no_flags_stay(title: str) -> None:
    titled = parse_title(title)
    assert (titled.title, titled.flags, titled.version) == (title, (), None)


def test_the_outlets_own_name_is_no_part_of_a_title() -> None:
    assert parse_title("Kim visits plant | Yonhap News Agency", "Yonhap").title == "Kim visits plant"
    assert parse_title("Kim visits plant - Reuters", "Yonhap").title == "Kim visits plant - Reuters"
    assert parse_title("Kim visits plant – Yonhap says", "Yonhap").title == "Kim visits plant – Yonhap says"
    assert parse_title("Kim visits plant | Daily Planet", "Daily Planet").title == "Kim visits plant"


@pytest.mark.parametrize(
    "title",
    [
        "Yonhap News Summary",
        "Summary of domestic news in North Korea this week",
        "Дайджест: головне",
        "이 시각 헤드라인",
    ],
)
def test_digests_are_known(title: str) -> None:
    assert is_digest(title)
    assert not is_digest(f"N. Korea on {title}")
