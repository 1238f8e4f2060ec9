"""The cookbook's statements run in stock SQLite, the same in both languages, and give rows."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

DOCS = Path(__file__).parent.parent / "docs"


def statements(path):
    return re.findall(r"```sql\n(.*?)\n```", path.read_text("utf-8"), re.DOTALL)


STATEMENTS = statements(DOCS / "cookbook.md")


def test_both_languages_ask_the_same():
    assert statements(DOCS / "zh" / "cookbook.md") == STATEMENTS
    assert len(STATEMENTS) == 12


@pytest.mark.parametrize("number", range(12))
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


@pytest.mark.skipif(
    shutil.which("sqlite3") is None and not os.environ.get("CI"), reason="no sqlite3 shell; see `make browser`"
)
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
