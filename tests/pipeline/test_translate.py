"""Translations come as edits: kept, never twice, and a failing service is told of once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from doubles.clock import FixedClock
from doubles.inforce import configured, in_force
from doubles.translation_services import TranslationServices

from monitor.deliver.translators import ServiceTranslator
from monitor.errors import StoreError
from monitor.model import TRANSLATION, Alert, Channel, MessageKind, NewDelivery, Quote, State, Translation
from monitor.pipeline.live import InForce
from monitor.pipeline.ruleset import CompiledCatalogue, NotCompiled, Rules
from monitor.pipeline.translate import TranslationStage
from monitor.store import Database, open_store

OWN = Translation("uk", "libretranslate", "http://localhost:5000")
DESK, PLAIN = Channel("desk", "telegram", translate=OWN), Channel("plain", "telegram")
ALERT = Alert(MessageKind.ALERT, "Missiles fly", language="en", quotes=(Quote("Seoul waits.", language="en"),))


class Desk:
    def __init__(self) -> None:
        self.clock = FixedClock()
        self.services = TranslationServices()
        self.store: Database = open_store("sqlite://", clock_now=self.clock.now)
        live = in_force()
        rules = Rules(NotCompiled(), CompiledCatalogue(NotCompiled()), configured([DESK, PLAIN], []))
        live.now = InForce(rules, live.now.fetcher)
        made = ServiceTranslator({}, transport=self.services.transport())
        self.stage = TranslationStage(self.store, self.clock, live, made, asyncio.Event())

    def add(self, name: str, channel: str = "desk", alert: Alert = ALERT) -> int:
        with self.store.begin() as tx:
            ident = tx.add_delivery(NewDelivery(channel, name, alert), self.clock.now())
        assert ident is not None
        return ident

    def shown(self, ident: int) -> dict[str, str]:
        with self.store.begin() as tx:
            row = tx.delivery(ident)
        assert row is not None
        return dict(row.alert.translations)


async def test_an_alert_is_written_first_and_translated_then() -> None:
    desk = Desk()
    one, two = desk.add("one"), desk.add("two", "plain")
    with desk.store.begin() as tx:
        assert [row.state for row in tx.deliveries()] == [State.READY] * 2
    assert await desk.stage.step() == 1
    assert desk.stage.written.is_set()
    assert desk.shown(one) == {"Missiles fly": "[uk] Missiles fly", "Seoul waits.": "[uk] Seoul waits."}
    assert desk.shown(two) == {}
    assert desk.services.asked == [("localhost", ["Missiles fly", "Seoul waits."])]
    assert await desk.stage.step() == 0


async def test_nothing_is_sent_to_a_service_twice() -> None:
    desk = Desk()
    desk.add("one")
    await desk.stage.step()
    again = desk.add("again", alert=replace(ALERT, quotes=()))
    assert await desk.stage.step() == 1
    assert desk.shown(again) == {"Missiles fly": "[uk] Missiles fly"}
    assert len(desk.services.asked) == 1


async def test_languages_are_asked_for_apart_and_what_needs_nothing_is_left() -> None:
    desk = Desk()
    desk.add("one", alert=replace(ALERT, headline="북한", language="ko"))
    desk.add("own", alert=replace(ALERT, headline="КНДР", language="uk", quotes=()))
    await desk.stage.step()
    assert [texts for _, texts in desk.services.asked] == [["북한"], ["Seoul waits."]]


async def test_a_failing_service_is_told_of_once_and_asked_ever_more_rarely() -> None:
    desk = Desk()
    ident = desk.add("one")
    desk.services.failures = [500, 0]
    for wait in (0.0, 10.0, 20.0, 59.0):
        desk.clock.pass_(wait)
        assert await desk.stage.step() == 0
        with desk.store.begin() as tx:
            (incident,) = [each for each in tx.incident_log().open.values() if each.incident.kind == TRANSLATION]
            assert incident.gone is None
    assert len(desk.services.asked) == 2
    desk.clock.pass_(1.0)
    assert await desk.stage.step() == 1
    assert desk.shown(ident)
    with desk.store.begin() as tx:
        assert all(each.gone for each in tx.incident_log().open.values())


async def test_a_language_that_a_service_does_not_know_rests_alone() -> None:
    desk = Desk()
    ident = desk.add("one", alert=replace(ALERT, headline="Rakieta", language="xx"))
    assert await desk.stage.step() == 1, "the English sentence is translated"
    assert desk.shown(ident) == {"Seoul waits.": "[uk] Seoul waits."}
    with desk.store.begin() as tx:
        (incident,) = tx.incident_log().open.values()
    assert incident.incident.subject == "libretranslate (xx → uk)"
    assert "xx is not supported" in incident.incident.line
    desk.add("two")
    other = desk.add("three", alert=replace(ALERT, headline="Seoul speaks", quotes=()))
    assert await desk.stage.step() == 2
    assert desk.shown(other), "the service goes on"
    assert ("localhost", ["Rakieta"]) not in desk.services.asked[1:], "the pair rests"
    desk.clock.pass_(31.0)
    await desk.stage.step()
    assert desk.services.asked[-1] == ("localhost", ["Rakieta"]), "and is tried again"


async def test_a_service_that_is_away_is_not_asked_for_the_next_language() -> None:
    desk = Desk()
    desk.add("one", alert=replace(ALERT, headline="북한", language="ko"))
    desk.services.failures = [500]
    await desk.stage.step()
    assert len(desk.services.asked) == 1


async def test_a_round_that_ends_translates_what_it_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    ident = desk.add("one")
    await desk.stage.finish(5.0)
    assert desk.shown(ident)

    async def refuse(_: object) -> None:
        raise StoreError("full")

    desk.add("two", alert=replace(ALERT, headline="Seoul speaks"))
    monkeypatch.setattr(desk.store, "run", refuse)
    await desk.stage.finish(5.0)

    async def late() -> int:
        await asyncio.sleep(60.0)
        return 0

    monkeypatch.setattr(TranslationStage, "step", lambda _: late())
    await desk.stage.finish(0.0)


@pytest.mark.parametrize("age", [0.0, 7 * 3600.0])
async def test_what_is_muted_or_old_is_left(age: float) -> None:
    desk = Desk()
    with desk.store.begin() as tx:
        tx.add_delivery(NewDelivery("desk", "muted", ALERT, muted=age == 0.0), desk.clock.now())
    desk.clock.pass_(age)
    assert await desk.stage.step() == 0
    assert desk.services.asked == []
