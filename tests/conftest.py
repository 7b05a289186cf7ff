"""Sockets are refused everywhere but in tests marked `network`, which may reach loopback alone.

Nothing is judged by the clock: a slow machine, or one that counts covered lines, fails no property test.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("network"):
        enable_socket()
        socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    enable_socket()
