"""The earlier story that a new one is related to, as its channel was told of it."""

from __future__ import annotations

from monitor.model import ChannelAddress, Delivery, FollowedStory, MessageKind

_TITLE = 300  # characters kept of a title


def was_told(row: Delivery) -> bool:
    """Return whether a row is an alert that its channel was sent, or will be."""
    return row.alert.kind is MessageKind.ALERT and row.lives


def followed(row: Delivery, story: int, shown: Delivery, address: ChannelAddress) -> FollowedStory:
    """Return the story of an alert for the alert of a later one.

    `shown` is the row whose message tells it: a digest's, or itself. A message that was sent before the channel moved
    to `address` is not there.
    """
    sent, moved = shown.message_sent_at, address.moved_at
    elsewhere = sent is not None and moved is not None and sent < moved
    alert, message = row.alert, None if elsewhere else shown.message_id
    return FollowedStory(story, alert.headline[:_TITLE], alert.source, alert.at, alert.url, message)
