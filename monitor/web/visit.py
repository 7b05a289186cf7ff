"""One request to the page: who asks, in which language and zone, and how it is answered."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.alert.render.layout import TimeDisplay
from monitor.i18n import Phrases, alert_phrases
from monitor.model import Config, WebKey

if TYPE_CHECKING:
    from monitor.web.templates import Templates

WEB = "web"
"""The folder of what the page says."""

SEE_OTHER = 303


DIGITS = 18
"""Digits of a number that a database's 64 bits hold for certain."""


def whole_number(text: str) -> int | None:
    """Return the number that somebody wrote; None for what is none, or too long for the database."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


class _WholeNumber(IntegerConvertor):
    regex = f"[0-9]{{1,{DIGITS}}}"


register_url_convertor("int", _WholeNumber())  # Starlette's own fails where `int` does: at 4,300 digits


def csrf_of(secret: str) -> str:
    """Return the token that a form must bring beside the cookie that holds `secret`."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a reader. Where nobody is logged in `viewer` is None: the log-in page alone is shown then."""

    templates: Templates
    config: Config
    viewer: WebKey | None
    csrf: str
    language: str
    zone: tzinfo
    theme: str  # auto, dark, light
    now: datetime
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)  # of the route
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False  # htmx asks for a part of a page

    @property
    def words(self) -> Phrases:
        """Return what the page says in the reader's language."""
        return Phrases(WEB, self.language)

    @property
    def admin(self) -> bool:
        """Whether the reader may change things."""
        return self.viewer is not None and self.viewer.admin

    @property
    def times(self) -> TimeDisplay:
        """Return how times are shown: in the reader's zone."""
        return TimeDisplay(self.zone, self.now.astimezone(self.zone).date(), alert_phrases(self.language))

    def html(self, template: str, /, status: int = 200, **values: Any) -> Response:
        """Answer with a template."""
        return HTMLResponse(self.templates.render(template, self, values), status)

    def text(self, template: str, /, **values: Any) -> str:
        """Return a template filled in, as HTML."""
        return self.templates.render(template, self, values)

    def go(self, path: str) -> Response:
        """Send the browser to another page of ours."""
        if self.partial:
            return Response(status_code=204, headers={"HX-Redirect": path})
        return RedirectResponse(path, SEE_OTHER)
