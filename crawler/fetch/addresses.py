"""Network addresses, judged after a name is resolved: the crawler connects to what was judged and to nothing else.

A name is looked up once a run. Twisted connects to the addresses that the look-up gave, so no second look-up can give
others (DNS rebinding). The operator's own word counts more: a host that a site file or the command line names may be
private.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from twisted.internet import address as twisted_address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from zope.interface import implementer

from parsers.page.addresses import ascii_host

#: What no public server has, by the IANA registries of special-purpose addresses; the clouds' metadata addresses among
#: them.
_SPECIAL = {
    "metadata": ("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128"),
    "loopback": ("127.0.0.0/8", "::1/128"),
    # 198.18.0.0/15 is what transparent proxies give for every name.
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "fc00::/7", "fec0::/10"),
    "link-local": ("169.254.0.0/16", "fe80::/10"),
    "shared (carrier-grade NAT)": ("100.64.0.0/10",),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "unroutable": (
        "0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
        "::/128", "100::/64", "2001:2::/48", "2001:10::/28", "2001:db8::/32", "3fff::/20", "5f00::/16",
    ),
}  # fmt: skip
_NETWORKS = [(ip_network(net), kind) for kind, nets in _SPECIAL.items() for net in nets]
#: Addresses that carry an IPv4 address: network, how many bits from the right it is.
_CARRIERS = [
    (ip_network(net), shift)
    for net, shift in (("::ffff:0:0/96", 0), ("::ffff:0:0:0/96", 0), ("::/96", 0), ("64:ff9b::/96", 0), ("64:ff9b:1::/48", 0), ("2002::/16", 80))
]  # fmt: skip
_TEREDO = ip_network("2001::/32")
#: Addresses that no name may lead to, not even one that the operator named: nothing but the machine's own network lives
#: there.
_NEVER = ("link-local", "metadata", "multicast", "unroutable")


def kind_of(text: str) -> str | None:
    """What is not public about an address (``loopback``, ``private``, …); ``None`` for a public one.

    :raises ValueError: it is no address
    """
    address = ip_address(text.strip("[]").partition("%")[0])
    found = next((kind for net, kind in _NETWORKS if address.version == net.version and address in net), None)
    if found or isinstance(address, IPv4Address):
        return found
    inner = _carried(address)
    return kind_of(str(inner)) if inner is not None else None


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 address: mapped, translated (NAT64), 6to4, Teredo."""
    if address in _TEREDO:
        return IPv4Address(int(address) & 0xFFFFFFFF ^ 0xFFFFFFFF)
    shift = next((shift for net, shift in _CARRIERS if address in net), None)
    return None if shift is None else IPv4Address(int(address) >> shift & 0xFFFFFFFF)


@dataclass(slots=True)
class Addresses:
    """The names of one run and the addresses they may be connected to.

    :param named: hosts that the operator named (no ports): these may be loopback or private
    """

    named: frozenset[str] = frozenset()
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    public: set[str] = field(default_factory=set)

    async def of(self, host: str) -> tuple[str, ...]:
        """The addresses of a host that may be connected to; none when it has none, or none that may.

        :raises OSError: the name cannot be resolved
        """
        host = ascii_host(host)  # Twisted asks in Unicode for what an address spells in Punycode
        if host not in self.known:
            answers = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
            self.known[host] = self._judged(host, dict.fromkeys(str(answer[4][0]) for answer in answers))
        return self.known[host]

    async def judge(self, host: str) -> str | None:
        """Why a host is not asked for through a proxy, which looks the name up itself: the addresses that it leads to
        from here.

        :returns: ``None`` as well where the name is unknown here: then only the proxy knows
        """
        if host not in self.unknown:
            try:
                await self.of(host)
            except (OSError, UnicodeError):
                self.unknown.add(host)
        return self.refusal(host)

    def _judged(self, host: str, found: Iterable[str]) -> tuple[str, ...]:
        kinds = {address: kind_of(address) for address in found}
        allowed = tuple(address for address, kind in kinds.items() if kind is None or self._may(host, kind))
        self.refusals.pop(host, None)
        if any(kind is None for kind in kinds.values()):
            self.public.add(host)
        elif not allowed:
            self.refusals[host] = ", ".join(f"{address} ({kind})" for address, kind in kinds.items())
        return allowed

    def _may(self, host: str, kind: str) -> bool:
        """Whether a host may have an address that is not public: the operator named it,
        and it was never public in this run.
        """
        try:
            return kind_of(host) is not None and host in self.named
        except ValueError:
            return host in self.named and kind not in _NEVER and host not in self.public

    def forget(self, host: str) -> None:
        """No address of the host could be reached: look it up again next time, and judge again."""
        self.known.pop(ascii_host(host), None)

    def refusal(self, host: str) -> str | None:
        """Why a host is not connected to: the addresses that it leads to."""
        return self.refusals.get(ascii_host(host))


#: Whose look-up it is: the download handler sets it, Twisted asks for the name within the same call. Without one
#: nothing is exempt.
ASKING: ContextVar[Addresses | None] = ContextVar("addresses", default=None)


@implementer(IHostResolution)
@dataclass(frozen=True, slots=True)
class _LookUp:
    name: str

    def cancel(self) -> None:
        """A look-up ends by itself."""


@implementer(IHostnameResolver)
class JudgingResolver:
    """Twisted's name resolver for the crawler: gives only addresses that may be connected to."""

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self.tasks: set[asyncio.Task[None]] = set()

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> JudgingResolver:
        """Scrapy's constructor."""
        del crawler
        return cls(reactor)

    def install_on_reactor(self) -> None:
        """Scrapy's hook."""
        self.reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803 - Twisted's name
        hostName: str,  # noqa: N803 - Twisted's name
        portNumber: int = 0,  # noqa: N803 - Twisted's name
        addressTypes: Any = None,  # noqa: N803 - Twisted's name
        transportSemantics: str = "TCP",  # noqa: N803 - Twisted's name
    ) -> _LookUp:
        """Look a name up for the run that asks; no address at all when it cannot be resolved or none may be connected
        to.
        """
        del addressTypes, transportSemantics
        look_up = _LookUp(hostName)
        resolutionReceiver.resolutionBegan(look_up)
        task = asyncio.ensure_future(
            self._resolve(ASKING.get() or Addresses(), resolutionReceiver, hostName, portNumber)
        )
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return look_up

    async def _resolve(self, addresses: Addresses, receiver: Any, host: str, port: int) -> None:
        try:
            for address in await addresses.of(host):
                form = twisted_address.IPv6Address if ":" in address else twisted_address.IPv4Address
                receiver.addressResolved(form("TCP", address, port))
        except (OSError, UnicodeError):
            pass  # no address: Twisted says that the name has none
        finally:
            receiver.resolutionComplete()
