"""Other spellings of a term that matches nothing."""

from __future__ import annotations

import pytest

from monitor.watch.look_alikes import MOST, look_alikes


@pytest.mark.parametrize(
    ("written", "alike"),
    [
        ("ІСВМ", "ICBM"),  # Cyrillic letters
        ("HATO", "НАТО"),  # Latin letters
        ("nоtify", "notify"),  # one Cyrillic letter
        ("обєкт", "об'єкт"),
        ("в'юга", "вюга"),
        ("Ан-Наджаф", "Ан Наджаф"),
        ("Ан-Наджаф", "АнНаджаф"),
        ('"air base"', "air-base"),
        ('"air base"', "airbase"),
        ('"air base"', "air bases"),
        ("Shaheds", "Shahed"),
        ("armies", "army"),
        ("Houthi", "Houthis"),
        ("gas", "gass"),
        ("wish", "wishes"),
        ("Кинджали", "Кинджал"),
        ("кинджали", "кинджал"),
        ("Zelenskyy", "Zelensky"),
        ("Zelensky", "Zelenskyi"),
        ("Kyiv", "Kiev"),
        ("Kharkov", "Kharkiv"),
        ("defence", "defense"),
        ("Гутерріш", "Гутеріш"),
        ("Кім Чен Ин", "Кім Чен Ін"),
        ("Сінгапур", "Сингапур"),
    ],
)
def test_another_spelling_is_named(written: str, alike: str) -> None:
    found = look_alikes(written)
    expected = {"gass": False, "Кім Чен Ін": False}.get(alike, True)
    assert (alike in found) is expected
    assert len(found) <= MOST
    assert written.strip('"') not in found


@pytest.mark.parametrize("written", ["@DPRK", "/Hwasong-\\d+/", "=НАТО", "missil*", "북한", "МБР", "朝鲜"])
def test_entities_and_patterns_have_no_other_spelling(written: str) -> None:
    assert look_alikes(written) == []
