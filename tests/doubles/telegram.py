"""A strict double of the Bot API: it refuses what the real one refuses, in its words, and keeps a ledger.

As a program it outlives the daemons that are killed beside it:

    python tests/doubles/telegram.py --port 0 --ledger FILE --seed 1 --faults after:drop:0.02,before:502:0.01

prints its address on the first line. `POST /control` with JSON changes a chat (`{"chat": 5, "state": "blocked"}`),
pushes an update (`{"update": {…}}`), lets somebody else write (`{"foreign": -1001}`) or sets faults (`{"faults": "…"}`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any, Self

if __package__ in (None, ""):  # run as a program: `doubles` is this file's folder, whose parent Python does not know
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles import telegram_faults
from doubles.telegram_chats import ApiError, Chat, Chats, Message, Rates, bad_request
from doubles.telegram_faults import Fault
from doubles.telegram_http import Answer, Call, Listener
from doubles.telegram_ledger import Comparison, Ledger, compare
from doubles.telegram_methods import CallbackQueries, Methods
from doubles.telegram_updates import Updates
from doubles.telegram_variants import BOT_API_VARIANTS

__all__ = ["ApiError", "Chat", "Comparison", "Fault", "Message", "TelegramDouble", "bad_request", "compare"]

TOKEN = "123456:AAdoubleDoubleDoubleDoubleDoubleDoub"


class TelegramDouble:
    """The server. `async with TelegramDouble() as api: … api.url`."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        ledger: Path | None = None,
        seed: int = 0,
        faults: list[Fault] | None = None,
        speed: float | None = None,  # of the rates' clock; None: no rates
        first_id: int = 1,
        known_only: bool = False,
        noise: float = 0.0,  # how often somebody else writes before a message of ours
        variant: str = "usual",
    ) -> None:
        self.token = token
        self.faults = faults or []
        self.ledger = Ledger(ledger)
        how = BOT_API_VARIANTS[variant]
        self.chats = Chats(first_id=first_id, known_only=known_only, variant=how, rng=random.Random(seed + 1))
        self.updates = Updates()
        self.queries = CallbackQueries()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._rng = random.Random(seed)
        self._rates = Rates(speed=speed) if speed is not None else None
        self._noise = noise
        self.methods = Methods(self.chats, self.ledger, self.updates, self.queries, how)
        self._late: set[asyncio.Task[None]] = set()
        self.listener = Listener(self._handle)
        self.url = ""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> str:
        """Listen on loopback; return the address."""
        self.url = await self.listener.start(port=port)
        return self.url

    async def stop(self) -> None:
        await self.settle()
        await self.listener.stop()
        self.ledger.close()

    async def settle(self) -> None:
        """Wait until every late call has been carried out."""
        await asyncio.gather(*self._late)

    def sent(self, chat: int | None = None) -> list[dict[str, Any]]:
        """Return the ledger's sends, of one chat or of all."""
        return [line for line in self.ledger.lines if line["do"] == "send" and chat in {None, line["chat"]}]

    def called(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of every call of a method, refused ones included."""
        return [parameters for name, parameters in self.calls if name == method]

    def press(self, chat: int, message_id: int, data: str, user: int) -> str:
        """Let a user press a button; return the id of the callback query."""
        message = self.chats.get(chat).messages[message_id]
        query = self.queries.new()
        self.updates.push(
            callback_query={
                "id": query,
                "from": {"id": user, "is_bot": False, "first_name": "U"},
                "message": message.as_json(self.chats.get(chat).kind),
                "chat_instance": "1",
                "data": data,
            }
        )
        return query

    def say(self, chat: int, text: str, user: int, language: str = "en") -> int:
        """Let a user write to the bot; return the message's id."""
        message = self.chats.foreign(chat)
        message.text, message.sent_at = text, int(time.time())
        sender = {"id": user, "is_bot": False, "first_name": "U", "language_code": language}
        body = message.as_json(self.chats.get(chat).kind) | {"from": sender}
        if text.startswith("/"):
            body["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        self.updates.push(message=body)
        return message.id

    def leave(self, chat: int, user: int) -> None:
        """Push the update of a group that a user has left."""
        message = self.chats.foreign(chat)
        gone = {"id": user, "is_bot": False, "first_name": "U"}
        self.updates.push(message=message.as_json(self.chats.get(chat).kind) | {"from": gone, "left_chat_member": gone})

    def admit(self, chat: int, user: int, status: str = "member") -> None:
        """Let a chat take the bot in again (a person: unblock it), or change what it may do there."""
        self.chats.get(chat).state = "open"
        me = {"id": 123456, "is_bot": True, "first_name": "Double"}
        self.updates.push(
            my_chat_member={
                "chat": {"id": chat, "type": self.chats.get(chat).kind},
                "from": {"id": user, "is_bot": False, "first_name": "U"},
                "date": int(time.time()),
                "old_chat_member": {"user": me, "status": "kicked", "until_date": 0},
                "new_chat_member": {"user": me, "status": status},
            }
        )

    # ------------------------------------------------------------------ calls

    async def _handle(self, call: Call) -> Answer:
        if call.path == "/control":
            return self._control(dict(call.parameters))
        parts = call.path.strip("/").split("/")
        if len(parts) != 2 or not parts[0].startswith("bot"):
            return _json(ApiError(404, "Not Found").as_json(), 404)
        if parts[0] != f"bot{self.token}":
            return _json(ApiError(401, "Unauthorized").as_json(), 401)
        method, parameters = parts[1], dict(call.parameters)
        self.calls.append((method, parameters))
        fault = next((fault for fault in self.faults if fault.strikes(method, self._rng)), None)
        if fault is None:
            return await self._answer(method, parameters)
        if fault.when == "late":
            task = asyncio.create_task(self._carry_out_late(method, parameters, fault.seconds))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        elif fault.when == "after":
            await self._answer(method, parameters)
        if fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
        return fault.answer

    async def _carry_out_late(self, method: str, parameters: dict[str, Any], seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._answer(method, parameters)

    async def _answer(self, method: str, parameters: dict[str, Any]) -> Answer:
        try:
            self._limit(method, parameters)
            result = await self.methods.call(method, parameters)
        except ApiError as error:
            return _json(error.as_json(), error.code)
        return _json({"ok": True, "result": result})

    def _limit(self, method: str, parameters: dict[str, Any]) -> None:
        if method not in {"sendMessage", "editMessageText", "editMessageReplyMarkup"}:
            return
        chat = self.methods.chat(parameters)
        if self._rates is not None:
            self._rates.check(chat, time.monotonic())
        if method == "sendMessage" and self._rng.random() < self._noise:
            self.chats.foreign(chat.id)

    def _control(self, order: dict[str, Any]) -> Answer:
        if "update" in order:
            self.updates.push(**order["update"])
        if "foreign" in order:
            self.chats.foreign(int(order["foreign"]))
        if "faults" in order:
            self.faults = telegram_faults.read(order["faults"], float(order.get("seconds", 0.2)))
        if "chat" in order:
            chat = self.chats.get(order["chat"])
            for name in ("state", "migrated_to", "username"):
                setattr(chat, name, order.get(name, getattr(chat, name)))
            chat.closed_topics = set(order.get("closed_topics", chat.closed_topics))
        return _json({"ok": True, "struck": sum(fault.struck for fault in self.faults), "calls": len(self.calls)})


def _json(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value, ensure_ascii=False).encode())


async def _main() -> None:
    parser = argparse.ArgumentParser(description="A strict double of the Bot API on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", default="", help="WHEN:KIND:PROBABILITY[:METHOD…],…")
    parser.add_argument("--seconds", type=float, default=0.2, help="how late `late` is")
    parser.add_argument("--speed", type=float, help="of the rate limits' clock; none: no limits")
    parser.add_argument("--noise", type=float, default=0.0)
    parser.add_argument("--first-id", type=int, default=1)
    parser.add_argument("--variant", choices=sorted(BOT_API_VARIANTS), default="usual")
    options = parser.parse_args()
    double = TelegramDouble(
        token=options.token,
        ledger=options.ledger,
        seed=options.seed,
        faults=telegram_faults.read(options.faults, options.seconds),
        speed=options.speed,
        noise=options.noise,
        first_id=options.first_id,
        variant=options.variant,
    )
    print(await double.start(options.port), flush=True)  # noqa: T201 — the program's one answer
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
