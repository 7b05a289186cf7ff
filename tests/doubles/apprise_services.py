"""What the services that Apprise speaks to do, without any of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apprise import NotifyBase, NotifyFormat, NotifyType

ADDRESS = "json://user:Swordf1sh@news.example/path/AbCd1234efGH?x=1"


class Service(NotifyBase):  # type: ignore[no-untyped-call]
    """A service of Apprise that keeps what it is given. `answers` says in turn what a call comes to (then: taken)."""

    service_name = "Pigeon"  # type: ignore[assignment]
    secure_protocol = "pigeon"  # type: ignore[assignment]
    request_rate_per_sec = 0
    notify_format = NotifyFormat.TEXT

    def __init__(self, *answers: Callable[[], bool] | bool, **settings: Any) -> None:
        super().__init__(secure=True, host="localhost", schema="pigeon")  # type: ignore[no-untyped-call]
        self.answers = list(answers)
        self.taken: list[dict[str, Any]] = []
        for name, value in settings.items():
            setattr(self, name, value)

    def send(self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **more: Any) -> bool:
        answer = self.answers.pop(0) if self.answers else True
        good = answer() if callable(answer) else answer
        if good:
            self.taken.append({"title": title, "body": body, "notify_type": notify_type, **more})
        return good

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:
        return "pigeon://localhost"

    @property
    def texts(self) -> list[str]:
        return [f"{each['title']}\n{each['body']}" for each in self.taken]

    def complains(self, line: str, level: str = "warning") -> Callable[[], bool]:
        """Make an answer that refuses, with what a service of Apprise would log."""

        def refuse() -> bool:
            getattr(self.logger, level)(line)
            return False

        return refuse
