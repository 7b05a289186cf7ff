"""The lineage line of an alert, beside its other times."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.alert.render.telegram import telegram
from monitor.model import Alert, Member, MessageKind, Relation

AT = datetime(2023, 11, 8, 7, 0, tzinfo=UTC)


def test_its_times_have_a_date_where_none_of_them_is_of_today() -> None:
    members = (
        Member(1, "Yonhap", "en", "t", None, AT, Relation.FIRST),
        Member(2, "Ukrinform", "uk", "t", None, AT, Relation.SAME, ("Yonhap",)),
    )
    alert = Alert(MessageKind.ALERT, "A headline", source="Yonhap", language="en", at=AT, members=members)
    for day, times in ((8, ("07:00", "07:00")), (9, ("8 Nov 07:00", "8 Nov 07:00"))):
        shown = telegram(alert, timezone="UTC", now=datetime(2023, 11, day, 10, 0, tzinfo=UTC)).plain
        assert f"Yonhap (en) {times[0]} → Ukrinform (uk) {times[1]} · 2 outlets" in shown
