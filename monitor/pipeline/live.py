"""What is in force now: the one place that a reload writes to, and that whoever goes by the configuration reads."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model import Config
from monitor.pipeline.ruleset import Rules
from monitor.ports import Fetcher


@dataclass(frozen=True, slots=True)
class InForce:
    """Everything that a reload replaces: the rules with the configuration of which they are made, and the way out."""

    rules: Rules
    fetcher: Fetcher

    @property
    def config(self) -> Config:
        """The configuration."""
        return self.rules.config


@dataclass(slots=True)
class Live:
    """Holds what is in force. One assignment replaces all of it.

    An article is judged by what `now` was when that began: a reload takes effect between two articles.
    """

    now: InForce
