"""A nation in small: thirty-odd sites on loopback addresses of their own, which live by the collection's clock.

Every request is logged with its host and times, so that politeness and thrift can be counted.
"""

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support.running import SOAK
from support.sites import family_sites
from support.sites.family_sites import LIST

from archive.collection import clock
from crawler.demo.county import Reply

START = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)  # midnight of 2 March in Shanghai
DAYS = 14 if SOAK else 11
#: Nights on which every site is crawled; in the short form those whose story is told by then are paused afterwards.
NIGHTS = DAYS if SOAK else 8


def day():
    """Days since the beginning, with fractions."""
    return (clock.now() - START) / timedelta(days=1)


@dataclass(frozen=True)
class Request:
    host: str
    path: str
    began: float
    ended: float
    at: datetime
    status: int
    conditional: bool
    method: str


HEAD = "<!DOCTYPE html><html><head><meta charset=utf-8><meta name='SiteName' content='{name}人民政府'><title>{title}-{name}人民政府</title></head><body>"


def page(name, title, body, status=200, headers=()):
    text = f"{HEAD.format(name=name, title=title)}{body}</body></html>"
    return Reply(text.encode(), status=status, headers=tuple(headers))


@dataclass
class Town:
    """A section whose talks change with the days; ``change(town, path)`` may answer in its place."""

    name: str
    change: Callable = lambda _town, _path: None
    talks: int = 7
    per_page: int = 5
    form: str = "t"

    def date(self, n):
        return f"2025-{n // 28 + 1:02d}-{n % 28 + 1:02d}"

    def path(self, n):
        return f"/hdjl/zxft/{self.date(n)[:4]}{self.date(n)[5:7]}/t{self.date(n).replace('-', '')}_{90000 + n}.html"

    def count(self):
        return self.talks

    def entry(self, n):
        return f"<li><a href='{self.path(n)}'>{self.name}访谈第{n}期</a><span>{self.date(n)}</span></li>"

    def talk(self, n, answer="一切顺利，全年目标能够完成。", extra=""):
        guest = ["丁一", "石磊", "韩春晖", "高原", "马良", "罗兰", "方圆"][n % 7]
        body = (
            f"<h1>{self.name}访谈第{n}期</h1><div>来源：{self.name}融媒体中心 发布时间：{self.date(n)}</div><div class='TRS_Editor'>"
            f"<p>访谈时间：{self.date(n)}</p><p>访谈嘉宾：县水务局局长{guest}</p><p>访谈主题：第{n}期的工作</p>"
            f"<p>主持人：请介绍第{n}期的情况，群众最关心什么？</p><p>{guest}：{answer}</p>{extra}<p>主持人：谢谢。</p></div>"
        )
        return page(self.name, f"{self.name}访谈第{n}期", body)

    def listing(self, number):
        order = list(range(self.count()))[::-1]
        pages = -(-len(order) // self.per_page)
        if number >= pages:
            return None
        rows = "".join(self.entry(n) for n in order[number * self.per_page : (number + 1) * self.per_page])
        script = f"<script>createPageHTML({pages}, {number}, 'index', 'html');</script>"
        return page(self.name, "在线访谈", f"<ul class='list'>{rows}</ul>{script}")

    def reply(self, path):
        changed = self.change(self, path)
        if changed is not None:
            return changed
        if path == "/hdjl/zxft/":
            return self.listing(0)
        if path.startswith("/hdjl/zxft/index_"):
            return self.listing(int(path.rpartition("_")[2].partition(".")[0]))
        found = next((n for n in range(self.count()) if self.path(n) == path), None)
        return self.talk(found) if found is not None else None

    section = "/hdjl/zxft/"


class Still:
    """One of the family sites, which never changes."""

    def __init__(self, family):
        self.site = family_sites.build(family)
        self.name, self.section = self.site.name, LIST[family]

    def reply(self, path):
        return self.site.reply(path, 0)


def later(start, reply, everywhere=True):
    """From a day on, the section (or everything) answers otherwise."""

    def change(town, path):
        if day() >= start and path != "/robots.txt" and (everywhere or path.startswith(town.section)):
            return reply(town, path) if callable(reply) else reply
        return None

    return change


def _new(town, path):
    del path
    town.talks = 8 if day() >= 5 else 7


def _edited(town, path):
    return town.talk(2, "更正：全年目标已经完成百分之九十。") if path == town.path(2) and day() >= 1.5 else None


def _answered_late(town, path):
    answer = "<p>网友山泉：自来水何时入户？</p>" + ("<p>马良：年底前全部入户。</p>" if day() >= 8 else "")
    return town.talk(4, extra=answer) if path == town.path(4) else None


def _gone(town, path):
    return page(town.name, "404", "您访问的页面不存在", 404) if path == town.path(1) and day() >= 1.5 else None


def _back(town, path):
    return page(town.name, "404", "您访问的页面不存在", 404) if path == town.path(1) and 1.5 <= day() < 3.6 else None


def _notice(town, path):
    """An announced talk whose page becomes the transcript; the list says so."""
    if path == town.path(6) and day() < 6:
        text = "<h1>访谈预告：冬季供暖怎么保</h1><p>我县将于3月8日下午2:30邀请县住建局局长方圆做客在线访谈，欢迎网友提前留言提问。</p>"
        return page(town.name, "访谈预告", text)
    if path == town.section:
        state = "预告" if day() < 6 else "已结束"
        listed = town.listing(0).body.decode().replace("第6期</a>", f"第6期</a><em>{state}</em>")
        return Reply(listed.encode())
    return None


def _robots(town, path):
    del town
    text = "User-agent: *\nDisallow: /\n" if day() >= 5 else "User-agent: *\nDisallow: /admin/\n"
    return Reply(text.encode(), "text/plain") if path == "/robots.txt" else None


def _robots_remark(town, path):
    del town
    text = "User-agent: *\nDisallow: /admin/\n" + ("Disallow: /search/\n" if day() >= 5 else "")
    return Reply(text.encode(), "text/plain") if path == "/robots.txt" else None


def _new_cms(town, path):
    """Another CMS with other addresses; the old section's address leads to the new list."""
    if day() < 6:
        return None
    ucap = family_sites.build("ucap")
    return ucap.reply(LIST["ucap"], 0) if path == town.section else ucap.reply(path, 0)


def _hijacked(town, path):
    """Words swapped for a brand in a page that is due again on the tenth day."""
    if day() < 6 or path != town.path(3):
        return None
    brand = "金沙娱乐城"
    text = "".join(
        f"<p>{who}：我县出台了《{brand}进一步加强{what}工作的办法》，作出{brand}开展{what}的决定。</p>"
        for who, what in (("高原", "水利"), ("主持人", "供水"), ("高原", "防汛"))
    )
    return town.talk(3, extra=text)


CHALLENGE = Reply(
    b"<script>document.cookie='__jsl_clearance_s=1';location.href=location.pathname+location.search</script>",
    status=521,
)
SILENCE = "close"
LOGIN = (
    "<h2>用户登录</h2><form action='/login'><input name=u><input type='password' name=p><button>登录</button></form>"
)

#: Site → (what it is, the health it must end in; ``None``: not looked at there).
TOWNS = {
    "new": (Town("新泉县", _new), "ok"),
    "edited": (Town("改水县", _edited), "ok"),
    "late": (Town("迟复县", _answered_late), "ok"),
    "gone": (Town("去隐县", _gone), "ok"),
    "back": (Town("归来县", _back), "ok"),
    "notice": (Town("预告县", _notice), "ok"),
    "remark": (Town("规约县", _robots_remark), "ok"),
    "challenge": (Town("盾山县", later(5, CHALLENGE)), "blocked"),
    "banned": (Town("禁入县", later(5, lambda t, _p: page(t.name, "403", "禁止访问，" + "请联系管理员。" * 80, 403))), "blocked"),
    "busy": (Town("繁忙县", later(5, lambda t, _p: page(t.name, "429", "请稍候再试，" * 90, 429, [("Retry-After", "40000")]))), "incomplete"),
    "robots": (Town("拒爬县", _robots), "blocked"),
    "login": (Town("登录县", later(6, lambda t, _p: page(t.name, "登录", LOGIN))), "blocked"),
    "moved": (Town("搬迁县", later(6, lambda t, _p: page(t.name, "提示", "<h1>您访问的页面不存在</h1>"))), "layout changed"),
    "offsite": (Town("并网县", later(6, lambda _t, _p: Reply(b"", status=302, headers=(("Location", "http://www.other.example/"),)))), "incomplete"),
    "empty": (Town("空表县", later(6, lambda t, _p: page(t.name, "在线访谈", "<div class='position'>在线访谈</div><ul></ul>"), everywhere=True)), "layout changed"),
    "newcms": (Town("改版县", _new_cms), "layout changed"),
    "errors": (Town("故障县", later(6, lambda t, _p: page(t.name, "500", "服务器错误", 500))), "incomplete"),
    "silent": (Town("断线县", later(6, SILENCE)), "incomplete"),
    "hijacked": (Town("劫持县", _hijacked), "tampered"),
    "expired": (Town("过期县"), "ok"),
}  # fmt: skip

#: Sites on which something happens after those nights.
LONG = ("late", "hijacked")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "nation"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    nation: "Nation"
    site: object

    def do_GET(self):
        self._answer(self.site.reply(self.path))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(family_sites.post(self.path, body))

    def _answer(self, reply):
        began, at = time.monotonic(), clock.now()
        if reply == SILENCE:
            self._log(began, at, 0)
            self.close_connection = True
            return
        reply = reply or Reply("<html><body><h1>404</h1>您访问的页面不存在</body></html>".encode(), status=404)
        tag = f'"{sha256(reply.body).hexdigest()[:16]}"'
        same = reply.status == 200 and self.headers.get("If-None-Match") == tag
        body = b"" if same else reply.body
        self.send_response(304 if same else reply.status)
        if reply.status == 200:
            self.send_header("ETag", tag)
        for name, value in reply.headers:
            self.send_header(name, value)
        if not same:
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
        self._log(began, at, 304 if same else reply.status)  # before the last byte: this thread may be held up after it
        self.end_headers()
        self.wfile.write(body)

    def _log(self, began, at, status):
        request = Request(
            self.site_host,
            self.path,
            began,
            time.monotonic(),
            at,
            status,
            "If-None-Match" in self.headers,
            self.command,
        )
        with self.nation.lock:
            self.nation.requests.append(request)

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError):
            self.close_connection = True

    def log_message(self, *args):
        pass


