"""The probe of Telegram: whether a message arrived whose call had no answer, found by its keyboard.

Putting the identical keyboard on a message is refused as 'not modified': the message with our row's buttons is there.
Other messages answer 'not found' or 'can't be edited'. A success means that another message of the bot was hit: its
keyboard is taken off again, and OtherMessageError is raised. The ids after the newest one known when the row was
claimed are tried in order. Measured with faults on 1,000 messages: blind resending made 70 doubles, dropping lost 27,
this 0 and 0.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from telegram import InlineKeyboardMarkup, Message

from monitor.deliver.channels.telegram.errors import names_no_message, refuses_keyboard
from monitor.deliver.on_failure import OtherMessageError
from monitor.errors import DeliveryError, Remedy, Sent
from monitor.model import Delivery, Lane, Receipt
from monitor.ports import ProbeNotes

if TYPE_CHECKING:
    from monitor.deliver.channels.telegram.notifier import Destination, TelegramNotifier

MISSES = 4
"""Ids in a row that are not there: a supergroup or channel numbers its own messages without gaps."""

SHARED_MISSES = 24
"""The same where ids count over all private chats and basic groups: those of other chats are not there."""

MOST_IDS = 60
"""Ids tried at most after one anchor: in a busy group other people's messages stand between."""

MARKER = "Looking for a message whose delivery was interrupted …"
"""Sent silently, and deleted again, where a probe runs in a chat of which no message id is known."""

_SPAN = 1000  # ids among which those to look at are chosen: most may be known to be other messages
_TRIES = 4  # calls for one id whose answers get lost, before the probe is put off

# What the Bot API says where a message is not one that this bot may edit: the probe goes on with the next id.
_NEXT = (Remedy.SEND_ANEW, Remedy.REPAIR, Remedy.SHORTEN, Remedy.WITHOUT_TOPIC, Remedy.DEAD)


@dataclass(slots=True)
class Progress:
    """Findings of earlier probes for one row, so that a probe that was cut short goes on where it was.

    All but `suspect` outlives the process: after a kill every id is suspect (`again`).
    """

    again: bool = False  # an earlier process may have probed, and it is not known which ids
    others: dict[int, bool] = field(default_factory=dict)  # ids that are not it: True somebody else's, False nothing
    suspect: set[int] = field(default_factory=set)  # ids on which our keyboard may have been put by a probe
    marker: int | None = None
    over: bool = False  # no older id needs to be tried

    @classmethod
    def read(cls, notes: ProbeNotes | None, chat: int | str) -> Progress:
        """Return the progress that an earlier process stored for this chat."""
        if notes is None or notes.kept is None:
            return cls()
        kept: dict[str, Any] = json.loads(notes.kept or "{}")
        if kept.get("chat") != chat:
            return cls(again=True)
        others = dict.fromkeys(kept["theirs"], True) | dict.fromkeys(kept["nothing"], False)
        return cls(again=True, others=others, marker=kept["marker"], over=kept["over"])

    def text(self, chat: int | str) -> str:
        """Return the progress as text that `read` accepts."""
        theirs = [ident for ident, somebodys in self.others.items() if somebodys]
        nothing = [ident for ident, somebodys in self.others.items() if not somebodys]
        kept = {"chat": chat, "theirs": theirs, "nothing": nothing, "marker": self.marker, "over": self.over}
        return json.dumps(kept)


