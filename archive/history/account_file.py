"""Accounts as files: ``reports/<run>.account.jsonl``, and as tables in the manner of Heritrix' reports."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from archive.collection.files import require_plain
from archive.collection.folder import Collection, write_atomically
from archive.history.account import Account, from_rows

log = logging.getLogger("fangtan")


def account_file(collection: Collection, run: str) -> Path:
    """Where a run's account is kept, list pages and entries as JSON lines."""
    return collection.reports / f"{run}.account.jsonl"


def read_account(collection: Collection, run: str) -> Account | None:
    """The account of a run; ``None`` when there is none that can be read."""
    path = account_file(collection, run)
    try:
        return from_rows(require_plain(path).read_text("utf-8").splitlines())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("%s: %s", path, error)
        return None


def tables(made: Account) -> dict[str, list[tuple[str, ...]]]:
    """An account as tables, by name; the first row of each names its columns."""
    pages: list[tuple[str, ...]] = [
        ("outcome", "number", "entries", "pages_declared", "entries_declared", "url", "detail", "ways_on")
    ]
    for page in made.pages:
        ways = " ".join(target for target, _ in page.ways)
        counts = (str(len(set(page.keys))), _said(page.pages), _said(page.items))
        pages.append((page.outcome, str(page.number), *counts, page.url, page.detail, ways))
    entries: list[tuple[str, ...]] = [("outcome", "url", "listed_on", "title", "detail", "record", "interview")]
    for line in made.lines:
        record = line.capture or "-"
        entries.append(
            (line.outcome, line.url, line.list or "known before", line.title, line.detail, record, line.uid or "-")
        )
    return {"lists": pages, "entries": entries}


def _said(number: int | None) -> str:
    return "-" if number is None else str(number)


def write_tables(made: Account, folder: Path, run: str) -> Iterator[Path]:
    """One file a table: columns between tabs, the first line names them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables(made).items():
        path = folder / f"{run}-{name}.txt"
        text = "".join("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in rows)
        write_atomically(path, text.encode())
        yield path
