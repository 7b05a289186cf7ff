"""Sockets are refused everywhere but in tests marked `network`, which may reach loopback alone."""

from __future__ import annotations

import pytest
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("network"):
        enable_socket()
        socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    enable_socket()
