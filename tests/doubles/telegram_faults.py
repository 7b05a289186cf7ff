"""Faults: what goes wrong on the way to, at and back from the Bot API."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from doubles.telegram_http import Answer

KINDS = {
    "drop": Answer(None),
    "500": Answer(500, b'{"ok":false,"error_code":500,"description":"Internal Server Error"}'),
    "503": Answer(503, b"upstream connect error", "text/plain"),
    "cut": Answer(200, b'{"ok":true,"res', missing=40),
    "502": Answer(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html"),
    "403html": Answer(403, b"<html>access denied by the proxy</html>", "text/html"),
    "garbage": Answer(200, b"<html>welcome to the hotel's network</html>", "text/html"),
    "list": Answer(200, b"[]"),
    "empty": Answer(200, b'{"ok":true}'),
    "429": Answer(
        429,
        b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}',
    ),
    "hang": Answer(None),  # dropped after `seconds`
}


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong.

    `when`: `before` (the call is not carried out), `after` (it is carried out, and the answer is the fault's), `late`
    (the fault comes first, and the call is carried out `seconds` later).
    """

    when: str
    kind: str = "drop"
    methods: frozenset[str] = frozenset({"sendMessage", "editMessageText", "editMessageReplyMarkup"})
    probability: float = 1.0
    times: int | None = None  # at most so often
    seconds: float = 0.2
    skip: int = 0  # let so many calls pass first
    struck: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.when not in {"before", "after", "late"} or self.kind not in KINDS:
            raise ValueError(f"no fault {self.when}:{self.kind}")

    def strikes(self, method: str, rng: random.Random) -> bool:
        if method not in self.methods or (self.times is not None and self.struck >= self.times):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if rng.random() >= self.probability:
            return False
        self.struck += 1
        return True

    @property
    def answer(self) -> Answer:
        return KINDS[self.kind]


def read(text: str, seconds: float = 0.2) -> list[Fault]:
    """Read `after:drop:0.02,before:502:0.01,late:drop:0.01:sendMessage` into faults."""
    faults = []
    for part in filter(None, text.split(",")):
        when, kind, probability, *methods = part.split(":")
        fault = Fault(when, kind, probability=float(probability), seconds=seconds)
        if methods:
            fault.methods = frozenset(methods)
        faults.append(fault)
    return faults
