"""What operators hear of terms: an edit's warnings, and what has matched nothing for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from doubles.clock import FixedClock
from doubles.inforce import configured, in_force
from doubles.pipeline_harness import PipelineHarness

from monitor.model import Article, Channel, Hit, Secret, Telegram, Term, Verdict, Watchlist, Zone
from monitor.pipeline.ruleset import CompiledCatalogue, NotCompiled, Rules
from monitor.pipeline.term_watch import LONG
from monitor.store import open_store
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists


def rules(*terms: str, language: str = "en", warnings: tuple[str, ...] = ()) -> Rules:
    lists = [Watchlist("Arms", keywords=tuple(Term(term, language="hu") for term in terms))]
    matcher = compile_watchlists(lists, Catalogue(()))
    config = configured(
        [Channel("desk", "console")], lists, telegram=Telegram(admins=(7,)), token=Secret("7:token"),
        language=language, warnings=warnings,
    )  # fmt: skip
    return Rules(matcher, CompiledCatalogue(matcher), config)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def desk(clock: FixedClock) -> Iterator[PipelineHarness]:
    store = open_store("sqlite://", clock_now=clock.now)
    yield PipelineHarness(store, clock)
    store.close()


@pytest.fixture
def put(desk: PipelineHarness) -> Callable[[Rules], None]:
    def put(new: Rules) -> None:
        desk.live.now = in_force(new, desk.fetcher).now

    return put


def notices(desk: PipelineHarness) -> list[tuple[str, tuple[str, ...]]]:
    with desk.store.begin() as tx:
        rows = reversed(tx.deliveries())
    return [(row.alert.headline, row.alert.lines) for row in rows]


async def test_admins_hear_what_an_edit_made_doubtful(desk: PipelineHarness, put: Callable[[Rules], None]) -> None:
    desk.live.now = in_force(
        Rules(NotCompiled(), CompiledCatalogue(NotCompiled()), desk.live.now.config), desk.fetcher
    ).now
    await desk.housekeeping.tick()
    put(rules("rakéta"))  # as a start finds it: `monitor check` says it
    await desk.housekeeping.tick()
    assert notices(desk) == []
    put(rules("rakéta", "bomba", warnings=("channel 'me': no watchlist notifies it",)))
    await desk.housekeeping.tick()
    ((headline, (first, second)),) = notices(desk)
    assert headline == "The edited configuration is in force, with 2 warnings"
    assert first == "channel 'me': no watchlist notifies it"
    assert second.startswith("Arms: bomba: ")
    put(rules("rakéta"))
    await desk.housekeeping.tick()
    assert len(notices(desk)) == 1, "what is gone is no warning"
    put(rules("rakéta", *(f"szó{letter}" for letter in "abcdefghij"), language="uk"))
    await desk.housekeeping.tick()
    headline, lines = notices(desk)[1]
    assert headline == "Змінені налаштування чинні, але є 11 застережень", "the old warning is in other words now"
    assert (len(lines), lines[-1]) == (9, "і ще 3, їх показує monitor check")


async def test_terms_that_match_nothing_for_ninety_days_are_named_once(
    desk: PipelineHarness, put: Callable[[Rules], None], clock: FixedClock
) -> None:
    put(rules("missile", "rocket"))
    await desk.housekeeping.tick()
    clock.pass_(LONG.total_seconds() - 60)
    with desk.store.begin() as tx:
        hit = Hit("rocket", "Rocket", 0, 6, Zone.TITLE)
        tx.note_terms([Verdict("Arms", matched=True, reason="1 term", hits=(hit,))], clock.now() - timedelta(days=5))
    await desk.housekeeping.tick()
    clock.pass_(120)
    await desk.housekeeping.tick()
    before = [title for title, _ in notices(desk)]
    assert not any("matched nothing" in title for title in before), "looked at once an hour"
    clock.pass_(3600)
    for _ in range(2):
        await desk.housekeeping.tick()
        clock.pass_(3600)
    ((headline, lines),) = [one for one in notices(desk) if "matched nothing" in one[0]]
    assert headline == "1 term has matched nothing for 90 days"
    assert lines[0] == "Arms: missile"
    assert lines[1].startswith("monitor forms TERM shows")


def keep(desk: PipelineHarness, clock: FixedClock, *texts: str, index: bool = True) -> None:
    with desk.store.begin() as tx:
        if index:
            tx.begin_index()
        for at, text in enumerate(texts):
            url = f"https://n.example/{at}"
            tx.add_article(Article(url, "T", text, "Yonhap", "en", key=str(at), seen_at=clock.now()))


@pytest.mark.parametrize("index", [True, False])
async def test_other_spellings_that_the_archive_has_are_named_with_the_term(
    desk: PipelineHarness, put: Callable[[Rules], None], clock: FixedClock, *, index: bool
) -> None:
    put(rules("zeppelin", "nоtify", "Zelenskyy", "abcd*"))
    await desk.housekeeping.tick()
    clock.pass_(LONG.total_seconds() + 3600)
    keep(desk, clock, "They notify the UN. Zelensky spoke.", "Zelenskiy spoke.", "No zebra.", index=index)
    await desk.housekeeping.tick()
    ((_, lines),) = [one for one in notices(desk) if "matched nothing" in one[0]]
    if index:
        assert lines[:2] == (
            "Arms: Zelenskyy; the archive has: Zelensky, Zelenskiy",
            "Arms: nоtify; the archive has: notify",
        )
        assert lines[2:4] == ("Arms: abcd*", "Arms: zeppelin")
    else:
        assert lines[:4] == ("Arms: Zelenskyy", "Arms: abcd*", "Arms: nоtify", "Arms: zeppelin")
