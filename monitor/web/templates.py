"""Templates: Jinja2 with autoescape, undefined names refused, and a few filters for foreign text and times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from monitor.alert.render.layout import web_url
from monitor.alert.sanitize import clean, clean_piece, clip
from monitor.i18n import alert_phrases
from monitor.web import static_files

if TYPE_CHECKING:
    from monitor.web.visit import Visit

_TITLE = 240  # UTF-16 units of a headline
_RARE = 0.095  # what is less has two decimals


class Templates:
    """The page's templates, read when the first page is asked for."""

    def __init__(self) -> None:
        import jinja2  # for whoever opens the page

        self._jinja = jinja2.Environment(
            loader=jinja2.PackageLoader("monitor.web", "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._jinja.filters["short"] = short
        self._jinja.filters["piece"] = piece
        self._jinja.filters["link"] = web_url
        self._jinja.globals |= {"static": static_files.address}

    def render(self, name: str, visit: Visit, values: Mapping[str, Any]) -> str:
        """Fill a template in."""
        times, words = visit.times, alert_phrases(visit.language)

        def when(moment: datetime) -> str:
            return times.shown(moment)

        def span(seconds: float | timedelta) -> str:
            return words.duration(seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds))

        def rate(value: float) -> str:
            """Return how many there are of something in some time: what is rare is no '0.0'."""
            return words.number(value, digits=1 if value >= _RARE or not value else 2)

        common = {
            "visit": visit,
            "t": visit.words.text,
            "n": visit.words.count,
            "when": when,
            "span": span,
            "number": words.number,
            "rate": rate,
            "told": words.error,
        }
        return self._jinja.get_template(name).render(common | dict(values))


def short(text: str | None, limit: int = _TITLE) -> str:
    """Return foreign text as one harmless short line."""
    return clip(clean(text or ""), limit)


def piece(text: str, limit: int = _TITLE) -> str:
    """Return a piece of a foreign line, harmless and short; the spaces at its ends part it from its neighbours."""
    return clip(clean_piece(text), limit)
