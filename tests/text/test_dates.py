from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.text import dates
from monitor.text.dates import parse_date

NOW = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Thu, 09 Nov 2023 09:40:00 +0200", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 09:40:00", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 09:40:00 +9900", "2023-11-09 07:40"),
        ("12 items 2023, of 9 November 2023 09:40", "2023-11-09 07:40"),
        ("Thu, 9 Nov 2023 09:40 EET", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 16:40:00 KST", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 09:40:00 -0000", "2023-11-09 09:40"),
        ("Thu, 09 Nov 23 07:40:00 GMT", "2023-11-09 07:40"),
        ("Thursday, 09-Nov-23 07:40:00 GMT", "2023-11-09 07:40"),
        ("Thu Nov  9 09:40:00 2023", "2023-11-09 07:40"),
        ("2023-11-09T07:40:00Z", "2023-11-09 07:40"),
        ("2023-11-09T07:40:00.123Z", "2023-11-09 07:40"),
        ("2023-11-09T16:40:00+09:00", "2023-11-09 07:40"),
        ("2023-11-09 09:40", "2023-11-09 07:40"),
        ("20231109T094000", "2023-11-09 07:40"),
        ("20231109094000", "2023-11-09 07:40"),
        ("2021.09.06", "2021-09-05 21:00"),
        ("2021.09.06 14:30", "2021-09-06 11:30"),
        ("2021. 9. 6. 오후 2:30", "2021-09-06 11:30"),
        ("2021년 9월 6일 오전 12시 30분", "2021-09-05 21:30"),
        ("9월 6일 2021", "2021-09-05 21:00"),
        ("9月6日 2021 12:30", "2021-09-06 09:30"),
        ("9 листопада 2023, 09:40", "2023-11-09 07:40"),
        ("Чт, 09 лис 2023 09:40:00 +0200", "2023-11-09 07:40"),
        ("9 ноября 2023 г., 09:40", "2023-11-09 07:40"),
        ("14 липня 2023 10:00", "2023-07-14 07:00"),
        ("1 мая 2023 10:00", "2023-05-01 07:00"),
        ("3 березня 2023 10:00", "2023-03-03 08:00"),
        ("3 марта 2023 10:00", "2023-03-03 08:00"),
        ("Nov 9, 2023 9:40 AM", "2023-11-09 07:40"),
        ("November 9, 2023 9:40 p.m. EST", "2023-11-10 02:40"),
        ("09.11.2023 09:40", "2023-11-09 07:40"),
        ("09.11.23 09:40", "2023-11-09 07:40"),
        ("09-11-2023 09:40", "2023-11-09 07:40"),
        ("11/29/2023 9:40 AM", "2023-11-29 07:40"),
        ("09Nov2023 09:40", "2023-11-09 07:40"),
        # offsets
        ("Thu, 09 Nov 2023 09:40:00 GMT+0200", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 10:40 UTC+3", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 10:40 UTC +3:00", "2023-11-09 07:40"),
        ("Thu Nov 09 2023 09:40:00 GMT+0200 (Eastern European Standard Time)", "2023-11-09 07:40"),
        ("Thu Nov 09 2023 02:40:00 GMT-0500 (EST)", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 02:40:00 -0500", "2023-11-09 07:40"),
        ("2023-11-09 07:40:00 −0000", "2023-11-09 07:40"),
        ("2023-11-09 07:40 +99:00", "2023-11-09 05:40"),
        ("2023-11-09 13:10 +530", "2023-11-09 07:40"),
        # words of zones
        ("Thu, 09 Nov 2023 09:40:00 MEST", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 08:40:00 WEST", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 10:40:00 EEST", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 10:40:00 MSK", "2023-11-09 07:40"),
        ("Чт, 9 ноября 2023 10:40 мск", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 16:40:00 JST", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 09:40:00 CEST", "2023-11-09 07:40"),
        ("Thu, 09 Nov 2023 13:10:00 IST", "2023-11-09 07:40"),
        ("9. November 2023, 08:40 Uhr MEZ", "2023-11-09 07:40"),
        ("2023-11-09 09:40 in Kyiv", "2023-11-09 07:40"),
        ("2023-11-09 09:40 QQQ", "2023-11-09 07:40"),
        ("Thu Nov  9 07:40:00 UTC 2023", "2023-11-09 07:40"),
        # Chinese, Japanese, Korean
        ("2023年11月29日", "2023-11-28 22:00"),
        ("2023年11月09日 09:40", "2023-11-09 07:40"),
        ("2023年11月9日 上午9点40分", "2023-11-09 07:40"),
        ("2023年11月9日 下午3时05分", "2023-11-09 13:05"),
        ("2023年11月9日 9時", "2023-11-09 07:00"),
        ("2023. 11. 29.", "2023-11-28 22:00"),
        ("2023. 11. 29. 09:40", "2023-11-29 07:40"),
        # Unix time
        ("1699515600", "2023-11-09 07:40"),
        ("@1699515600", "2023-11-09 07:40"),
        ("1699515600.5", "2023-11-09 07:40"),
        ("1699515600000", "2023-11-09 07:40"),
        ("1699515600000000", "2023-11-09 07:40"),
        ("/Date(1699515600000+0200)/", "2023-11-09 07:40"),
        ("202311090940", "2023-11-09 07:40"),
        ("2023-11-08T24:00:00+00:00", "2023-11-09 00:00"),
        ("Wed, 08 Nov 2023 24:00:00 +0000", "2023-11-09 00:00"),
        # words of other languages
        ("9. November 2023, 09:40 Uhr", "2023-11-09 07:40"),
        ("9. November 2023, 9 Uhr", "2023-11-09 07:00"),
        ("jeudi 9 novembre 2023 à 09h40", "2023-11-09 07:40"),
        ("1er décembre 2022", "2022-11-30 22:00"),
        ("9 de noviembre de 2023 9:40 a. m.", "2023-11-09 07:40"),
        ("9 d’octubre del 2023", "2023-10-08 21:00"),
        ("9 novembre 2023 9:40", "2023-11-09 07:40"),
        ("czw., 9 listopada 2023, 09:40", "2023-11-09 07:40"),
        ("9. listopadu 2023 9:40", "2023-11-09 07:40"),
        ("9 Kasım 2023 Perşembe 09:40", "2023-11-09 07:40"),
        ("9 نوفمبر 2023، 2:05 م", "2023-11-09 12:05"),
        ("٩ تشرين الثاني ٢٠٢٣", "2023-11-08 22:00"),
        ("9 พฤศจิกายน 2566 09:40", "2023-11-09 07:40"),
        ("2023. november 9. 9:40", "2023-11-09 07:40"),
        ("2023 m. lapkričio 9 d. 09:40", "2023-11-09 07:40"),
        ("2023. gada 9. novembris 09:40", "2023-11-09 07:40"),
        ("9 tháng 11, 2023 09:40", "2023-11-09 07:40"),
        ("9. marraskuuta 2023 9.40", "2023-11-09 07:40"),
        ("9 नवंबर 2023 09:40", "2023-11-09 07:40"),
    ],
)
def test_dates(text: str, utc: str) -> None:
    found = parse_date(text, "Europe/Kyiv", NOW)
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == utc
    assert found.tzinfo is UTC


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize(
    "names",
    [
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "січ лют бер кві тра чер лип сер вер жов лис гру",
        "January February March April May June July August September October November December",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "ledna února března dubna května června července srpna září října listopadu prosince",
        "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
        "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        "ژانویهٔ فوریهٔ مارس آوریل مهٔ ژوئن ژوئیهٔ اوت سپتامبر اکتبر نوامبر دسامبر",
        "jan. feb. mrt. apr. mei jun. jul. aug. sep. okt. nov. dec.",
        "студзеня лютага сакавіка красавіка мая чэрвеня ліпеня жніўня верасня кастрычніка лістапада снежня",
    ],
)
def test_every_month_of_every_calendar(month: int, names: str) -> None:
    found = parse_date(f"15 {names.split()[month - 1]} 2022 12:00 GMT", "UTC", NOW)
    assert found == datetime(2022, month, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "0001-01-01T00:00:00+23:59",
        "soon",
        "0",
        "1970-01-01",
        "31 лютого 2023",
        "2023-13-45",
        "2101-01-01T00:00:00Z",
        "99:99",
        "Thu, 09 Nov 2023 25:00:00 GMT",
        "Thu, 31 Nov 2023 09:40:00 +0200",
        "Thu, 09 Foo 2023 09:40:00 +0200",
        "9 Nov 09:40",
        "9 November",
        "1699515",
        "9999999999",
        "2023-13-13",
    ],
)
def test_what_is_no_date(text: str | None) -> None:
    assert parse_date(text, "Europe/Kyiv", NOW) is None


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("12/31/2023 5:04 PM", "2023-12-31 17:04"),
        ("12/9/2023 5:04:00 PM", "2023-12-09 17:04"),  # nine December, of an American site: no article of September
        ("09/12/2023 17:04", "2023-12-09 17:04"),  # and of a European one
        ("9/12/23, 17:04", "2023-12-09 17:04"),
        ("01/02/2024 08:00", None),  # both lie ahead
        ("02/01/2023 08:00", "2023-02-01 08:00"),
        ("09.12.2023 17:04", "2023-12-09 17:04"),
        ("12.09.2023 17:04", "2023-09-12 17:04"),  # with dots the day comes first everywhere
        ("2023/09/12 17:04", "2023-09-12 17:04"),
        ("06/07/2023 12:00:00 +0300", "2023-07-06 09:00"),
    ],
)
def test_of_two_readings_with_slashes_the_later_one_is_meant(text: str, utc: str | None) -> None:
    expected = None if utc is None else datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert parse_date(text, "UTC", NOW) == expected


