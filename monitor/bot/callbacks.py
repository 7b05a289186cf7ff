"""Handling of button presses: one transaction decides, acts and returns the popup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from monitor import host
from monitor.alert.escalation import is_escalation
from monitor.alert.render.layout import reader, zone_of
from monitor.bot.i18n import answer_language, bot_phrases, language_of
from monitor.bot.permissions import AccessLevel, Permissions
from monitor.bot.updates import ButtonUpdate, Chat, confirmation
from monitor.bot.why import AlertEvidence, explained
from monitor.deliver.channels.telegram.keyboard import Signer
from monitor.i18n import Phrases, alert_phrases
from monitor.model import Act, ActKind, Delivery, MessageKind, MuteKind, MuteMenu, NewDelivery, Story
from monitor.pipeline import grouping, report
from monitor.pipeline.acks import end_mute, mark, mark_story, next_morning, show_menu
from monitor.pipeline.live import Live
from monitor.store import Transaction

log = structlog.get_logger(__name__)

ANSWER_EXPIRES = timedelta(hours=1)
"""How long an answer is tried: an older one answers what nobody asks any more."""


@dataclass(frozen=True, slots=True)
class Popup:
    """The popup for the user who pressed; `wrote`: the outbox has grown; `close`: a message to delete."""

    text: str
    wrote: bool = False
    close: tuple[int, int] | None = None  # chat and message


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A genuine press on a row that is there, in the row's own chat."""

    row: Delivery
    chat: Chat
    pressed: ButtonUpdate
    admin: bool
    words: Phrases
    now: datetime
    live: Live
    timezone: str = "UTC"

    def act(self, deed: ActKind) -> Act:
        """Return the action that is shown below the message."""
        return Act(deed, self.pressed.user.id, self.pressed.user.name, self.now)

    def say(self, key: str, *, wrote: bool = False, **values: object) -> Popup:
        """Answer with one text."""
        return Popup(self.words.text(key, **values), wrote=wrote)


def act(
    tx: Transaction, pressed: ButtonUpdate, permissions: Permissions, signer: Signer, now: datetime, live: Live
) -> Popup:
    """Carry out a press. A forged, stale, foreign or forbidden one changes nothing and is answered."""
    words = bot_phrases(language_of(pressed.user.language))
    signed = signer.read(pressed.data)
    if signed is None:
        return Popup(words.text("press forged"))
    row = tx.delivery(signed.row)
    if row is None or row.channel not in permissions.channels:
        return Popup(words.text("press stale"))
    if pressed.chat is None or not permissions.holds(permissions.channels[row.channel], pressed.chat):
        return Popup(words.text("press foreign"))
    standing = permissions.standing(pressed.user, pressed.chat)
    if standing is AccessLevel.STRANGER:
        return Popup(words.text("press denied", user=pressed.user.id))
    handler = _ACTIONS.get(signed.action) or _regrouping(signed.action)
    if handler is None:
        return Popup(words.text("press stale"))
    channel = permissions.channels[row.channel]
    words = bot_phrases(answer_language(channel, pressed.user.language))
    zone = channel.timezone or host.timezone()
    press = ButtonPress(row, pressed.chat, pressed, standing is AccessLevel.ADMIN, words, now, live, zone)
    log.info("a button was pressed", action=signed.action, row=row.id, user=pressed.user.id)
    return handler(tx, press)


def _on_story(tx: Transaction, press: ButtonPress) -> Story | Popup:
    """Return the story whose mute an admin may change, or the answer where that is not so."""
    if not press.admin:
        return press.say("press admins", user=press.pressed.user.id)
    return report.story_of(tx, press.row) or press.say("press no story")


def _mute(tx: Transaction, press: ButtonPress) -> Popup:
    """Open the choice of durations; where the message's buttons cannot be changed, mute for good."""
    story = _on_story(tx, press)
    if isinstance(story, Popup):
        return story
    if any((mute.kind, mute.key, mute.until) == (MuteKind.STORY, str(story.id), None) for mute in tx.mutes(press.now)):
        shown = show_menu(tx, press.row, MuteMenu.MUTED, press.now)
        return press.say("press muted already", wrote=shown, story=story.id)
    if show_menu(tx, press.row, MuteMenu.OPEN, press.now):
        return press.say("press mute how long", wrote=True)
    return (
        _mute_until(tx, press, story, None) if press.row.alert.mute_menu is None else press.say("press mute how long")
    )


def _mute_until(tx: Transaction, press: ButtonPress, story: Story, until: datetime | None) -> Popup:
    tx.mute(MuteKind.STORY, str(story.id), until, press.pressed.user.id)
    mark_story(tx, story.id, replace(press.act(ActKind.MUTE), until=until), press.now, press.row.id)
    if until is None:
        return press.say("press muted", wrote=True, story=story.id)
    who = reader(press.timezone, press.now, alert_phrases(press.words.language))
    return press.say("press muted until", wrote=True, story=story.id, until=who.shown(until))


def _muting(tx: Transaction, press: ButtonPress, until: datetime | None) -> Popup:
    story = _on_story(tx, press)
    return story if isinstance(story, Popup) else _mute_until(tx, press, story, until)


def _mute_hour(tx: Transaction, press: ButtonPress) -> Popup:
    return _muting(tx, press, press.now + timedelta(hours=1))


def _mute_morning(tx: Transaction, press: ButtonPress) -> Popup:
    return _muting(tx, press, next_morning(press.now, zone_of(press.timezone)))


def _mute_ever(tx: Transaction, press: ButtonPress) -> Popup:
    return _muting(tx, press, None)