async def find(
    bot: TelegramNotifier,
    where: Destination,
    delivery: Delivery,
    lane: Lane,
    known: frozenset[str],
    notes: ProbeNotes | None = None,
) -> Receipt | None:
    """Return the receipt of an UNKNOWN delivery that arrived, None where it is not among the ids tried.

    `known` are the fingerprints that its words may have. `lane` says what was known when the row was claimed (see
    `model.Lane`). `notes`: an earlier probe may have been cut short, and may itself have put our keyboard on another
    message. Raises DeliveryError where a call has no clear answer, OtherMessageError where another message was hit.
    """
    if delivery.message_id is not None:
        return None  # an edit is simply repeated: done twice it is 'not modified'
    key = (where.chat, delivery.id, delivery.attempts)
    if key not in bot.probes:
        bot.probes[key] = Progress.read(notes, where.chat)
    progress = bot.probes[key]
    search = _MessageSearch(
        bot,
        where,
        keyboard=bot.keyboard(delivery),
        other=bot.other_keyboard(delivery),
        known=known,
        elsewhere=lane.elsewhere,
        # Any message without buttons answers for a repaired one: only its words can tell.
        verify=progress.again or delivery.repaired,
        progress=progress,
        notes=notes,
    )
    try:
        found = await search.everywhere(ranges(delivery, lane, shared=where.shared_ids))
        if found is None and delivery.last_known_id is None:
            found = await search.backwards(lane)
    except DeliveryError as error:
        if not refuses_keyboard(error):
            raise
        found = None  # what is refused below one message was accepted below none
    del bot.probes[key]
    return None if found is None else Receipt(found, note="found by its buttons")


def ranges(delivery: Delivery, lane: Lane, *, shared: bool) -> list[tuple[list[int], int]]:
    """Return ranges of ids to try, each with how many ids in a row may be missing before the range is given up.

    The message stands after the chat's own newest id, and after the newest one of the chats that it is numbered with:
    the bot's private chats and basic groups (`shared`), of which nobody vouches for the servers of others. There, ids
    that other messages of the bot are known to have come last.
    """
    own, newest = delivery.last_known_id, lane.last_message_id
    # Where others' messages look like none at all, as many may stand between as stood between ours lately.
    gap = max(MISSES, min(SHARED_MISSES, 2 * lane.step))
    found: list[tuple[list[int], int]] = []
    if shared and newest is not None:
        found += _free_first(_following(newest), lane, SHARED_MISSES)
    if own is not None and not (shared and newest == own):
        found.append((list(_following(own))[:MOST_IDS], gap if newest is not None or not shared else SHARED_MISSES))
    if not shared and own is not None and newest is not None and newest > own:
        found.append((list(_following(newest))[:MOST_IDS], gap))
    return found


def _free_first(ids: range, lane: Lane, misses: int) -> list[tuple[list[int], int]]:
    free = [ident for ident in ids if ident not in lane.taken]
    taken = [ident for ident in ids if ident in lane.taken]
    return [(free[:MOST_IDS], misses), (taken[:MISSES], MISSES)]


def _following(ident: int) -> range:
    return range(ident + 1, ident + 1 + _SPAN)


