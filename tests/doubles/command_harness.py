"""A desk for the bot's commands: a real store, a real configuration file, rules compiled of it; only pages are faked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from doubles.clock import FixedClock
from doubles.inforce import in_force
from doubles.telegram import TOKEN

from monitor.app.configuration import load
from monitor.bot.commands import answer
from monitor.bot.context import Answer, BotContext, CommandRequest
from monitor.deliver.channels import registry
from monitor.model import Alert, Article, MessageKind, NewDelivery, Receipt, Relation, Watchlist
from monitor.pipeline.health import Disk
from monitor.pipeline.live import InForce
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.store import Database
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.match import Matcher

CHAT, ADMIN, MEMBER = -1001234, 7, 8

CONFIG = f"""\
# what is watched
sources:
  - {{name: Ukrinform, url: 'https://www.ukrinform.ua/rss/block-lastnews'}}
  - {{name: Yonhap, url: 'https://en.yna.co.kr/RSS/nk.xml'}}
watchlists:
  - name: DPRK arms
    entities: [DPRK, ICBM]   # more to come
    keywords: [sanctions, балістична ракета]
    severity: high
    notify: [desk]
  - name: Aid
    query: 'aid AND NOT football'
    notify: [desk, aside]
channels:
  desk:
    telegram: {{chat: {CHAT}}}
    timezone: Europe/Kyiv
  aside:
    telegram: {{chat: 99}}
telegram:
  admins: [{ADMIN}]
"""


@cache
def _compiled(watchlists: tuple[Watchlist, ...]) -> Matcher:
    """Compile watchlists of shipped entities once: most tests have the same."""
    return compile_watchlists(watchlists, shipped())


class CommandHarness:
    """Asks commands and keeps what they change."""

    def __init__(self, store: Database, folder: Path, config: str = CONFIG) -> None:
        self.store = store
        self.path = folder / "config.yaml"
        self.path.write_text(config, encoding="utf-8")
        self.clock = FixedClock()
        self.pages: dict[str, Callable[[], Article]] = {}
        self.asked: list[str] = []
        self._updates = count(1)
        self.live = in_force()
        self.reload()
        self.desk = BotContext(
            store,
            self.clock,
            registry.CHANNELS,
            self.live,
            self._read,
            started=self.clock.now() - timedelta(hours=50),
            disk=lambda: Disk("var", 40_000_000_000, 12_345_000_000),
            compiler=lambda _: lambda lists: _compiled(tuple(lists)),
        )

    def reload(self) -> None:
        self.config = load(self.path, {"TELEGRAM_BOT_TOKEN": TOKEN})
        assert not self.config.entities, "compile them too, where a test needs some"
        matcher = _compiled(self.config.watchlists)
        self.live.now = InForce(Rules(matcher, CompiledCatalogue(matcher), self.config), self.live.now.fetcher)
        with self.store.begin() as tx:
            tx.sync_sources(self.config.sources, self.clock.now())

    async def _read(self, url: str) -> Article:
        self.asked.append(url)
        return self.pages[url]()

    def request(self, text: str, **changes: object) -> CommandRequest:
        command, _, argument = text.removeprefix("/").partition(" ")
        made = CommandRequest(
            update_id=next(self._updates),
            user_id=ADMIN,
            user_name="Ann",
            language="en",
            chat_id=CHAT,
            topic=None,
            private=False,
            admin=True,
            message_id=5,
            command=command,
            argument=argument.strip(),
            at=self.clock.now(),
            channel="desk",
            confirmed=command in ("add", "remove"),  # as if the button below the preview were pressed
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    async def answer(self, text: str, **changes: object) -> Answer | None:
        """Ask, and let the effects happen as the bot does."""
        found = await answer(self.request(text, **changes), self.desk)
        if found is not None and found.effects is not None:
            instead = await self.store.run(found.effects)
            found = found if instead is None else replace(found, lines=instead)
        return found

    async def ask(self, text: str, **changes: object) -> str:
        """Ask; return the answer's plain text."""
        found = await self.answer(text, **changes)
        assert found is not None
        return plain(found)

    def story(self, headline: str, *, published: float = 120.0, sent: float | None = 5.0, watchlist: str = "DPRK arms",
              channel: str = "desk",
    ) -> int:  # fmt: skip
        """Put a story with an alert into the store: published and sent so many seconds before and after it was seen."""
        now = self.clock.now()
        with self.store.begin() as tx:
            story = tx.create_story(now)
            article = Article(
                f"https://news.example/{story}", headline, "Text.", "Ukrinform", "uk", key=f"k{story}",
                published=now - timedelta(seconds=published), seen_at=now,
            )  # fmt: skip
            tx.join_story(story, tx.add_article(article), Relation.FIRST, (), now)
            alert = Alert(MessageKind.ALERT, headline, watchlist=watchlist, url=article.url)
            new = NewDelivery(channel, f"alert:{story}:{watchlist}:{channel}", alert, story_id=story)
            row = tx.add_delivery(new, now)
            assert row is not None
            if sent is not None:
                claimed = tx.claim_delivery([channel], f"lane:{channel}", now)
                assert claimed is not None
                tx.mark_sent(claimed.id, f"lane:{channel}", Receipt(100 + row), now + timedelta(seconds=sent))
        return story


def plain(found: Answer) -> str:
    """Return an answer as plain text."""
    return "\n".join("".join(run.text for run in line) for line in found.lines)


def at(hours: float) -> datetime:
    """Return a moment so many hours before the clock's."""
    return FixedClock().now() - timedelta(hours=hours)
