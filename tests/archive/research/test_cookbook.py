"""The cookbook's statements run in stock SQLite, the same in both languages, and give rows."""

import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from urllib.parse import urlencode

import pytest
from support.running import ROOT, fangtan

pytestmark = pytest.mark.long

DOCS = ROOT / "docs"


def statements(path):
    """Each question's statement, and the one that DuckDB takes in its place."""
    questions = re.split(r"^## \d+\. ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]
    found = [dict(re.findall(r"```(sql(?: duckdb)?)\n(.*?)\n```", q, re.DOTALL)) for q in questions]
    return [f["sql"] for f in found], [f.get("sql duckdb", f["sql"]) for f in found]


STATEMENTS, FOR_DUCKDB = statements(DOCS / "cookbook.md")


def test_both_languages_ask_the_same():
    assert statements(DOCS / "zh" / "cookbook.md") == (STATEMENTS, FOR_DUCKDB)
    assert len(STATEMENTS) == 13
    assert sum(a != b for a, b in zip(STATEMENTS, FOR_DUCKDB, strict=True)) == 4


@pytest.mark.parametrize("number", range(13))
def test_each_statement_gives_rows_without_any_function_of_ours(crawled, number):
    db = sqlite3.connect(f"{crawled.collection.store.as_uri()}?mode=ro", uri=True)
    try:
        cursor = db.execute(STATEMENTS[number])
        rows = cursor.fetchall()
    finally:
        db.close()
    assert rows
    shown = (DOCS / "cookbook.md").read_text("utf-8")
    assert "| " + " | ".join(d[0] for d in cursor.description) + " |" in shown


def plain(crawled, number):
    db = sqlite3.connect(f"{crawled.collection.store.as_uri()}?mode=ro", uri=True)
    try:
        return [list(row) for row in db.execute(STATEMENTS[number])]
    finally:
        db.close()


@pytest.mark.needs("sqlite3")
def test_the_sqlite3_shell_answers_the_same(crawled):
    """The shell of the distribution, whatever its version: it opens the file and knows every name."""
    for number, statement in enumerate(STATEMENTS):
        done = subprocess.run(
            ["sqlite3", "-readonly", "-json", crawled.collection.store, statement], capture_output=True, text=True, check=False
        )  # fmt: skip
        assert done.returncode == 0, (number, done.stderr)
        assert [list(row.values()) for row in json.loads(done.stdout)] == plain(crawled, number), number


def test_a_stock_datasette_answers_the_same(crawled):
    """Without our plugin: a process of its own."""
    for number in (0, 3, 11):
        path = f"/fangtan.json?{urlencode({'sql': STATEMENTS[number], '_shape': 'arrays'})}"
        command = [sys.executable, "-m", "datasette", str(crawled.collection.store), "--get", path]
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONWARNINGS"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        rows = found["rows"] if isinstance(found, dict) else found
        assert rows == plain(crawled, number), number


def test_pandas_answers_the_same(crawled):
    import pandas as pd

    db = sqlite3.connect(f"{crawled.collection.store.as_uri()}?mode=ro", uri=True)
    try:
        for number, statement in enumerate(STATEMENTS):
            frame = pd.read_sql_query(statement, db)
            assert len(frame) == len(plain(crawled, number)), number
    finally:
        db.close()


R_SCRIPT = """
arguments <- commandArgs(trailingOnly = TRUE)
connection <- DBI::dbConnect(RSQLite::SQLite(), arguments[1])
for (path in arguments[-1]) {
  found <- DBI::dbGetQuery(connection, readChar(path, file.info(path)$size, useBytes = TRUE))
  write.csv(found, sub("sql$", "csv", path), row.names = FALSE, na = "", fileEncoding = "UTF-8")
}
"""


@pytest.mark.needs("Rscript")
def test_r_answers_the_same(crawled, tmp_path):
    paths = [tmp_path / f"{n:02d}.sql" for n in range(13)]
    for path, statement in zip(paths, STATEMENTS, strict=True):
        path.write_text(statement, "utf-8")
    command = ["Rscript", "-e", R_SCRIPT, str(crawled.collection.store), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    for number, path in enumerate(paths):
        with path.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))[1:]
        assert rows == [["" if v is None else plainly(v) for v in row] for row in plain(crawled, number)], number


def plainly(value):
    """As R writes it: whole numbers without a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def test_duckdb_answers_the_same_from_parquet(crawled, tmp_path):
    import duckdb

    assert fangtan("export", "parquet", "-o", str(tmp_path / "p"), collection=crawled.collection.root).code == 0
    db = duckdb.connect()
    for path in (tmp_path / "p").glob("*.parquet"):
        db.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM '{path}'")
    for number, statement in enumerate(FOR_DUCKDB):
        assert [list(row) for row in db.execute(statement).fetchall()] == plain(crawled, number), number
    db.close()


def test_the_notebook_runs(crawled, tmp_path):
    """From a clean kernel, on a store of today; what it shows is not kept in it."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(DOCS / "cookbook.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert all(not c.get("outputs") for c in notebook.cells), "committed without output"
    shutil.copytree(crawled.collection.root, tmp_path / "collection", ignore=shutil.ignore_patterns("archive"))
    environ = {"FANGTAN_COLLECTION": str(tmp_path / "collection"), "PYTHONWARNINGS": "default"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert not [out for out in shown if out["output_type"] == "error"]
    assert sum("text/html" in out.get("data", {}) for out in shown) >= 4
