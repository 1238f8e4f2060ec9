"""Nights on which lists grow: a run stops where all is known, and the account of it stands on the last one. Pure."""

import pytest

from archive.history.account import account, from_rows
from archive.history.facts import Asked, Came, Capture, Facts, Read, Row

LIST, PER = "//a.example/ft/", 2


def _key(n):
    return f"{LIST}{n}.html"


def _night(count, known, pages=None, items=None):
    """So many entries, the newest on top; the run reads until a page on which all is known."""
    order = [range(top, max(top - PER, 0), -1) for top in range(count, 0, -PER)]
    stops = next((at for at, shown in enumerate(order) if shown[0] <= known), len(order) - 1)
    asked, rows, read, captures = [], [], {}, {}
    for at, shown in enumerate(order[: stops + 1]):
        page = LIST if at == 0 else f"{LIST}index_{at}.html"
        asked.append(Asked(page, f"http:{page}", "list" if at else "seed", at + 1, LIST if at else ""))
        read[page] = Read(page, tuple(map(_key, shown)), fresh=True, pages=pages, items=items)
        rows += [Row(_key(n), f"http:{_key(n)}", f"第{n}期", page, "not due" if n <= known else "") for n in shown]
    asked += [Asked(row.key, row.url, "detail") for row in rows if not row.met]
    for n in range(1, count + 1):
        captures[_key(n)] = Capture(
            f"id{n}", "transcript", n > known, title=f"第{n}期", sha256=f"{n:064x}", size=900, uid=f"uid{n}"
        )
    came = {one.key: Came(one.key, 200) for one in asked}
    return Facts(tuple(asked), tuple(rows), read, came, captures, partial=stops + 1 < len(order))


def _declared(kind, count, more=0):
    return {"pages": -(-count // PER) + more} if kind == "pages" else {"items": count + more} if kind == "items" else {}


@pytest.mark.parametrize("kind", ["nothing", "items", "pages"])
@pytest.mark.parametrize("steps", [(6, 7, 8, 9), (6, 9, 9, 10), (5, 6, 6, 13), (2, 3, 4, 5), (1, 2, 3, 4, 9, 30, 31)])
def test_new_entries_push_older_ones_to_pages_that_are_not_read(steps, kind):
    """Nothing is missing where a night stops at what is known, whatever number the pager declares."""
    last, known = None, 0
    for count in steps:
        made = account(_night(count, known, **_declared(kind, count)), last)
        assert made.balanced, made.differences
        assert made.seen == count
        last, known = from_rows(made.rows()), count
    lied = account(_night(known, known, **_declared(kind, known, 1)), last)
    assert lied.balanced is (kind == "nothing"), "more is declared than new entries explain"
