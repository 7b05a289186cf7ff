"""Proxies of the environment that cannot be used are named before anything is sent."""

from __future__ import annotations

import pytest

from monitor.deliver.channels import registry
from monitor.errors import ConfigError


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http", "https", "all"):
        for variable in (f"{name}_proxy", f"{name.upper()}_PROXY"):
            monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize("kind", ["telegram", "webhook"])
@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        ("HTTPS_PROXY", "foo://user:hunter2@a.example", "write one that begins with http://"),
        ("ALL_PROXY", "http://[::1/", "check its brackets"),
        ("HTTP_PROXY", "http://user:hunter2@a:99999", "from 1 to 65535"),
        ("HTTPS_PROXY", "xn--a.example:3128", "copy the address from a browser"),
        ("ALL_PROXY", "socks5://a.example:1080", "pip install socksio"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named(
    kind: str, variable: str, value: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=f"the environment: {variable}: .*{remedy}") as caught:
        registry.build([kind], token="1:a")
    assert "hunter2" not in str(caught.value)
    assert list(registry.build(["console"])) == ["console"]


@pytest.mark.parametrize("value", ["", "http://u:p@a.example:3128", "a.example:3128", "https://[::1]:8080"])
async def test_a_proxy_that_can_be_used_is(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    built = registry.build(["telegram", "webhook"], token="1:a")
    assert list(built) == ["telegram", "webhook"]
    for notifier in built.values():
        await notifier.close()