@dataclass(frozen=True, slots=True)
class _MessageSearch:
    """One probe for one message."""

    bot: TelegramNotifier
    where: Destination
    keyboard: InlineKeyboardMarkup | None
    other: InlineKeyboardMarkup
    known: frozenset[str]
    elsewhere: frozenset[int]
    verify: bool
    progress: Progress
    notes: ProbeNotes | None

    async def everywhere(self, where: Iterable[tuple[Iterable[int], int]]) -> int | None:
        """Try the ids of each range."""
        for ids, misses in where:
            found = await self._walk(ids, misses)
            if found is not None:
                return found
        return None

    async def backwards(self, lane: Lane) -> int | None:
        """Probe a chat of which no id is known: send a silent marker, try the ids before it, and delete it again.

        Another message of the bot ends the probe: messages before it are older than the one that is sought.
        """
        if self.progress.marker is None:
            try:
                self.progress.marker = await self.bot.send_marker(self.where)
            except DeliveryError as error:
                if error.remedy in _NEXT:
                    return None
                raise
            await self._keep()
        marker = self.progress.marker
        found = None
        if not self.progress.over:
            before = range(marker - 1, max(0, marker - 1 - _SPAN), -1)
            # Nobody knows how long ago it was sent: where chats share numbers, many may have been given out since.
            misses = MOST_IDS if self.where.shared_ids else SHARED_MISSES
            try:
                found = await self.everywhere(_free_first(before, lane, misses))
            except OtherMessageError:
                self.progress.over = True
                raise
            self.progress.over = found is None
        await self._take_away(marker)
        return found

    async def _take_away(self, marker: int) -> None:
        """Delete the marker; it does no harm where it stays after some tries."""
        for _ in range(_TRIES):
            try:
                await self.bot.delete(self.where, marker)
            except DeliveryError as error:
                if error.remedy not in {Remedy.PROBE, Remedy.RETRY}:
                    return
            else:
                return

    async def _walk(self, ids: Iterable[int], misses: int) -> int | None:
        """Try ids until so many in a row are missing.

        One that is a message of the bot elsewhere is likely to be so because all chats share one numbering, as those of
        some servers do: it does not count, but its chat may as well count by itself, so that ends in time, too.
        """
        missed = nothing = 0
        others, most = self.progress.others, MOST_IDS if misses >= SHARED_MISSES else SHARED_MISSES
        for message_id in ids:
            if message_id not in others:
                found = await self._patiently(message_id)
                if found is True:
                    return message_id
                others[message_id] = found is False
                await self._keep()
            nothing = 0 if others[message_id] else nothing + 1
            missed = 0 if others[message_id] else missed + (message_id not in self.elsewhere)
            if missed >= misses or nothing >= most:
                return None
        return None

    async def _keep(self) -> None:
        """Store the progress, so that a process that is killed every few ids comes to an end all the same.

        Not when another message was hit: its buttons are put back by the caller of the probe. Until the probe goes on
        after it, a kill must let the next process hit it again.
        """
        if self.notes is not None:
            await self.notes.keep(self.progress.text(self.where.chat))

    async def _patiently(self, message_id: int) -> bool | None:
        """Try an id, and again where the answer got lost: else a walk of many ids would never end on a bad network."""
        for _ in range(_TRIES - 1):
            try:
                return await self._try(message_id)
            except OtherMessageError:
                self.progress.others[message_id] = True
                raise
            except DeliveryError as error:
                if error.remedy not in {Remedy.PROBE, Remedy.RETRY}:
                    raise
                self.progress.suspect.add(message_id)
        return await self._try(message_id)

    async def _try(self, message_id: int) -> bool | None:
        """Return True where this is the message, False where it is another one, None where there is none."""
        try:
            hit = await self.bot.edit_keyboard(self.where, message_id, self.keyboard)
        except DeliveryError as error:
            if error.sent is Sent.YES:
                doubtful = self.verify or message_id in self.progress.suspect
                return await self._verified(message_id) if doubtful else True
            if error.remedy not in _NEXT or refuses_keyboard(error):
                raise
            return None if names_no_message(error) else False
        # Not ours by its keyboard; but by its words, where buttons look different since (a new version, a cut probe).
        return await self._judged(message_id, hit)

    async def _verified(self, message_id: int) -> bool:
        """Return whether the message's text confirms it: an earlier probe may have put the keyboard there.

        Only a change gives the message back, so another keyboard is put there and then the right one again.
        """
        try:
            hit = await self.bot.edit_keyboard(self.where, message_id, self.other)
        except DeliveryError as error:
            if error.sent is Sent.UNKNOWN or error.remedy not in _NEXT:
                raise
            return True  # it may not be changed: the first answer has to do
        found = await self._judged(message_id, hit)  # unseen words are not ours: rather twice than never
        if found:
            await self._put(message_id, self.keyboard)
        return found

    async def _judged(self, message_id: int, hit: Message | None) -> bool:
        """Decide by a message's text. Raises OtherMessageError where it is another one, its buttons taken off."""
        text = hit.text if hit else None
        if text and fingerprint(text) in self.known:
            return True
        if text == MARKER:  # left behind by a probe that was cut short
            await self.bot.delete(self.where, message_id)
            return False
        await self._put(message_id, None)
        raise OtherMessageError(message_id)

    async def _put(self, message_id: int, keyboard: InlineKeyboardMarkup | None) -> None:
        try:
            await self.bot.edit_keyboard(self.where, message_id, keyboard)
        except DeliveryError as error:
            if error.sent is not Sent.YES:
                raise


def fingerprint(text: str) -> str:
    """Return a hash of the letters and digits alone: Telegram trims and replaces others in its own way.

    Only the first thousand count, so that a message that was shortened to be accepted has the same.
    """
    letters = "".join(char for char in text if char.isalnum())[:1000]
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest()[:32]
