"""A real Chromium for tests of the page: what it complains of, and what it asks others for, fails the test."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from doubles.patience import HANG
from playwright.async_api import BrowserContext, Page, async_playwright

CHROMIUM = os.environ.get("MONITOR_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
HOW = "there is no Chromium: apt-get install chromium fonts-noto-cjk fonts-dejavu-core"

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason=HOW)

PICTURES = Path(os.environ["MONITOR_PICTURES"]) if os.environ.get("MONITOR_PICTURES") else None
"""Where screenshots are kept; None: they are not taken. `make pictures` takes those of the documentation."""

SHOWN = {"board-wide-light", "story-wide-dark", "search-wide-light", "board-phone-dark"}
"""Those of the documentation; with MONITOR_PICTURES_ALL set, all are kept."""

SIZES = {"wide": (1440, 900), "phone": (375, 760)}
THEMES = ("light", "dark")
_GRAVE = ("serious", "critical")


@dataclass
class Watched:
    """A browser's page, with everything that went wrong in it."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"{self.page.url}: dialog {dialog.message}"))
        self.page.on("request", lambda request: self._request(request.url))

    def _console(self, said: Any) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {said.text}")

    def _request(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.foreign.append(url)

    async def grave(self) -> list[str]:
        """Return what axe finds serious or critical."""
        found = (await Axe().run(self.page)).response["violations"]
        return [
            f"{self.page.url}: {each['id']}: {node['html'][:160]}"
            for each in found
            if each["impact"] in _GRAVE
            for node in each["nodes"][:3]
        ]

    async def size(self, size: str, theme: str) -> None:
        """Take another size and theme, without loading anything."""
        width, height = SIZES[size]
        await self.page.set_viewport_size({"width": width, "height": height})
        await self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")

    async def is_too_wide(self) -> bool:
        """Return whether the page stays wider than its window: pictures follow a changed size a moment later."""
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        for _ in range(50):
            if not await self.page.evaluate(wide):
                return False
            await asyncio.sleep(0.1)
        return True

    async def picture(self, name: str) -> None:
        if PICTURES is not None and (name in SHOWN or os.environ.get("MONITOR_PICTURES_ALL")):
            await self.page.screenshot(path=PICTURES / f"page-{name}.png")


@contextlib.asynccontextmanager
async def chromium(base: str, session: str | None = None) -> AsyncIterator[Watched]:
    """Open a page of a new browser, logged in by the cookie of a session."""
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        context: BrowserContext = await browser.new_context(locale="en-GB", timezone_id="Europe/Kyiv")
        if session:
            await context.add_cookies(
                [
                    {"name": "monitor_session", "value": session, "url": base, "httpOnly": True, "sameSite": "Strict"},
                    {"name": "monitor_zone", "value": "Europe/Kyiv", "url": base},
                ]
            )
        context.set_default_timeout(
            1000 * HANG
        )  # milliseconds: the first look compiles the catalogue, on a busy machine
        watched = Watched(await context.new_page(), base)
        watched.watch()
        yield watched
        await browser.close()
