"""What a command does first in a collection with takedowns: finish those that were interrupted."""

from __future__ import annotations

import sqlite3

import click

from archive.collection.folder import Collection
from archive.collection.sqlite_faults import advice
from archive.handover.pending import bring_up_to_date
from archive.handover.withhold import finish
from parsers.errors import FangtanError


def obey(collection: Collection) -> None:
    """Carry out what the ledger says; what cannot be done now is said."""
    try:
        if not bring_up_to_date(collection):
            return
        for entry in finish(collection, wait=False):
            click.echo(f"takedown of ledger entry {entry.number}: carried out", err=True)
    except FangtanError as error:
        click.echo(f"a takedown is not finished: {error}", err=True)
    except sqlite3.Error as error:  # a damaged store must not keep the rebuild from beginning
        click.echo(f"a takedown is not finished: {collection.store}: {error}; {advice(error)}", err=True)
