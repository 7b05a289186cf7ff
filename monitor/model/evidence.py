"""What re-checks of articles found, as stories show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChangeKind(StrEnum):
    """What became of a page since it was read."""

    HEADLINE = "headline"
    TEXT = "text"
    GONE = "gone"  # 404, 410, 451, or sent to the site's first page
    UNREADABLE = "unreadable"  # there, and no article is on it any more
    BACK = "back"  # read again after one of the two


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """A change of one article. `before` and `after` are of headlines; for GONE and UNREADABLE `after` says how."""

    article_id: int
    at: datetime
    kind: ChangeKind
    before: str = ""
    after: str = ""
