from __future__ import annotations

from ipaddress import ip_address

import pytest
from doubles.rawserver import AllowLoopback

from monitor.errors import FetchError, FetchKind
from monitor.fetch.guard import NetworkGuard, is_public

PUBLIC = [
    "8.8.8.8",
    "195.12.56.1",
    "2606:4700::6810:1",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]
PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.251",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fc00::1",
    "fe80::1",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "::ffff:127.0.0.1",  # mapped
    "::ffff:10.0.0.1",
    "::127.0.0.1",  # compatible
    "::ffff:0:127.0.0.1",  # translated
    "2002:7f00:1::",  # 6to4 of loopback
    "2002:a9fe:a9fe::1",  # 6to4 of the metadata service
    "2001:0:7f00:1::",  # Teredo, server on loopback
    "64:ff9b::7f00:1",  # NAT64 of loopback
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",  # local NAT64
    "2a00:1450::5efe:10.0.0.1",  # ISATAP
    "2a00:1450::200:5efe:7f00:1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_all_others_are_not(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(FetchError) as caught:
        NetworkGuard().vet("host.example", 443, [address])
    assert caught.value.kind is FetchKind.REFUSED_ADDRESS
    assert caught.value.retryable is False


def test_one_private_answer_refuses_the_name() -> None:
    with pytest.raises(FetchError, match=r"192\.168\.0\.1 is not a public address"):
        NetworkGuard().vet("mixed.example", 443, ["8.8.8.8", "192.168.0.1"])


def test_only_the_ports_of_the_web_are_dialled() -> None:
    assert NetworkGuard().vet("host.example", 443, ["8.8.8.8"]) == ["8.8.8.8"]
    with pytest.raises(FetchError, match="port 6379"):
        NetworkGuard().vet("host.example", 6379, ["8.8.8.8"])


def test_allow_needs_host_and_range_and_port() -> None:
    guard = NetworkGuard([AllowLoopback("wiki.corp", (443,), "10.2.0.0/16")])
    assert guard.vet("WIKI.corp", 443, ["10.2.3.4"]) == ["10.2.3.4"]
    assert guard.vet("wiki.corp", 443, ["::ffff:10.2.3.4"]) == ["::ffff:10.2.3.4"]
    for host, port, address in [
        ("other.corp", 443, "10.2.3.4"),
        ("wiki.corp", 443, "10.3.0.1"),
        ("wiki.corp", 80, "10.2.3.4"),
    ]:
        with pytest.raises(FetchError):
            guard.vet(host, port, [address])
    with pytest.raises(FetchError):
        guard.vet("wiki.corp", 443, ["10.2.3.4"], inherit=False)


def test_a_name_without_an_address_is_an_error() -> None:
    with pytest.raises(FetchError) as caught:
        NetworkGuard().vet("host.example", 443, [])
    assert caught.value.kind is FetchKind.DNS
