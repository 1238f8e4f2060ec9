"""What the store takes from the collection's plain files: sites from site files, runs from reports."""

from __future__ import annotations

import json
import sqlite3

from archive.collection.divisions import division_of
from archive.collection.folder import Collection
from archive.collection.reports import as_it_stands, read_report
from archive.collection.sites import Site, is_id
from archive.errors import ConfigError
from archive.store.store import insert

_RUN_COLUMNS = [
    "site", "started_at", "ended_at", "verdict", "reason", "pages", "interviews", "new", "changed", "gone",
    "unchanged", "errors", "declared", "got", "bytes", "exit_code", "code_version",
]  # fmt: skip
_FINAL = """
SELECT id FROM runs WHERE ended_at IS NOT NULL
  AND CASE WHEN json_valid(report) THEN json_extract(report, '$.left') = 0
    OR (verdict = 'ok' AND json_extract(report, '$.left') IS NULL) END"""


def save_runs(connection: sqlite3.Connection, collection: Collection) -> None:
    """The ``runs`` table from the run reports; a report that cannot be read is a run with the verdict
    ``unreadable``.
    """
    reports = {path.stem: path for path in sorted(collection.reports.glob("*.json"))}
    # The report of a run that ended with nothing left to do is never written again.
    final = {row[0] for row in connection.execute(_FINAL)}
    for gone in {row[0] for row in connection.execute("SELECT id FROM runs")} - (final & set(reports)):
        connection.execute("DELETE FROM runs WHERE id = ?", (gone,))
    for name, path in reports.items():
        if name in final:
            continue
        try:
            report = as_it_stands(collection, read_report(path))
            row = {"id": name, **{k: report.get(k) for k in _RUN_COLUMNS}}
        except ConfigError as error:
            reason = str(error).replace(str(path), path.name)  # the same wherever the folder is
            report = {"error": reason}
            row = {"id": name, "site": "", "started_at": "", "verdict": "unreadable", "reason": reason}
        insert(
            connection, "runs", {**row, "report": json.dumps(report, ensure_ascii=False, sort_keys=True)}, ignore=True
        )


def save_sites(connection: sqlite3.Connection, collection: Collection) -> None:
    """The ``sites`` table from the site files; of one that cannot be read, what is known stays, or the id alone."""
    files = [file for file in collection.site_files() if is_id(file.id)]
    unknown = [file.id for file in files if file.site is None]
    connection.execute(f"DELETE FROM sites WHERE id NOT IN ({', '.join('?' for _ in unknown)})", unknown)
    for name in unknown:
        insert(connection, "sites", {"id": name, "name": name, "host": ""}, ignore=True)
    for site in (file.site for file in files if file.site is not None):
        insert(
            connection,
            "sites",
            {
                "id": site.id, "name": site.name, "host": site.host, "family": site.family, **_division(site),
            },
        )  # fmt: skip


def _division(site: Site) -> dict[str, str | None]:
    """The division of a site: what its file says, and what code, name or host tell besides."""
    said = site.province, site.prefecture, site.county
    found = division_of(site.id, site.name, site.host, said)
    told = (found.province, found.prefecture, found.county) if found else ("", "", "")
    names = zip(("province", "prefecture", "county"), said, told, strict=True)
    return {name: given or other or None for name, given, other in names} | {"code": found.code if found else None}
