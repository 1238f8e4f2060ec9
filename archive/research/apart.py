"""Questions that read every turn, as a program of its own: ``python -m archive.research.apart STORE``.

It reads one question as JSON from standard input and writes lines of JSON: ``{"done": turns}`` while it counts, then
``{"answer": rows}`` or ``{"error": words}``. It goes at low priority, within bounds of processor time and memory, so
that whoever asks neither waits for it nor suffers from it.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from archive.errors import ConfigError, StoreError
from archive.research import counting
from archive.research.filters import Filter
from archive.research.keyness import Key, Watch, beside, collocations, keywords, parts, significant
from archive.research.namesakes import namesakes
from archive.research.overlaps import CANDIDATES, merged, overlapping
from archive.research.strings import Strings
from archive.research.trends import trends
from archive.research.twins import near_matches
from archive.store.query_language import Query, parse
from archive.store.store import open_reader

#: Seconds of processor time, bytes of memory.
BUDGET_S, MEMORY = 300, 3 << 30
#: So many rows of an answer are handed on, and after so many turns it is said how many were read.
MOST, STEP = 100, 10_000


def answer(db: sqlite3.Connection, question: str, facts: dict[str, Any], watch: Watch = iter) -> Any:
    """What answers a question, as JSON has it; of rows, :data:`MOST` at most.

    :param question: ``keywords``, ``collocations``, ``twins``, ``namesakes``,
        ``counts`` of a search or ``trends`` of words
    :param facts: ``only``, ``against`` (filters), ``size``, ``level``, ``near``, ``query``, ``case``, ``words``,
        ``by``, where the question needs them
    :param watch: passes the turns on, and sees how many there were
    :raises ConfigError: the parts or the word cannot be asked for
    """
    if question == "namesakes":
        return [asdict(proposal) for proposal in namesakes(db, MOST)]
    if question == "twins":
        return [asdict(pair) for pair in near_matches(db, MOST)]
    only = Filter(**facts["only"])
    if question == "counts":
        return _counts(db, parse(facts["query"], case=facts["case"]), only)
    if question == "trends":
        return [asdict(point) for point in trends(db, facts["words"], facts["by"], only)]
    return [asdict(key) for key in _keys(db, question, facts, only, watch)[:MOST]]


def _keys(db: sqlite3.Connection, question: str, facts: dict[str, Any], only: Filter, watch: Watch) -> list[Key]:
    """Key strings, the overlapping ones merged."""
    cut, against = Strings(facts["size"]), Filter(**facts["against"]) if facts["against"] else None
    if question == "keywords":
        found = keywords(db, only, cut, against=against, watch=watch)
    else:
        found = collocations(db, facts["near"], only, cut, watch=watch)
    keys = significant(found, facts["level"])[:CANDIDATES]
    within = overlapping(db, keys)
    pieces = (
        parts(db, only, against, within) if question == "keywords" else beside(db, facts["near"], only, within=within)
    )
    return merged(keys, pieces, found.sizes)


def _counts(db: sqlite3.Connection, query: Query, only: Filter) -> dict[str, Any]:
    """How many turns match a query, by year, and by what a search can be narrowed by."""
    query, only = counting.asked(query, only)
    found = counting.numbers(db, query, only)
    years = [asdict(count) for count in counting.counts(db, query, "year", only, found)]
    return {"total": len(found), "years": years, "facets": counting.facets(db, query, only, found)}


def _say(**words: Any) -> None:
    sys.stdout.write(f"{json.dumps(words)}\n")
    sys.stdout.flush()


def _counted(rows: Iterable[Any]) -> Iterator[Any]:
    for done, row in enumerate(rows):
        if done % STEP == 0:
            _say(done=done)
        yield row


def main() -> None:
    """Answer the question on standard input."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (BUDGET_S, BUDGET_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked = json.load(sys.stdin)
    try:
        db = open_reader(Path(sys.argv[1]))
        _say(answer=answer(db, asked["question"], asked["facts"], _counted))
    except (ConfigError, StoreError) as error:
        _say(error=str(error))
    except MemoryError:
        _say(
            error="needs more memory than a page may take; choose shorter strings or narrow it 占用内存过多，请缩短字串或缩小范围"
        )


if __name__ == "__main__":
    main()
