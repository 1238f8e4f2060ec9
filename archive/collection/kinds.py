"""What the value of a setting may be: texts, numbers, days, addresses, hosts, cron lines;
each says in words what it expects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import partial
from importlib import import_module
from math import isfinite
from typing import Any
from unicodedata import category

from archive.collection.config import Scalar, Several
from archive.collection.urls import host_of, is_web

#: Loaded where a setting is a time: zoneinfo is slow to come.
_TIMES = "archive.collection.times"
#: Longest text of a setting; names and addresses are far below.
MAX_TEXT = 2000
_A_DAY_S = 86_400
#: Characters that a text of one line does not hold: controls, line and paragraph separators, halves of pairs.
_BREAKS = ("Cc", "Zl", "Zp", "Cs")


def _text(value: Any, *, empty: bool = False) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or not (empty or value.strip()):
        raise ValueError
    if any(category(character) in _BREAKS for character in value):
        raise ValueError("a control character in it")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def text(words: str = "a text of one line", *, empty: bool = False) -> Scalar:
    """A text of one line."""
    return Scalar(words, partial(_text, empty=empty))


def anything() -> Scalar:
    """A value that somebody else looks at."""
    return Scalar("a value", lambda value: value)


def flag() -> Scalar:
    """``true`` or ``false``."""

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError  # noqa: TRY004 - what Scalar understands
        return value

    return Scalar("true or false", read)


def one_of(choices: Iterable[str]) -> Scalar:
    """One of some words."""
    known = tuple(choices)

    def read(value: Any) -> str:
        if value not in known:
            raise ValueError
        return str(value)

    return Scalar(f"one of {', '.join(known)}", read)


def whole(what: str, low: int, high: int = 2**53) -> Scalar:
    """An integer between two bounds."""

    def read(value: Any) -> int:
        if not isinstance(value, int) or not _is_number(value) or not low <= value <= high:
            raise ValueError
        return int(value)

    above = f" to {high}" if high < 2**53 else " or more"
    return Scalar(f"{what}, {low}{above}", read)


def seconds(longest: int = _A_DAY_S) -> Scalar:
    """Seconds, with a fraction or without."""

    def read(value: Any) -> float:
        if not _is_number(value) or not 0 <= value <= longest:
            raise ValueError
        return float(value)

    return Scalar(f"seconds, 0 to {longest}", read)


def days() -> Several:
    """A list of days, ascending."""
    return Several("a list of days, ascending", whole("days", 1, 36_500), order=lambda d: list(d) == sorted(set(d)))


def day() -> Scalar:
    """A day, as TOML writes it."""

    def read(value: Any) -> date:
        if isinstance(value, datetime):
            return value.date()
        if not isinstance(value, date):
            raise ValueError  # noqa: TRY004 - what Scalar understands
        return value

    return Scalar("a day such as 2022-06-30 (without quotation marks)", read)


def url() -> Scalar:
    """An http(s) address."""

    def read(value: Any) -> str:
        address = _text(value)
        # Browsers take "http:host" and "http:\\host" as well; in a file it is a slip.
        written = re.fullmatch(r"https?://([^/?#\\\s]+)\S*", address, re.IGNORECASE)
        if written is None or not is_web(address):
            raise ValueError
        if "@" in written[1]:
            raise ValueError("a name or password in it")
        return address

    return Scalar("an http(s) URL such as https://www.gaotai.gov.cn/hdjl/zwft/", read)


_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::[1-9]\d*)?")


def host() -> Scalar:
    """A host name, with a port or without; no address."""

    def read(value: Any) -> str:
        name = _text(value)
        if not _HOST.fullmatch(name) or not host_of(f"http://{name}/"):
            raise ValueError
        return name

    return Scalar("a host name such as hd.gaotai.gov.cn, without http:// and path", read)


def socket_of() -> Scalar:
    """Where a server of this machine or of the net listens: ``host:port``, or the path of its socket."""

    def read(value: Any) -> str:
        found = _text(value)
        host, _, port = found.rpartition(":")
        if "/" in found or (host and port.isdigit() and 0 < int(port) < 65536):
            return found
        raise ValueError

    return Scalar('"host:port" or the path of a socket', read)


def cron_line() -> Scalar:
    """A cron expression that has a date."""

    def read(value: Any) -> str:
        expression = _text(value)
        times = import_module(_TIMES)
        times.cron(expression)
        times.next_fire(expression, datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
        return expression

    return Scalar('a cron expression such as "0 3 * * 1"', read)


def hours() -> Scalar:
    """A crawl window."""

    def read(value: Any) -> str:
        import_module(_TIMES).window(_text(value))
        return str(value)

    return Scalar('hours such as "22:00-06:00"', read)
