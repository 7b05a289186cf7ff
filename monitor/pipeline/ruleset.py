"""Rules of judging and alerting, compiled from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from monitor.errors import MonitorError
from monitor.model import Article, Channel, Config, Watchlist
from monitor.watch.article_matches import ArticleMatches
from monitor.watch.catalogue import Catalogue
from monitor.watch.index.terms import Builder
from monitor.watch.match import Matcher


class NotCompiled(Matcher):
    """Stands in for a matcher while the watchlists are being compiled, which takes minutes at the first start."""

    def __init__(self) -> None:
        super().__init__(Builder().finish(), (), {})

    def read(self, article: Article, like: ArticleMatches | None = None) -> ArticleMatches:
        """Raise MonitorError: an empty matcher would find nothing in any article."""
        del article, like
        raise MonitorError("the watchlists are still being compiled; try again in a minute")


@dataclass(frozen=True, slots=True)
class CompiledCatalogue:
    """The entities that stories share across languages: all of the catalogue, with the user's own."""

    matcher: Matcher  # every entity is a term of it
    entities: Catalogue | None = None  # None, where nothing was compiled: the shipped ones
    fingerprint: str = ""  # of the entities and of the code that makes their forms; kept with an article's features


@dataclass(frozen=True)
class Rules:
    """A configuration with the matcher and catalogue compiled from it, for the judge and housekeeping.

    `timezone` is the clock of channels that name none.
    """

    matcher: Matcher
    catalogue: CompiledCatalogue
    config: Config = Config()
    timezone: str = "UTC"

    @cached_property
    def watchlists(self) -> Mapping[str, Watchlist]:
        """The watchlists by name."""
        return {watchlist.name: watchlist for watchlist in self.config.watchlists}

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The configured channels by name."""
        return self.config.channels

    def expiry(self, channel: str) -> float:
        """Return the seconds after which a message to the channel is given up."""
        found = self.channels.get(channel)
        return self.config.delivery.expire if found is None or found.expire is None else found.expire
