"""/web: a link that logs one browser into the page."""

from __future__ import annotations

from monitor.bot.commands.reply import CommandContext
from monitor.bot.context import Answer
from monitor.model import TextRun, WebKeyKind
from monitor.pipeline.web_access import link_address, new_key, page_address, store_key
from monitor.store import Transaction


async def web(ctx: CommandContext) -> Answer:
    """Send a log-in link to whoever may open the page; `/web off` ends all of the user's sessions.

    In a group others could open it before: an admin's link goes to a private chat alone.
    """
    asked = ctx.request
    if asked.argument.strip().casefold() in {"off", "revoke"}:
        return Answer((ctx.words.line("web off"),), lambda tx: _end(tx, asked.user_id))
    if not asked.admin and not ctx.config.web.members:
        return ctx.say("web members")
    if asked.admin and not asked.private:
        return ctx.say("web private")
    sign = await ctx.bot.store.run(lambda tx: tx.sign_of_life())
    base = page_address(ctx.config, sign.web if sign else "")
    if base is None:
        return ctx.say("web none")
    new = new_key(
        WebKeyKind.LINK,
        user_id=asked.user_id,
        name=asked.user_name,
        admin=asked.admin,
        now=ctx.now,
        chat=None if asked.admin else asked.chat_id,
    )
    address = link_address(base, new.secret)
    page = ctx.page()
    page.line("web link")
    page.add((TextRun(address, code=True),) if base.startswith("http://") else (TextRun(address, url=address),))
    page.line("web once")
    return Answer(page.answer().lines, lambda tx: store_key(tx, new))


def _end(tx: Transaction, user_id: int) -> None:
    tx.delete_web_keys(user_id=user_id)
