"""The configuration and rules in force: the one value that a reload replaces."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model import Config
from monitor.pipeline.ruleset import Rules
from monitor.ports import Fetcher


@dataclass(frozen=True, slots=True)
class InForce:
    """All that a reload replaces: the rules with the configuration that they are made of, and the notifiers."""

    rules: Rules
    fetcher: Fetcher

    @property
    def config(self) -> Config:
        """The configuration."""
        return self.rules.config


@dataclass(slots=True)
class Live:
    """The holder of the value in force; one assignment replaces all of it.

    An article is judged by what `now` was when that began: a reload takes effect between two articles.
    """

    now: InForce
