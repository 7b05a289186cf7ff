"""Which addresses may be reached: the rule of the one choke point, the dial.

Every address that a name resolves to is checked, and one that is not public refuses the whole name: a name that mixes
public and private answers is an attack (DNS rebinding), not a mistake. Ranges are our own: `ipaddress.is_global` calls
multicast, 6to4 and NAT64 forms of loopback global on Python 3.11.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol

from monitor.errors import FetchError, FetchKind

Address = IPv4Address | IPv6Address

PORTS = (80, 443)

# IANA IPv4 Special-Purpose Address Registry, with multicast, reserved and broadcast.
_SPECIAL_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
# Within 2000::/3: protocol assignments (Teredo aside, which is unwrapped first), documentation, SRv6.
_SPECIAL_6 = tuple(IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")  # RFC 2765
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214: the upper half of the interface identifier
_LOW = 0xFFFFFFFF


class Allowed(Protocol):
    """One entry of `network.allow`: host and range and port must all match."""

    @property
    def host(self) -> str:
        """Return the host's name."""
        ...

    @property
    def cidr(self) -> str:
        """Return the range."""
        ...

    @property
    def ports(self) -> Sequence[int]:
        """Return the ports."""
        ...


def embedded(address: IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address carries: a packet may end at any of them."""
    number = int(address)
    found: list[IPv4Address] = []
    if address.ipv4_mapped is not None:
        found.append(address.ipv4_mapped)
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found.extend(address.teredo)
    low = IPv4Address(number & _LOW)
    if any(address in block for block in (*_NAT64, _COMPATIBLE, _TRANSLATED)):
        found.append(low)
    if (number >> 32) & _LOW in _ISATAP:
        found.append(low)
    return found


def is_public(address: Address) -> bool:
    """Return whether an address, and each IPv4 address embedded in it, is on the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _SPECIAL_4)
    inner = embedded(address)
    if inner:
        return all(is_public(one) for one in inner)
    return address in _GLOBAL_6 and not any(address in block for block in _SPECIAL_6)


class NetworkGuard:
    """Decides, before the first packet, where a connection may go.

    `allow` is `network.allow`. Raises ValueError for a range that is none.
    """

    def __init__(self, allow: Iterable[Allowed] = ()) -> None:
        self._allow: dict[str, list[tuple[IPv4Network | IPv6Network, frozenset[int]]]] = {}  # by host
        for entry in allow:
            found = self._allow.setdefault(entry.host.casefold(), [])
            found.append((ip_network(entry.cidr), frozenset(entry.ports)))

    def knows(self, host: str) -> bool:
        """Return whether `network.allow` names this host."""
        return host.casefold() in self._allow

    def vet(self, host: str, port: int, addresses: Sequence[str], *, inherit: bool = True) -> list[str]:
        """Return the addresses that may be dialled, in order.

        With `inherit` False `network.allow` does not count: a public page must not lead to a private address.
        Raises FetchError(REFUSED_ADDRESS), not retryable, where any address is refused.
        """
        parsed = [ip_address(address.partition("%")[0]) for address in addresses]
        for address in parsed:
            if inherit and self._is_allowed(host, port, address):
                continue
            if not is_public(address):
                raise self._refusal(host, f"{address} is not a public address")
            if port not in PORTS:
                raise self._refusal(host, f"port {port} is not 80 or 443")
        if not parsed:
            raise FetchError(f"{host} has no address", FetchKind.DNS)
        return list(addresses)

    def _is_allowed(self, host: str, port: int, address: Address) -> bool:
        inner = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
        return any(
            port in ports and inner.version == block.version and inner in block
            for block, ports in self._allow.get(host.casefold(), ())
        )

    @staticmethod
    def _refusal(host: str, why: str) -> FetchError:
        return FetchError(
            f"{host} refused: {why} (network.allow may allow host, range and port)",
            FetchKind.REFUSED_ADDRESS,
            retryable=False,
        )
