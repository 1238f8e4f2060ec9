"""What all commands share: the collection they work on, and JSON on stdout."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, is_dataclass
from importlib import import_module
from math import isfinite
from typing import Any

import click

from archive.collection.folder import Collection
from parsers.errors import FangtanError


class _Seconds(click.FloatRange):
    """Seconds of a day; not a number is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not isfinite(found):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return found


class _Digits(click.ParamType):
    """Hexadecimal digits of a SHA-256, the first ones at least."""

    def __init__(self, name: str, least: int) -> None:
        self.name, self.least = name, least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        digits = str(value).strip().lower()
        if not re.fullmatch(rf"[0-9a-f]{{{self.least},64}}", digits):
            count = f"{self.least} to 64" if self.least < 64 else "64"
            self.fail(f"{value} is no {self.name}: expected {count} hexadecimal digits.", param, ctx)
        return digits


FINGERPRINT = _Digits("fingerprint", 16)
HEAD = _Digits("head", 64)
SECONDS = _Seconds(0, 86_400)
_KEY = click.option("--key", type=FINGERPRINT, help="Fingerprint of a key you know, as for verify.")
_HEADS = click.option("--head", "heads", multiple=True, type=HEAD, help="A ledger head from earlier, as for verify.")
DELAY = click.option("--delay", type=SECONDS, help="Seconds between requests, for all sites.")


def with_known(command: Callable[..., None]) -> Callable[..., None]:
    """Options: what the reader knows of the ledger, as for ``verify``."""
    return _KEY(_HEADS(command))


def known_words(key: str | None, heads: Iterable[str]) -> list[str]:
    """What the reader knows, as words of another command."""
    return [*(["--key", key] if key else []), *(word for head in heads for word in ("--head", head))]


def collection_of(ctx: click.Context, *, obey: bool = True) -> Collection:
    """The collection that a command works on, as its ledger says it is.

    :param obey: finish takedowns that were interrupted, first
    """
    collection: Collection = ctx.obj.setdefault("opened", Collection(ctx.obj["collection"]))
    if obey and _asks(collection):
        import_module("crawler.cli.obey").obey(collection)  # it loads the complete store
    return collection


def _asks(collection: Collection) -> bool:
    """Whether the ledger holds takedowns, and we may write."""
    try:
        takedowns = import_module("archive.ledger.withheld").takedowns  # a check of files asks no ledger
        return bool(takedowns(collection).entries) and os.access(collection.root, os.W_OK)
    except FangtanError as error:
        click.echo(f"a takedown is not finished: {error}", err=True)
        return False


def print_json(value: Any) -> None:
    """Print a value as one line of JSON; a dataclass as its fields."""
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    click.echo(json.dumps(plain, ensure_ascii=False))


def run_line(report: dict[str, Any]) -> str:
    """A run as a line of words."""
    counts = " · ".join(
        f"{report.get(k)} {k}" for k in ("interviews", "new", "changed", "gone", "back", "unchanged") if report.get(k)
    )
    declared = f" · list pages: declared {report['declared']}, got {report['got']}" if report.get("declared") else ""
    reason = f" — {report['reason']}" if report.get("reason") else ""
    return (
        f"{report['run']}  {report['verdict']}{reason}\n  {counts or 'no interviews'}{declared} · "
        f"{report.get('pages') or 0} pages, {report.get('errors') or 0} errors"
    )
