"""A robots.txt as text: what it allows our user agent (RFC 9309), its Crawl-delay, the sitemaps it names.

Protego reads the rules; this makes of the bytes that servers send what it reads rightly: a charset, octets, a size.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from urllib.parse import quote

from protego import Protego

#: Bytes that are read, as RFC 9309 has it (500 KiB).
MAX_BYTES = 500 * 1024
_TOKEN = re.compile(r"[\w.-]+")
_COMPATIBLE = re.compile(r"compatible;\s*([\w.-]+)", re.IGNORECASE)
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_CHARSETS = ("utf-8", "gb18030")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Rules:
    """What a robots.txt says to us, or why it cannot be had.

    :param missing: why it cannot be had: then nothing is allowed
    :param delay: seconds of its Crawl-delay; 0 without one
    :param sitemaps: as printed there
    :param retry_after: seconds that the server asked us to wait
    :param own_limit: it is missing because of a limit of fangtan, no fault of the server
    """

    agent: str = ""
    rules: Protego | None = None
    missing: str | None = None
    delay: float = 0.0
    sitemaps: tuple[str, ...] = ()
    retry_after: float = 0.0
    own_limit: bool = False
    cause: BaseException | None = field(default=None, compare=False)

    def allows(self, url: str) -> bool:
        """Whether a URL may be fetched."""
        return self.missing is None and (self.rules is None or self.rules.can_fetch(url, self.agent))


def read(data: bytes, user_agent: str) -> Rules:
    """The rules in the bytes of a robots.txt, of which the first :data:`MAX_BYTES` are read."""
    if len(data) > MAX_BYTES:  # a rule that is cut in two would be another one
        data = data[:MAX_BYTES]
        data = data[: max(data.rfind(b"\n"), data.rfind(b"\r")) + 1]
    parser, agent = Protego.parse(_text(data)), token(user_agent)
    return Rules(agent, parser, delay=parser.crawl_delay(agent) or 0.0, sitemaps=tuple(parser.sitemaps)[:100])


def token(user_agent: str) -> str:
    """The product token that a group of rules names: the first one, or that of ``Mozilla/5.0 (compatible; NAME/1.0)``.

    The complete header would also match a group that names a word of our contact.
    """
    disguised = _COMPATIBLE.search(user_agent) if user_agent.lower().startswith("mozilla/") else None
    found = disguised[1] if disguised else (_TOKEN.match(user_agent) or [user_agent])[0]
    return found.partition("/")[0]


def _text(data: bytes) -> str:
    """The lines as text. Paths outside ASCII are octets there in each charset that the site may use for its
    addresses.
    """
    for bom, charset in _BOMS:
        if data.startswith(bom):
            return _all_octets(data[len(bom) :].decode(charset, "replace"))
    if b"\0" in data[:64]:  # UTF-16 without a mark
        return _all_octets(data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace"))
    try:
        return _all_octets(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _all_octets(data.decode("gb18030", "replace"))


def _all_octets(text: str) -> str:
    """Each rule with characters outside ASCII in the octets of UTF-8 and in those of GB18030."""
    if text.isascii():
        return text
    found: list[str] = []
    for line in text.splitlines():
        if line.isascii() or "allow" not in line.lower():
            found.append(line)
        else:
            found += [_in_octets(line, charset) for charset in _CHARSETS]
    return "\n".join(found)


def _in_octets(line: str, charset: str) -> str:
    return _FOREIGN.sub(lambda match: quote(match[0], encoding=charset, errors="replace"), line)
