"""/test: a sample alert to the chat that asks, by the way that alerts take."""

from __future__ import annotations

from monitor.alert.sample import sample
from monitor.bot.commands.reply import CommandContext, bold
from monitor.bot.context import Answer
from monitor.store import Transaction


async def test(ctx: CommandContext) -> Answer:
    """Queue a sample alert for the channel of this chat, behind the answer."""
    here = ctx.channels_here()
    channel = here[0] if here else ctx.config.all_channels[ctx.request.channel or ""]
    new = sample(channel, f"update{ctx.request.update_id}", ctx.now)

    def effects(tx: Transaction) -> None:
        tx.add_delivery(new, ctx.now)

    return Answer((ctx.words.line("sample follows", name=bold(channel.name)),), effects)