@pytest.mark.parametrize("language", [None, "en", "uk"])
@pytest.mark.parametrize("text", ["1/12/2023 14:30", "01/12/2023 23:59"])
def test_what_is_hours_ahead_is_no_article_of_january(text: str, language: str | None) -> None:
    """An outlet of Kyiv whose zone is not configured: its news would be archived as old."""
    now = datetime(2023, 12, 1, 12, 35, tzinfo=UTC)
    assert parse_date(text, "UTC", now, language) is None
    assert parse_date("12/1/2023 14:30", "UTC", now, "en") is None


@pytest.mark.parametrize(
    ("text", "language", "month"),
    [
        ("09/03/2023 17:04", None, 9),
        ("09/03/2023 17:04", "en", 9),
        ("09/03/2023 17:04", "uk", 3),  # in September it was news again
        ("09/03/2023 17:04", "fr", 3),
        ("11/12/2023 17:04", "fr", 11),  # as of an American program: December lies ahead
    ],
)
def test_the_day_comes_first_where_no_english_is_written(text: str, language: str | None, month: int) -> None:
    now = datetime(2023, 12, 1, 12, tzinfo=UTC)
    found = parse_date(text, "UTC", now, language)
    assert found is not None
    assert found.month == month


def test_local_time_that_claims_to_be_utc() -> None:
    now = datetime(2023, 11, 9, 7, 45, tzinfo=UTC)
    assert parse_date("Thu, 09 Nov 2023 16:40:00 GMT", "Asia/Seoul", now) == datetime(2023, 11, 9, 7, 40, tzinfo=UTC)
    assert parse_date("Thu, 09 Nov 2023 23:40:00 GMT", "Asia/Seoul", now) is None