def _mute_not(tx: Transaction, press: ButtonPress) -> Popup:
    story = _on_story(tx, press)
    if isinstance(story, Popup):
        return story
    menu = MuteMenu.MUTED if story.muted else None
    return Popup("", wrote=show_menu(tx, press.row, menu, press.now))


def _unmute(tx: Transaction, press: ButtonPress) -> Popup:
    story = _on_story(tx, press)
    if isinstance(story, Popup):
        return story
    if end_mute(tx, story.id, press.act(ActKind.UNMUTE), press.row.id):
        return press.say("press unmuted", wrote=True, story=story.id)
    return press.say("press not muted", wrote=show_menu(tx, press.row, None, press.now))


def _judge(tx: Transaction, press: ButtonPress, *, useful: bool) -> Popup:
    if not tx.save_feedback(press.row.id, press.pressed.user.id, useful=useful, now=press.now):
        return press.say("press stale")
    return press.say("press up" if useful else "press down")


def _up(tx: Transaction, press: ButtonPress) -> Popup:
    return _judge(tx, press, useful=True)


def _down(tx: Transaction, press: ButtonPress) -> Popup:
    return _judge(tx, press, useful=False)


def _ack(tx: Transaction, press: ButtonPress) -> Popup:
    done = any(act.deed is ActKind.ACK and act.user == press.pressed.user.id for act in press.row.alert.acts)
    if done:
        return press.say("press acked already")
    story = press.row.story_id
    if story is not None and any(map(is_escalation, tx.deliveries_of(story))):
        mark_story(tx, story, press.act(ActKind.ACK), press.now, press.row.id)  # those who did not are told, too
        return press.say("press acked", wrote=True)
    return press.say("press acked", wrote=mark(tx, press.row, press.act(ActKind.ACK), press.now))


def _why(tx: Transaction, press: ButtonPress) -> Popup:
    row = press.row
    who = reader(press.timezone, press.now, alert_phrases(press.words.language))
    story = report.story_of(tx, row)
    verdicts = tx.verdicts_of(row.story_id) if row.story_id is not None else []
    related = report.related_stories(tx, story, row.alert.follows)
    new = NewDelivery(
        channel=row.channel,
        dedupe=f"why:{row.id}:{row.revision}",
        alert=explained(AlertEvidence(row, story, verdicts, who, report.changes_of(tx, story), related), press.words),
        reply_to=row.id,
        expires_at=press.now + ANSWER_EXPIRES,
    )
    added = tx.add_delivery(new, press.now) is not None
    return press.say("press why" if added else "press why already", wrote=added)


def _apply(tx: Transaction, press: ButtonPress) -> Popup:
    """Queue the command that an answer proposes, as if who pressed had written it: it is done once, and answered."""
    if not press.admin:
        return press.say("admins only", user=press.pressed.user.id)
    command = press.row.alert.proposal
    queued = confirmation(press.pressed, press.row.id, command, press.now) if command else None
    if queued is None:
        return press.say("press stale")
    return press.say("press applied" if tx.store_updates([queued], press.now) else "press applied already")


def _close(_tx: Transaction, press: ButtonPress) -> Popup:
    if press.row.alert.kind is not MessageKind.ANSWER or press.pressed.message_id is None:
        return press.say("press stale")
    return Popup("", close=(press.chat.id, press.pressed.message_id))


def _regrouping(action: str) -> Callable[[Transaction, ButtonPress], Popup] | None:
    """Return the handler of `split-ARTICLE` or `merge-STORY`."""
    deed, _, number = action.partition("-")
    handler = {"split": _split, "merge": _merge}.get(deed)
    return partial(handler, number=int(number)) if handler is not None and number.isdigit() else None


def _split(tx: Transaction, press: ButtonPress, number: int) -> Popup:
    """Take an article out of the story that the answer was on, where it is in it still."""
    if not press.admin:
        return press.say("press grouping admins", user=press.pressed.user.id)
    home = tx.story_of(number)
    story = _asked_about(tx, press)
    if story is None or home != story.id or not grouping.can_split(story, number):
        return press.say("press grouped already")
    own = grouping.split(tx, press.live, story, number, user=press.pressed.user.id, now=press.now)
    return press.say("press split", wrote=True, article=number, story=own)


def _merge(tx: Transaction, press: ButtonPress, number: int) -> Popup:
    """Merge the story that the answer was on with another, where both are there still."""
    if not press.admin:
        return press.say("press grouping admins", user=press.pressed.user.id)
    story, other = _asked_about(tx, press), report.story_named(tx, number)
    if story is None or other is None or story.id == other.id or not (story.members and other.members):
        return press.say("press grouped already")
    kept = grouping.merge(tx, press.live, (story, other), user=press.pressed.user.id, now=press.now)
    done = press.say("press merged", wrote=True, kept=kept, gone=other.id if kept == story.id else story.id)
    muted = press.words.text("merged muted", story=kept) if tx.story(kept).muted else ""
    return replace(done, text=f"{done.text} {muted}".rstrip())


def _asked_about(tx: Transaction, press: ButtonPress) -> Story | None:
    """Return the story of the alert that the answer is a reply to; None where either was cleaned up."""
    asked = None if press.row.reply_to is None else tx.delivery(press.row.reply_to)
    return None if asked is None else report.story_of(tx, asked)


_ACTIONS: dict[str, Callable[[Transaction, ButtonPress], Popup]] = {
    "mute": _mute,
    "mute-hour": _mute_hour,
    "mute-morning": _mute_morning,
    "mute-ever": _mute_ever,
    "mute-not": _mute_not,
    "unmute": _unmute,
    "up": _up,
    "down": _down,
    "ack": _ack,
    "why": _why,
    "apply": _apply,
    "close": _close,
}
