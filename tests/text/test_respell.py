"""Ukrainian respelled as Russian: by the list, by the beginnings of words, by endings and letters."""

from __future__ import annotations

import pytest

from monitor.text.respell import as_russian


@pytest.mark.parametrize(
    ("text", "russian"),
    [
        ("що і як", "что и как"),
        ("Росія та КНДР", "Россия и КНДР"),
        ("п’ять міністрів", "пять министров"),
        ("П'ятниця", "Пъятниця"),
        ("Підтверджено удар", "Подтверджены удар"),
        ("балістичними", "баллистичными"),
        ("Сеулі 2024, NATO", "Сеули 2024, NATO"),
        ("гірські", "гирские"),
        ("єгер їхав", "егер ихав"),
        ("в_частности зокрема", "в_частности в частности"),
        ("", ""),
    ],
)
def test_words(text: str, russian: str) -> None:
    assert as_russian(text) == russian
