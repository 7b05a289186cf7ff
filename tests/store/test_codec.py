"""Alerts, zones and hits as JSON and back; what columns do to odd values."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone

import pytest
import structlog.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import StoreError
from monitor.model import (
    Act,
    ActKind,
    Alert,
    FollowedStory,
    Hit,
    JoinReason,
    JoinRule,
    Member,
    MessageKind,
    MuteMenu,
    NotedIncident,
    Quote,
    QuotedMessage,
    Relation,
    Severity,
    TextRun,
    Zone,
    ZoneSpan,
)
from monitor.store import codec
from monitor.store.columns import EPOCH, KEY_LENGTH, Moment, clean, shorten

WORDS = st.text(max_size=20)  # NUL and astral characters included
MAYBE_WORDS = st.none() | WORDS
COUNTS = st.integers(min_value=-(2**63), max_value=2**63)
TIMES = st.datetimes(timezones=st.just(UTC))
MANY_WORDS = st.lists(WORDS, max_size=3).map(tuple)

MARKS = st.lists(st.tuples(COUNTS, COUNTS), max_size=3).map(tuple)
QUOTES = st.builds(Quote, WORDS, marks=MARKS, speaker=MAYBE_WORDS, language=MAYBE_WORDS)
MEMBERS = st.builds(
    Member,
    article_id=COUNTS,
    source=WORDS,
    language=WORDS,
    title=WORDS,
    url=MAYBE_WORDS,
    at=TIMES,
    relation=st.sampled_from(Relation),
    cites=MANY_WORDS,
    reason=st.none() | st.builds(JoinReason, st.sampled_from(JoinRule), COUNTS, st.floats(0, 1), MANY_WORDS),
)
ACTS = st.builds(Act, st.sampled_from(ActKind), COUNTS, WORDS, TIMES, st.none() | TIMES)
FOLLOWED = st.builds(FollowedStory, COUNTS, WORDS, MAYBE_WORDS, st.none() | TIMES, MAYBE_WORDS, st.none() | COUNTS)
INCIDENTS = st.builds(NotedIncident, WORDS, WORDS, WORDS, TIMES, st.none() | TIMES, WORDS, st.booleans())
RUNS = st.builds(TextRun, WORDS, bold=st.booleans(), code=st.booleans(), url=MAYBE_WORDS)


def alerts(items: st.SearchStrategy[tuple[Alert, ...]]) -> st.SearchStrategy[Alert]:
    return st.builds(
        Alert,
        kind=st.sampled_from(MessageKind),
        headline=WORDS,
        watchlist=MAYBE_WORDS,
        also=MANY_WORDS,
        severity=st.sampled_from(Severity),
        terms=MANY_WORDS,
        names=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
        source=MAYBE_WORDS,
        language=MAYBE_WORDS,
        at=st.none() | TIMES,
        url=MAYBE_WORDS,
        citing=MANY_WORDS,
        quotes=st.lists(QUOTES, max_size=2).map(tuple),
        translations=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
        members=st.lists(MEMBERS, max_size=2).map(tuple),
        outlets=COUNTS,
        independent=COUNTS,
        note=MAYBE_WORDS,
        lines=MANY_WORDS,
        incidents=st.lists(INCIDENTS, max_size=2).map(tuple),
        items=items,
        silent=st.booleans(),
        critical_at=st.none() | TIMES,
        mute_menu=st.none() | st.sampled_from(MuteMenu),
        regroupings=st.lists(st.tuples(WORDS, COUNTS, WORDS), max_size=2).map(tuple),
        brief=st.booleans(),
        pointer=st.booleans(),
        body=st.lists(st.lists(RUNS, max_size=2).map(tuple), max_size=2).map(tuple),
        asked=st.none() | st.builds(QuotedMessage, COUNTS, st.none() | COUNTS),
        proposal=MAYBE_WORDS,
        acts=st.lists(ACTS, max_size=2).map(tuple),
        figures=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
        rang=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
        news=MAYBE_WORDS,
        reader=MAYBE_WORDS,
        follows=st.none() | FOLLOWED,
        wording=WORDS,
    )


ALERTS = alerts(st.lists(alerts(st.just(())), max_size=2).map(tuple))
ZONES = st.lists(st.builds(ZoneSpan, st.sampled_from(Zone), COUNTS, COUNTS), max_size=5).map(tuple)
HITS = st.lists(
    st.builds(Hit, WORDS, WORDS, COUNTS, COUNTS, st.sampled_from(Zone), WORDS, WORDS, st.tuples(COUNTS, COUNTS)),
    max_size=5,
).map(tuple)


@settings(deadline=None)
@given(ALERTS)
def test_every_alert_comes_back(alert: Alert) -> None:
    text = codec.alert_to_json(alert)
    assert codec.alert_from_json(text) == alert
    assert text.isascii()
    assert "\x00" not in text


def test_the_strategy_knows_every_field_of_an_alert() -> None:
    """A field that is added later must be added above, or the round trip says nothing of it."""
    assert len(fields(Alert)) == 37
    assert len(fields(NotedIncident)) == 7
    assert len(fields(Member)) == 9
    assert len(fields(Quote)) == 4
    assert len(fields(TextRun)) == 4
    assert len(fields(QuotedMessage)) == 2
    assert len(fields(FollowedStory)) == 6
    assert len(fields(Act)) == 5


@settings(deadline=None)
@given(ZONES)
def test_all_zones_come_back(zones: tuple[ZoneSpan, ...]) -> None:
    assert codec.zones_from_json(codec.zones_to_json(zones)) == zones


@settings(deadline=None)
@given(HITS)
def test_all_hits_come_back(hits: tuple[Hit, ...]) -> None:
    assert codec.hits_from_json(codec.hits_to_json(hits)) == hits


def test_other_time_zones_mean_the_same_moment() -> None:
    seoul = datetime(2023, 11, 9, 18, 40, tzinfo=timezone(timedelta(hours=9)))
    alert = Alert(MessageKind.ALERT, "x", at=seoul)
    assert codec.alert_from_json(codec.alert_to_json(alert)) == alert


def test_defaults_are_left_out_and_unknown_fields_ignored() -> None:
    assert json.loads(codec.alert_to_json(Alert(MessageKind.NOTICE, "x"))) == {"kind": "notice", "headline": "x"}
    assert codec.alert_from_json('{"kind": "notice", "headline": "x", "of_a_newer_version": [1]}') == Alert(
        MessageKind.NOTICE, "x"
    )


def test_a_false_that_is_not_the_default_is_kept() -> None:
    """0 == False in Python, but not in JSON."""
    alert = Alert(MessageKind.ALERT, "x", outlets=0, silent=False)
    assert codec.alert_from_json(codec.alert_to_json(alert)) == alert


def test_halves_of_surrogate_pairs_are_replaced_when_written() -> None:
    alert = Alert(MessageKind.DIGEST, "\ud83d x", items=(Alert(MessageKind.ALERT, "y \udc00\x00"),))
    assert codec.alert_from_json(codec.alert_to_json(alert)) == Alert(
        MessageKind.DIGEST, "\ufffd x", items=(Alert(MessageKind.ALERT, "y \ufffd\x00"),)
    )
    assert codec.texts_to_json(["a", "\udfff"]) == '["a","\\ufffd"]'


def test_shared_names_stand_beside_the_terms_that_older_versions_wrote_alone() -> None:
    written = codec.shared_to_json(("launch", "Sunan"), ("Kim Jong Un",))
    assert codec.shared_from_json(written) == (("launch", "Sunan"), ("Kim Jong Un",))
    assert codec.shared_from_json('["launch","Sunan"]') == (("launch", "Sunan"), ())
    assert codec.shared_from_json("") == ((), ())


def test_what_older_versions_wrote_is_read() -> None:
    """With the offset in full, halves of surrogate pairs as escapes, and a score without its fraction."""
    text = (
        '{"kind":"alert","headline":"\\ud83d \\ud83d\\ude80 \\u041a\\u0000","at":"2026-11-09T09:40:00.000001+00:00",'
        '"severity":"high","quotes":[{"text":"\\\\ud800","marks":[[0,4]]}],"asked":{"message_id":5},'
        '"members":[{"article_id":1,"source":"x","language":"ko","title":"t","url":null,"relation":"copy",'
        '"at":"2026-11-09T18:40:00+09:00","reason":{"rule":"names","of":1,"score":1}}]}'
    )
    at = datetime(2026, 11, 9, 9, 40, tzinfo=UTC)
    assert codec.alert_from_json(text) == Alert(
        MessageKind.ALERT,
        "\ufffd \U0001f680 К\x00",
        severity=Severity.HIGH,
        at=at.replace(microsecond=1),
        quotes=(Quote("\\ud800", ((0, 4),)),),
        members=(Member(1, "x", "ko", "t", None, at, Relation.COPY, reason=JoinReason(JoinRule.NAMES, 1)),),
        asked=QuotedMessage(5),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '{"headline": "x"}',
        '{"kind": "shout", "headline": "x"}',
        '{"kind": "alert", "headline": 5}',
        '{"kind": "alert", "headline": "x", "terms": "КНДР"}',
        '{"kind": "alert", "headline": "x", "at": "yesterday"}',
        '{"kind": "alert", "headline": "x", "quotes": [{"text": "x", "marks": [[1, 2, 3]]}]}',
        '{"kind": "alert", "headline": "x", "outlets": true}',
    ],
)
def test_what_is_no_alert_is_a_clear_error(text: str) -> None:
    with pytest.raises(StoreError, match="a stored Alert cannot be read") as caught:
        codec.alert_from_json(text)
    assert not caught.value.retryable


@given(st.text(alphabet=st.characters(), max_size=KEY_LENGTH * 2))
def test_cleaning_keeps_every_offset(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert clean(cleaned) == cleaned
    cleaned.encode()
    assert "\x00" not in cleaned


@given(st.text(max_size=KEY_LENGTH * 3))
def test_shortening_is_idempotent_and_bounded(key: str) -> None:
    short = shorten(key)
    assert shorten(short) == short
    assert len(short) <= KEY_LENGTH
    assert short == clean(key) or len(key) > KEY_LENGTH


@given(st.text(min_size=KEY_LENGTH, max_size=KEY_LENGTH + 2), st.text(min_size=1, max_size=2))
def test_long_keys_stay_different(key: str, tail: str) -> None:
    assert shorten(key + "x" + tail) != shorten(key + "y" + tail)


@given(TIMES, TIMES)
def test_moments_come_back_and_keep_their_order(one: datetime, other: datetime) -> None:
    from sqlalchemy.dialects import sqlite

    kind, dialect = Moment(), sqlite.dialect()
    numbers = [kind.process_bind_param(moment, dialect) for moment in (one, other)]
    assert [kind.process_result_value(number, dialect) for number in numbers] == [one, other]
    assert all(isinstance(number, int) for number in numbers)
    assert (one - EPOCH < other - EPOCH) == (one < other)
    assert sorted(numbers, key=int) == [  # type: ignore[arg-type]
        kind.process_bind_param(moment, dialect) for moment in sorted((one, other))
    ]


@pytest.mark.parametrize("load", [codec.zones_from_json, codec.hits_from_json, codec.texts_from_json])
def test_a_damaged_list_beside_a_row_reads_as_empty_and_is_logged_once(load: Callable[[str], object]) -> None:
    damaged = f'[{{"{load.__name__}'
    with structlog.testing.capture_logs() as logged:
        assert load(damaged) == ()
        assert load(damaged) == ()
    assert [line["log_level"] for line in logged] == ["error"]
