"""The cookbook's statements run in stock SQLite, the same in both languages, and give rows."""

import re
import sqlite3
from pathlib import Path

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
