"""Keeping for decades: fixity."""

from __future__ import annotations

import click

from archive.collection.folder import Collection
from archive.keeping.fixity import DERIVED, Outcome, check_fixity, enter
from crawler.cli.faults import Found, tell


def fixity(collection: Collection, *, key: str | None, heads: tuple[str, ...], jobs: int, as_json: bool) -> int:
    """Compare all files with the ledger, and enter what was found.

    :returns: the exit code
    """
    outcome = Outcome()
    faults = check_fixity(collection, outcome, key=key, heads=heads, jobs=jobs)
    report = outcome.as_entry
    code = tell(Found(faults, report, lambda: _summed(outcome), lambda: outcome.ok), as_json=as_json)
    why = enter(collection, outcome)
    if why is not None:
        click.echo(f"what was found is not entered into the ledger: {why}", err=True)
    return code


def _summed(outcome: Outcome) -> str:
    return (
        f"{outcome.checked} files, {outcome.bytes} bytes compared with the ledger: {outcome.faults or 'no'} fault(s); "
        f"not checked: {len(outcome.unchecked)} file(s), and {DERIVED}"
    )
