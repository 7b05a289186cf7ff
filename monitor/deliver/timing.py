"""The delivery worker's durations that are no keys of the configuration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTiming:
    """All in seconds."""

    heartbeat: float = 5.0
    """Between two checks of the lanes by the worker."""

    recover_again: float = 1.0
    """Between two tries to read the outbox at the start."""

    stuck: float = 150.0
    """Of one call, after which its lane counts as stuck: the longest read time-out is 60."""

    idle: float = 5.0
    """After which a lane begins a turn without being woken: another process may have added rows."""

    call: float = 120.0
    """That a call, or a probe of many calls, may take before its lane counts as stalled: it is answered within 60."""

    store_again: float = 2.0
    """Between tries where the database refuses (a full disk, a lock)."""

    latest_again: float = 20.0
    """At most between two tries to write how a call ended."""

    worth_telling: float = 10.0
    """Of refusal after which admins are told once writing works again; shorter refusals are in the log."""

    token_again: float = 300.0
    """Between checks whether a refused token is valid again."""


USUAL = DeliveryTiming()