@dataclass
class Nation:
    """All sites, each on an address of its own; ``urls`` by name."""

    sites: dict
    certificate: object = None  # (file, key) for the site "expired"
    requests: list = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    urls: dict = field(default_factory=dict)
    servers: list = field(default_factory=list)

    def __enter__(self):
        for number, (name, site) in enumerate(self.sites.items(), 1):
            address = f"127.0.1.{number}"
            handler = type("Handler", (_Handler,), {"nation": self, "site": site})
            server = ThreadingHTTPServer((address, 0), handler)
            server.daemon_threads = True
            scheme = "http"
            if name == "expired" and self.certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*self.certificate)
                server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
                scheme = "https"
            handler.site_host = f"{address}:{server.server_address[1]}"
            self.urls[name] = f"{scheme}://{handler.site_host}{site.section}"
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            self.servers.append(server)
        return self

    def __exit__(self, *details):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def of(self, name):
        """A site's requests."""
        host = self.urls[name].split("/")[2]
        return [r for r in self.requests if r.host == host]


def build(towns=TOWNS, families=None):
    """The sites by name: those that change, and one of each family that does not (in the short form, of a few)."""
    families = families if families is not None else list(LIST) if SOAK else list(LIST)[::9]
    return {
        **{name: town for name, (town, _) in towns.items()},
        **{f"still-{f.replace('_', '-')}": Still(f) for f in families},
    }


def set_clock(folder, monkeypatch, moment=START):
    """Let the clock of this process and of those it starts stand at a moment; returns its file."""
    path = folder / "clock"
    path.write_text(moment.isoformat(), "ascii")
    monkeypatch.setenv("FANGTAN_CLOCK", str(path))
    return path


def self_signed(folder, address, until):
    """A certificate and its key as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(until - timedelta(days=90)).not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
