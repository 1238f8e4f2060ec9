"""What a name leads to is judged when it is connected to: public addresses, and those that the operator named."""

import asyncio
import json
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.running import fangtan, faults
from support.servers.oddserver import PAGE, OddServer, plain

from archive.warc.records import iterate
from crawler.fetch.addresses import Addresses, kind_of
from crawler.fetch.scope import is_private
from parsers.page.addresses import ascii_host

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"), ("127.8.9.10", "loopback"), ("::1", "loopback"), ("10.0.0.1", "private"), ("172.31.255.255", "private"),
        ("192.168.1.1", "private"), ("fd12::1", "private"), ("169.254.1.1", "link-local"), ("fe80::1%eth0", "link-local"),
        ("100.64.0.1", "shared (carrier-grade NAT)"), ("100.100.100.200", "metadata"), ("168.63.129.16", "metadata"), ("fd00:ec2::254", "metadata"),
        ("224.0.0.251", "multicast"), ("ff02::fb", "multicast"), ("0.0.0.0", "unroutable"), ("255.255.255.255", "unroutable"), ("::", "unroutable"),
        ("8.8.8.8", None), ("172.32.0.1", None), ("100.128.0.1", None), ("2400:da00::1", None), ("2001:4860:4860::8888", None),
    ],
)  # fmt: skip
def test_kinds_of_addresses(address, kind):
    assert kind_of(address) == kind


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_address_is_judged_as_itself(inner):
    number = int(IPv4Address(inner))
    carried = [
        int(IPv6Address("::ffff:0:0")) | number,
        int(IPv6Address("64:ff9b::")) | number,
        int(IPv6Address("2002::")) | number << 80,
        int(IPv6Address("2001::")) | number ^ 0xFFFFFFFF,
    ]
    assert {kind_of(str(IPv6Address(address))) for address in carried[:3]} == {kind_of(str(inner))}
    teredo = kind_of(str(IPv6Address(carried[3])))
    assert teredo == kind_of(str(inner)) or teredo == "unroutable", "a part of the range is reserved"


@given(st.ip_addresses())
def test_what_the_standard_library_calls_private_is_never_public(address):
    if not ip_address(address).is_global or address.is_multicast:
        carries = kind_of(str(address)) is None
        assert not carries or address.version == 6, "only what an IPv6 address carries may be public"


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "localhost",
        "db.internal",
        "224.0.0.1",
        "[::ffff:10.0.0.1]",
    ],
)
def test_addresses_in_other_spellings_are_private_before_they_are_looked_up(host):
    assert is_private(f"http://{host}/")


def answering(monkeypatch, *answers):
    """A name server that gives these answers, one after the other, then the last for ever."""
    waiting = list(answers)

    async def getaddrinfo(_loop, _host, _port, **_):
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [(2, 1, 6, "", (address, 0)) for address in found]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", getaddrinfo)


def of(addresses, host):
    return asyncio.run(addresses.of(host))


def test_a_name_that_leads_inside_is_refused(monkeypatch):
    answering(monkeypatch, ["10.0.0.1", "169.254.169.254"])
    addresses = Addresses(frozenset(["www.yunling.example"]))
    assert of(addresses, "img.example") == ()
    assert "10.0.0.1 (private)" in addresses.refusal("IMG.example.")


def test_of_mixed_answers_only_the_public_ones_are_connected_to(monkeypatch):
    answering(monkeypatch, ["127.0.0.1", "8.8.8.8", "::ffff:127.0.0.1"])
    assert of(Addresses(), "img.example") == ("8.8.8.8",)


def test_a_host_that_the_operator_named_may_be_private_but_not_metadata(monkeypatch):
    answering(monkeypatch, ["10.0.0.1", "169.254.169.254", "100.100.100.200"])
    assert of(Addresses(frozenset(["www.yunling.example"])), "www.yunling.example") == ("10.0.0.1",)


