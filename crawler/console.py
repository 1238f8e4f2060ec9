"""What all commands share: the collection they work on, and JSON on stdout."""

from __future__ import annotations

import json
from typing import Any

import click

from archive.collection import Collection


def collection_of(ctx: click.Context) -> Collection:
    collection: Collection = ctx.obj["collection"]
    return collection


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
