"""One event is one message, and two are two: the judge, the encoder and the worker before the strict Telegram double."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import NamedTuple

import pytest
from doubles.clock import FixedClock
from doubles.delivery_harness import CHAT, DeliveryHarness, telegram
from doubles.inforce import configured, in_force
from doubles.patience import HANG
from doubles.pipeline_harness import LIST, compiled
from doubles.telegram import TelegramDouble

from monitor.cli.stories import vector_maker
from monitor.extract import encoder
from monitor.model import Article, Channel, Delivery, Entry, PollRecord, Recognised, Source, State
from monitor.pipeline.judge import Judge
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.store import open_store

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(not encoder.available(), reason="the extra `stories` is not installed"),
]

FEEDS = {"Yonhap": "en", "연합뉴스": "ko", "Ukrinform": "uk"}


class News(NamedTuple):
    """An article: a version has the address of the one that it revises."""

    outlet: str
    address: str
    hour: float  # after the day began in Seoul, at which it is published
    title: str
    text: str


EN = "https://en.yna.co.kr/view/AEN20231109{:04}00315"
KO = "https://www.yna.co.kr/view/AKR20231109{:06}504"
UK = "https://www.ukrinform.ua/rubric-world/{}.html"

MORNING_EN = (
    "SEOUL, Nov. 9 (Yonhap) -- North Korea fired one ballistic missile toward the East Sea on Thursday morning, South "
    "Korea's military said.\n\n"
    "The Joint Chiefs of Staff said it detected the launch from the Sunan area in Pyongyang at 7:28 a.m., and that the "
    "missile flew some 620 kilometers before splashing into the sea.\n\n"
)
MORNING_KO = (
    "(서울=연합뉴스) 김철수 기자 = 북한이 9일 오전 동해상으로 탄도미사일 1발을 발사했다고 합동참모본부가 밝혔다.\n\n"
    "합참은 이날 오전 7시 28분께 평양 순안 일대에서 발사된 탄도미사일 1발을 포착했으며, 미사일은 620여㎞를 비행한 뒤 동해에 떨어졌다고 전했다.\n\n"
)
MORNING_UK = (
    "Північна Корея вранці у четвер запустила балістичну ракету в бік Японського моря, повідомляє Укрінформ із посиланням "
    "на Yonhap.\n\n"
    "За даними Об'єднаного комітету начальників штабів, пуск зафіксували о 07:28 з району Сунан у Пхеньяні, ракета "
    "пролетіла близько 620 кілометрів і впала в море.\n\n"
)
EVENING_EN = (
    "SEOUL, Nov. 9 (Yonhap) -- North Korea fired several cruise missiles into the Yellow Sea on Thursday evening, South "
    "Korea's military said.\n\n"
    "The Joint Chiefs of Staff said the cruise missiles were launched from the Nampo area at 6:10 p.m., hours after the "
    "North test-fired a ballistic missile in the morning.\n\n"
)
EVENING_KO = (
    "(서울=연합뉴스) 김철수 기자 = 북한이 9일 저녁 서해상으로 순항미사일 여러 발을 발사했다고 합동참모본부가 밝혔다.\n\n"
    "합참은 이날 오후 6시 10분께 남포 일대에서 순항미사일이 발사된 것을 포착했다고 전했다.\n\n"
)
EVENING_UK = (
    "Північна Корея ввечері у четвер випустила кілька крилатих ракет у бік Жовтого моря, повідомляє Укрінформ із "
    "посиланням на Yonhap.\n\n"
    "За даними південнокорейських військових, крилаті ракети запустили о 18:10 з району Нампхо.\n\n"
)
MORE_EN = "The military has stepped up surveillance and is closely coordinating with the United States and Japan, it added.\n\n"
MORE_KO = "군은 감시와 경계를 강화하고 미국, 일본과 긴밀히 공조하고 있다고 덧붙였다.\n\n"
MORE_UK = "Військові посилили спостереження і тісно взаємодіють зі США та Японією.\n\n"

E1 = News("Yonhap", EN.format(1001), 7.7, "N. Korea fires ballistic missile toward East Sea: JCS", MORNING_EN)
E2 = News(
    "Yonhap", EN.format(1051), 8.2, "(LEAD) N. Korea fires ballistic missile toward East Sea: JCS", MORNING_EN + MORE_EN
)
E3 = News(
    "Yonhap",
    EN.format(1053),
    8.9,
    "(2nd LD) N. Korea fires ballistic missile toward East Sea: JCS",
    MORNING_EN + MORE_EN + "Pyongyang's state media kept silent on the launch until noon.",
)
K1 = News("연합뉴스", KO.format(31000), 7.7, "북한, 동해상으로 탄도미사일 1발 발사", MORNING_KO)
K2 = News("연합뉴스", KO.format(31051), 8.4, "북한, 동해상으로 탄도미사일 1발 발사(종합)", MORNING_KO + MORE_KO)
U1 = News("Ukrinform", UK.format(3784001), 8.0, "КНДР запустила балістичну ракету в бік Японського моря", MORNING_UK)
U2 = News(  # a correction of the same page
    "Ukrinform",
    UK.format(3784001),
    8.6,
    "КНДР запустила балістичну ракету в бік Японського моря (виправлено)",
    MORNING_UK.replace("близько 620", "понад 620") + MORE_UK,
)
E9 = News("Yonhap", EN.format(9001), 18.4, "N. Korea fires cruise missiles into Yellow Sea: JCS", EVENING_EN)
K9 = News("연합뉴스", KO.format(191000), 18.4, "북한, 서해상으로 순항미사일 여러 발 발사", EVENING_KO)
U9 = News("Ukrinform", UK.format(3784900), 18.7, "КНДР випустила крилаті ракети в бік Жовтого моря", EVENING_UK)

MORNING, EVENING = (E1, E2, E3, K1, K2, U1, U2), (E9, K9, U9)
MIDNIGHT = datetime(2023, 11, 8, 15, tzinfo=UTC)  # in Seoul

# Orders by lot, the same in each run; a later version comes before an earlier one in many of them.
_LOT = random.Random(9)
ONE = [_LOT.sample(MORNING, len(MORNING)) for _ in range(6)]
TWO = [_LOT.sample(MORNING + EVENING, len(MORNING + EVENING)) for _ in range(8)]


@cache
def vector(news: News) -> bytes:
    return vector_maker()(Article(news.address, news.title, news.text, news.outlet, FEEDS[news.outlet]))


class NewsDesk:
    """A judge with its encoder and a delivery worker on one store, as a daemon has them."""

    def __init__(self, api: TelegramDouble) -> None:
        self.clock = FixedClock(MIDNIGHT + timedelta(hours=20))
        self.store = open_store("sqlite://", clock_now=self.clock.now)
        channel = Channel("desk", "telegram", {"chat": CHAT})
        rules = Rules(compiled(), CompiledCatalogue(compiled()), configured([channel], [LIST]))
        self.told: dict[str, News] = {}

        async def encode(article: Article) -> bytes:
            return vector(self.told[article.title])

        self.judge = Judge(store=self.store, clock=self.clock, live=in_force(rules), encode=encode)
        notifiers = {"telegram": telegram(api)}
        self.delivery = DeliveryHarness(self.store, {"desk": channel}, notifiers, quiet_time=0.0, clock=self.clock)
        with self.store.begin() as tx:
            tx.sync_sources(
                [Source(name, f"https://{at}.example/rss") for at, name in enumerate(FEEDS)], self.clock.now()
            )
            self.sources = {state.source.name: state.id for state in tx.source_states()}

    async def publish(self, news: News) -> None:
        """Judge an article as if it was polled now, and wait until its message is as it is to be."""
        self.clock.pass_(30)
        self.told[news.title] = news
        now = self.clock.now()
        with self.store.begin() as tx:
            entry = Entry(key=news.address, guid=news.address, link=news.address, title=news.title, digest=news.title)
            tx.record_poll(PollRecord(self.sources[news.outlet], now, now, 60.0, 0, body=Recognised((entry,))))
            pending = next(each for each in tx.due_entries(now, 100) if each.entry.key == news.address)
        article = Article(
            news.address, news.title, news.text, news.outlet, FEEDS[news.outlet],
            published=MIDNIGHT + timedelta(hours=news.hour), seen_at=now, key=news.address, guid=news.address,
        )  # fmt: skip
        await self.judge.judge(pending, article)
        self.delivery.delivery_worker.wake()
        async with asyncio.timeout(HANG):
            while any(row.state in {State.READY, State.SENDING} for row in self.rows()):  # noqa: ASYNC110 — the store has no event
                await asyncio.sleep(0.005)

    def rows(self) -> list[Delivery]:
        with self.store.begin() as tx:
            return tx.deliveries(limit=100)


async def messages_of(order: Sequence[News]) -> list[tuple[list[str], str]]:
    """Publish articles in an order. Returns of each message what was done to it, and its text at the end."""
    async with TelegramDouble() as api:
        desk = NewsDesk(api)
        desk.delivery.start()
        try:
            for news in order:
                await desk.publish(news)
        finally:
            await desk.delivery.end()
            desk.store.close()
        lines = sorted(api.ledger.lines, key=lambda line: line["message_id"])
        calls = [list(group) for _, group in groupby(lines, key=lambda line: line["message_id"])]
    return [([line["do"] for line in each], each[-1]["text"]) for each in calls]


@pytest.mark.parametrize("order", ONE, ids=range(len(ONE)))
async def test_one_launch_is_one_message_in_any_order(order: list[News]) -> None:
    """Three outlets, versions and a correction: one message, sent once, that counts them."""
    ((done, text),) = await messages_of(order)
    assert done[0] == "send"
    assert set(done[1:]) <= {"edit"}
    assert "2 outlets" in text
    assert "Ukrinform (uk)" in text


@pytest.mark.parametrize("order", TWO, ids=range(len(TWO)))
async def test_two_launches_on_one_day_are_two_messages_in_any_order(order: list[News]) -> None:
    """The same outlets tell of both, and each report of the second launch mentions the first."""
    messages = await messages_of(order)
    assert [done[0] for done, _ in messages] == ["send", "send"]
    assert all(set(done[1:]) <= {"edit"} for done, _ in messages)
    for _, text in messages:
        ballistic = any(word in text for word in ("ballistic", "탄도미사일", "балістичн"))
        cruise = any(word in text for word in ("cruise", "순항미사일", "крилат"))
        assert ballistic != cruise
        assert "2 outlets" in text
