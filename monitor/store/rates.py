"""The tables `recent_alerts` and `cooldowns`: the times of the last alerts of each channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Executable, bindparam, delete, insert, select

from monitor.model import History
from monitor.store.base import Repository, insert_into
from monitor.store.columns import shorten
from monitor.store.schema import channels, cooldowns, recent_alerts

_RUNG = (
    select(recent_alerts.c.at).where(recent_alerts.c.channel == bindparam("of_channel")).order_by(recent_alerts.c.at)
)
_RUNG_ROWS = select(recent_alerts.c.id, recent_alerts.c.at).where(recent_alerts.c.channel == bindparam("of_channel"))
_ADD_RUNG = insert(recent_alerts)
_LAST = select(cooldowns.c.watchlist, cooldowns.c.at).where(cooldowns.c.channel == bindparam("of_channel"))
_ROLLING = select(channels.c.burst).where(channels.c.name == bindparam("of_channel"))


@cache
def _saving_burst(dialect: str) -> Executable:
    row = insert_into(dialect, channels)
    return row.on_conflict_do_update(index_elements=[channels.c.name], set_={"burst": row.excluded.burst})


@cache
def _saving_last(dialect: str) -> Executable:
    row = insert_into(dialect, cooldowns)
    unique = [cooldowns.c.channel, cooldowns.c.watchlist]
    return row.on_conflict_do_update(index_elements=unique, set_={"at": row.excluded.at})


class Rates(Repository):
    """Times of a channel's last alerts, deleted with the channel."""

    def alert_history(self, channel: str) -> History:
        """Return the history of a channel's alerts; a blank one where none is stored."""
        of = {"of_channel": channel}
        return History(
            rung=tuple(self.connection.scalars(_RUNG, of)),
            last={row.watchlist: row.at for row in self.connection.execute(_LAST, of)},
            rolling=self.connection.scalar(_ROLLING, of),
        )

    def save_alert_history(self, channel: str, history: History) -> None:
        """Store the history of a channel's alerts: only differences are written."""
        before = self.alert_history(channel)
        if history == before:
            return
        values = {"name": channel, "used_at": self.now(), "burst": history.rolling}
        self.connection.execute(_saving_burst(self.dialect), values)
        if history.rung != before.rung:
            self._save_rung(channel, history.rung)
        self._save_last(channel, before.last, {shorten(name): at for name, at in history.last.items()})

    def _save_rung(self, channel: str, rung: Sequence[datetime]) -> None:
        """Write a multiset: several alerts may ring at one moment."""
        missing, gone = Counter(rung), []
        for row in self.connection.execute(_RUNG_ROWS, {"of_channel": channel}):
            if missing[row.at]:
                missing[row.at] -= 1
            else:
                gone.append(row.id)
        if gone:
            self.connection.execute(delete(recent_alerts).where(recent_alerts.c.id.in_(gone)))
        fresh = [{"channel": channel, "at": at} for at in missing.elements()]
        if fresh:
            self.connection.execute(_ADD_RUNG, fresh)

    def _save_last(self, channel: str, before: Mapping[str, datetime], after: Mapping[str, datetime]) -> None:
        gone = before.keys() - after.keys()
        if gone:
            of_channel = cooldowns.c.channel == channel
            self.connection.execute(delete(cooldowns).where(of_channel, cooldowns.c.watchlist.in_(gone)))
        for watchlist, at in after.items():
            if before.get(watchlist) != at:
                values = {"channel": channel, "watchlist": watchlist, "at": at}
                self.connection.execute(_saving_last(self.dialect), values)