def test_a_second_look_up_is_not_made(monkeypatch):
    answering(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    addresses = Addresses()
    assert of(addresses, "img.example") == of(addresses, "img.example") == ("8.8.8.8",)


def test_a_name_that_was_public_does_not_turn_private_in_a_run(monkeypatch):
    """Not even one that the operator named: that is DNS rebinding."""
    answering(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    addresses = Addresses(frozenset(["www.yunling.example"]))
    assert of(addresses, "www.yunling.example") == ("8.8.8.8",)
    addresses.forget("www.yunling.example")  # it could not be reached
    assert of(addresses, "www.yunling.example") == ()
    assert "loopback" in addresses.refusal("www.yunling.example")


def test_a_name_in_unicode_and_in_punycode_is_one():
    assert ascii_host("云岭.Example.") == ascii_host(ascii_host("云岭.example"))
    assert ascii_host("云岭.example").startswith("xn--")


#: A name server and a network in the process: names lead where the table says, and one public address to a server on loopback.
STAND_IN = """
import json, socket, sys
names, ports = json.loads(sys.argv.pop(1)), {}
looked_up = {}
real, connect_ex = socket.getaddrinfo, socket.socket.connect_ex
def getaddrinfo(host, port, *more, **named):
    if host in names:
        answers = names[host]
        n = looked_up[host] = looked_up.get(host, 0) + 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[min(n, len(answers)) - 1], port or 0))]
    return real(host, port, *more, **named)
def connect(self, address):
    return connect_ex(self, ("127.0.0.1", address[1]) if address[0] == "93.184.216.34" else address)
socket.getaddrinfo, socket.socket.connect_ex = getaddrinfo, connect
from crawler.cli.group import main
main(sys.argv[1:])
"""


def test_names_that_lead_inside_are_refused_wherever_they_stand(collection):
    """Requisites, the rebinding of a name between its robots.txt and its image, a robots.txt behind a redirect, a redirected page."""
    with OddServer({}) as inside, OddServer({}) as server:
        outside, away = f"http://out.example:{server.port}", f"http://in.example:{inside.port}"
        shown = "".join(
            f"<img src='{url}'>"
            for url in (
                f"{outside}/a.png", f"{outside}/b.png", f"{away}/c.png", f"http://twice.example:{inside.port}/d.png",
                f"http://lost.example:{server.port}/e.png",
            )
        )  # fmt: skip
        section = "".join(
            f"<li><a href='/zxft/t20210101_{n}.html'>第{n}期访谈：民生话题</a><span>2021-01-01</span></li>"
            for n in (1, 2)
        )
        moved = (
            f"HTTP/1.1 302 Found\r\nLocation: http://yunling.example:{inside.port}/secret\r\nContent-Length: 0\r\n\r\n"
        )
        server.table = {
            "/zxft/": plain(
                f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{section}</ul></body></html>".encode()
            ),
            "/zxft/t20210101_1.html": plain(PAGE.format("第1期访谈").replace("<p>嘉宾", shown + "<p>嘉宾").encode()),
            "/zxft/t20210101_2.html": moved.encode(),
            "/a.png": plain(b"png"),
            "/b.png": f"HTTP/1.1 302 Found\r\nLocation: {away}/f.png\r\nContent-Length: 0\r\n\r\n".encode(),
        }
        (collection.sites / "yunling.toml").write_text(
            f'name = "云岭"\nsection = ["http://www.yunling.example:{server.port}/zxft/"]\nhosts = ["yunling.example:{inside.port}"]\n',
            "utf-8",
        )
        names = {
            "www.yunling.example": ["127.0.0.1"], "yunling.example": ["169.254.169.254"], "out.example": ["93.184.216.34"],
            "in.example": ["127.0.0.1"], "twice.example": ["93.184.216.34", "127.0.0.1"], "lost.example": ["10.9.8.7"],
        }  # fmt: skip
        done = fangtan(json.dumps(names), "-C", collection.root, "crawl", "--json", "--delay", "0", "yunling", script=STAND_IN)  # fmt: skip
        asked = {path for path, _, _ in server.log}, [path for path, _, _ in inside.log]
    report = json.loads(done.out.splitlines()[-1])
    refused = {r["url"].rpartition("/")[2]: r["reason"] for r in report["refusals"]}
    assert {"/a.png", "/b.png"} <= asked[0], "a public address is connected to"
    assert asked[1] == ["/robots.txt", "/d.png"], "the rebound name still leads to what was judged"
    for name, address in (
        ("c.png", "127.0.0.1 (loopback)"),
        ("f.png", "127.0.0.1 (loopback)"),
        ("e.png", "10.9.8.7 (private)"),
        ("secret", "169.254.169.254"),
    ):
        assert refused[name].startswith("private address"), refused
        assert address in refused[name]
    assert report["interviews"] == 1


def test_the_operators_proxy_is_used_and_told_no_address_that_is_known_to_lead_inside(collection):
    """A host in Chinese that only the proxy can look up; a picture whose name leads inside from here."""
    host = "xn--9kq19j61i.xn--zfr164b"  # 云岭县.政务
    rows = "".join(
        f"<li><a href='/zxft/t20210101_{n}.html'>第{n}期访谈：民生话题</a><span>2021-01-01</span></li>" for n in (1, 2)
    )
    pages = {
        "/zxft/": f"<html><head><meta charset='utf-8'><title>在线访谈</title></head><body><ul>{rows}</ul></body></html>",
        "/zxft/t20210101_1.html": PAGE.format("第1期访谈").replace(
            "<p>嘉宾", "<img src='http://lost.example/e.png'><p>嘉宾"
        ),
        "/zxft/t20210101_2.html": PAGE.format("第2期访谈"),
    }
    with OddServer({f"http://{host}{path}": plain(page.encode()) for path, page in pages.items()}) as proxy:
        done = fangtan(
            json.dumps({"lost.example": ["10.9.8.7"]}), "-C", collection.root, "crawl", "--json", "--delay", "0",
            "http://云岭县.政务/zxft/", script=STAND_IN,
            more={"http_proxy": f"http://user:secret@127.0.0.1:{proxy.port}", "no_proxy": ""},
        )  # fmt: skip
        asked = {path for path, _, _ in proxy.log}
        told = [request for _, request, _ in proxy.log]
    report = json.loads(done.out.splitlines()[-1])
    assert (done.code, report["interviews"]) == (0, 2), done.err
    assert asked == {f"http://{host}/robots.txt", *(f"http://{host}{path}" for path in pages)}
    assert [r["reason"] for r in report["refusals"]] == ["private address: lost.example leads to 10.9.8.7 (private)"]
    assert all(b"Proxy-Authorization: Basic" in request for request in told)
    assert [path.stem for path in collection.sites.glob("*.toml")] == [report["site"]]
    records = [record for path in collection.archive.glob("*.warc.gz") for record in iterate(path)]
    asked_for = [record for record in records if record.type == "request"]
    assert len(asked_for) == len(told)
    assert not any(b"Proxy-Authorization" in bytes(record.block) for record in asked_for)
    assert not any("WARC-IP-Address" in str(record.headers) for record in records)
    assert faults(collection) == []