@pytest.mark.parametrize(
    ("local", "word", "utc"),
    [
        ("Asia/Kolkata", "IST", 9),
        ("Asia/Jerusalem", "IST", 12),
        ("Europe/Dublin", "IST", 13),
        ("Europe/Kyiv", "IST", 9),
        ("Asia/Shanghai", "CST", 6),
        ("America/Chicago", "CST", 20),
        ("Asia/Riyadh", "AST", 11),
        ("America/Halifax", "AST", 18),
        ("Asia/Dhaka", "BST", 8),
    ],
)
def test_a_word_of_several_zones_is_the_source_s_own(local: str, word: str, utc: int) -> None:
    found = parse_date(f"Thu, 09 Nov 2023 14:30:00 {word}", local, NOW)
    assert found is not None
    assert found.hour == utc


def test_a_month_that_languages_name_alike_is_that_of_the_source_s() -> None:
    assert parse_date("9. listopada 2023", "UTC", NOW, "hr") == datetime(2023, 10, 9, tzinfo=UTC)
    assert parse_date("9 listopada 2023", "UTC", NOW, "pl") == datetime(2023, 11, 9, tzinfo=UTC)
    assert parse_date("9 listopada 2023", "UTC", NOW) == datetime(2023, 11, 9, tzinfo=UTC)


def test_daylight_saving_time() -> None:
    assert parse_date("2023-07-01 12:00", "Europe/Kyiv", NOW) == datetime(2023, 7, 1, 9, tzinfo=UTC)


def test_an_unknown_zone_is_utc() -> None:
    assert parse_date("2023-07-01 12:00", "No/Where", NOW) == datetime(2023, 7, 1, 12, tzinfo=UTC)


@given(st.text(max_size=80) | st.from_regex(r"[\d.:/T+ -]{1,40}", fullmatch=True))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = parse_date(text, "Asia/Seoul", NOW)
    assert found is None or found.tzinfo is UTC


@given(
    st.one_of(
        st.from_regex(r"(Thu, )?(09|9|31|40) (Nov|Feb|Foo) (2023|1994|0001|9999|2024) (09|24):40:60 (GMT|Z|[+-](00|02|99)00)", fullmatch=True),
        st.from_regex(r"(2023|1994|0001|9999|2024)-(11|02|13)-(09|30)T(23|24):59:5[09](\.1(23456)?)?(Z|[+-](00|14|24):00)", fullmatch=True),
    )
)  # fmt: skip
@example("2023-11-09T07:40:00+02:00")
@example("Mon, 01 Jan 2024 01:00:00 +0000")
@example("Mon, 01 Jan 0001 01:00:00 +0200")
@example("2023-11-31T07:40:00Z")
@example("Thu, 09 Nov 1994 09:40:00 GMT")
def test_a_date_with_an_offset_is_read_at_once_as_by_all_the_work(text: str) -> None:
    dates._settled.cache_clear()
    short = parse_date(text, "Europe/Kyiv", NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dates, "_settled", lambda _: None)
        assert parse_date(text, "Europe/Kyiv", NOW) == short


@pytest.mark.parametrize(
    "text",
    [
        "Thu, 31 Nov 2023 09:40:00 GMT",
        "2023-11-31T07:40:00Z",
        "Mon, 01 Jan 0001 01:00:00 +0200",
        "Thu, 09 Nov 1994 09:40:00 GMT",
    ],
)
def test_a_day_that_is_none_or_before_all_feeds_is_no_date(text: str) -> None:
    dates._settled.cache_clear()
    assert parse_date(text, "UTC", NOW) is None
