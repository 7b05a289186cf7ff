"""The configuration and rules in force: the one value that a reload replaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.i18n import Phrases, alert_phrases
from monitor.model import Config
from monitor.pipeline.ruleset import Rules
from monitor.ports import Fetcher


@dataclass(frozen=True, slots=True)
class InForce:
    """All that a reload replaces: the rules with the configuration that they are made of, and the fetcher."""

    rules: Rules
    fetcher: Fetcher
    _max_ages: Mapping[str, timedelta] = field(init=False, repr=False, compare=False)  # of the sources that have one

    def __post_init__(self) -> None:
        """Look the sources up once: each poll and each article asks for one by name."""
        ages = {each.name: timedelta(seconds=each.max_age) for each in self.config.sources if each.max_age is not None}
        object.__setattr__(self, "_max_ages", ages)

    @property
    def config(self) -> Config:
        """The configuration."""
        return self.rules.config

    @property
    def phrases(self) -> Phrases:
        """Return the phrases of notices to operators, in the configuration's language."""
        return alert_phrases(self.config.language)

    def old_before(self, source: str, now: datetime) -> datetime | None:
        """Return the time before which a source's entries are too old to raise an alert; None where none is."""
        age = self._max_ages.get(source)
        return None if age is None else now - age


@dataclass(slots=True)
class Live:
    """The holder of the value in force; one assignment replaces all of it.

    An article is judged by what `now` was when that began: a reload takes effect between two articles.
    """

    now: InForce
    regrouped: set[int] = field(default_factory=set)
    """Stories that somebody split or merged by hand, which the story index has still to read again."""
