"""The roles of many processes do, together, all that one daemon does."""

from __future__ import annotations

import inspect
import re

from monitor.app import daemon, roles


def test_every_work_of_the_daemon_is_some_role_s() -> None:
    alone = set(re.findall(r"\bcomponents\.(\w+)\.run\(", inspect.getsource(daemon))) - {"store"}
    shared = set(re.findall(r"\bparts\.(\w+)\.run\(", inspect.getsource(roles)))
    named = {"delivery_worker"}  # as `worker`, in the role deliver
    assert alone - named == shared
