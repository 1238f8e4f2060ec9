"""What a person sees of a long rebuild: how far it is, how fast, how long it may take."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from archive.collection.folder import Collection
from archive.store.so_far import so_far

_EVERY_S = 10.0


@contextmanager
def watched(collection: Collection, *, quiet: bool) -> Iterator[None]:
    """Say on standard error, every ten seconds, how far a rebuild is; short ones say nothing."""
    if quiet:
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(collection, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(collection: Collection, done: threading.Event) -> None:
    began = time.monotonic()
    while not done.wait(_EVERY_S):
        if (found := so_far(collection)) is not None:
            click.echo(f"rebuild: {found.line(time.monotonic() - began)}", err=True)
