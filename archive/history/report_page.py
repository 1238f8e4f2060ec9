"""A run's report as one HTML page that needs nothing else: for a mail, a shared folder, a printer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import starmap
from typing import Any

from archive.history.account import Account
from archive.history.sentences import both, said

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;color:#222;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{border-bottom:1px solid #ddd;padding:.25rem "
    ".5rem;text-align:left;vertical-align:top}p,li,.long{overflow-wrap:anywhere}"
    ".good{color:#1a6b2b}.bad{color:#a40000}code{font-size:.9em}.en{color:#555}"
    "@media(max-width:60rem){body{margin:1rem auto}thead{display:none}tr{display:block;border-bottom:1px solid #ddd;"
    "padding:.4rem 0}td{display:block;border:0;padding:0}td:empty{display:none}"
    "td:not([data-name]){display:inline-block;margin-right:.8rem}"
    "td[data-name]::before{content:attr(data-name) ' ';color:#555}}"
)
_COUNTS = (
    ("interviews", "Interviews 访谈"), ("new", "New 新增"), ("changed", "Changed 改动"), ("gone", "Gone 消失"), ("back", "Back 恢复"),
    ("unchanged", "Unchanged 未变"), ("turns", "Turns 发言"), ("captures", "Captures 抓取"), ("pages", "Requests 请求"), ("bytes", "Bytes 字节"),
    ("listed", "Entries listed 列表条目"), ("declared", "List pages declared 声明页数"), ("got", "List pages read 读取页数"), ("errors", "Errors 错误"),
)  # fmt: skip
#: Lists of the report: name, heads of the columns, what is in them.
_ROWS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("obstacles", ("Obstacle 障碍", "Times 次数", "First 首个", "Detail 说明"), ("rule", "count", "url", "detail")),
    ("error_list", ("Failed 失败", "Reason 原因"), ("url", "reason")),
    ("refusals", ("Not fetched 未抓取", "Reason 原因"), ("url", "reason")),
)
_SHOWN = 100
#: Characters of a word that may be broken.
_LONG = 20


def html_of(report: dict[str, Any], made: Account | None = None) -> str:
    """The page; every word of the report and of the account is escaped.

    :param made: the run's account, where it has one
    """
    verdict, run = str(report.get("verdict")), _text(report.get("run"))
    colour = "good" if verdict == "ok" else "bad"
    counts = [(label, report[key]) for key, label in _COUNTS if report.get(key) is not None]
    parts = [
        f"<h1>{_text(report.get('name'))} <span class={colour}>{_text(_both(verdict))}</span></h1>",
        f"<p><code>{run}</code>, {_moment(report.get('started_at'))} – {_moment(report.get('ended_at'))}</p>",
        *_reasons(report),
        _table(("", ""), counts),
        *_rows(report),
        *(_account(made) if made is not None else ()),
        f"<p>{_text(report.get('code_version'))}</p>",
    ]
    return (
        f"<!DOCTYPE html><html lang=zh><head><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{run}: {_text(verdict)}</title><style>{_STYLE}</style></head><body><main>{''.join(parts)}</main>"
        "</body></html>\n"
    )


def _reasons(report: dict[str, Any]) -> Iterator[str]:
    if report.get("reason"):
        yield f"<p><strong>{_read(report['reason'])}</strong></p>"
    if report.get("fix"):
        yield f"<p>What helps 处理建议</p><p>→ {_read(report['fix'])}</p>"
    yield _listed(report.get("evidence") or ())


def _rows(report: dict[str, Any]) -> Iterator[str]:
    for name, head, keys in _ROWS:
        rows = list(report.get(name) or ())
        yield _table(head, [tuple(_both(row[key]) for key in keys) for row in rows[:_SHOWN]], len(rows))


def _account(made: Account) -> Iterator[str]:
    """The account: what does not balance, then list pages and entries, those that are missing first."""
    words = "balances 已清点无缺" if made.balanced else "does not balance 清点有缺"
    colour = "good" if made.balanced else "bad"
    yield f"<h2>Account 清点: <span class={colour}>{words}</span></h2>"
    yield _listed((*made.differences, *made.remarks))
    yield _table(("Outcome 结果", "Entries 条目"), [(_both(outcome), n) for outcome, n in made.counts().items()])
    pages = sorted(made.pages, key=lambda page: page.accounted)
    yield _table(
        ("List page 列表页", "Outcome 结果", "Entries 条目", "Declared 声明", "Detail 说明"),
        [
            (p.url, _both(p.outcome), len(set(p.keys)), p.items if p.pages is None else p.pages, _both(p.detail))
            for p in pages[:_SHOWN]
        ],
        len(pages),
    )
    lines = sorted(made.lines, key=lambda line: line.accounted)
    yield _table(
        ("Entry 条目", "Title 标题", "Outcome 结果", "Detail 说明", "Listed on 所在列表", "Record 记录"),
        [
            (e.url, e.title, _both(e.outcome), _both(e.detail), e.list or "known before 此前已知", e.capture)
            for e in lines[:_SHOWN]
        ],
        len(lines),
    )


def _both(value: Any) -> str:
    """A word or two of a program, with what they mean in Chinese."""
    text, chinese = str(value), said("zh", str(value))
    return f"{text} {chinese}" if chinese not in (text, "") else text


def _read(sentence: Any) -> str:
    """A sentence in Chinese, and in English below; each where it differs."""
    english, *chinese = both(str(sentence))
    return f"{_text(chinese[0])}<br><span class=en lang=en>{_text(english)}</span>" if chinese else _text(english)


def _listed(sentences: Iterable[str]) -> str:
    lines = "".join(f"<li>{_read(line)}</li>" for line in sentences)
    return f"<ul>{lines}</ul>" if lines else ""


def _moment(text: Any) -> str:
    """A time for a reader: to the minute, in UTC, as it is noted."""
    return f"{str(text)[:16].replace('T', ' ')} UTC" if text else "–"


def _text(value: Any) -> str:
    return escape("–" if value is None else str(value))


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]], of: int = 0) -> str:
    """A table; ``of`` how many rows there are, where only those that are shown are given."""
    if not rows:
        return ""
    columns = "".join(f"<th scope=col>{_text(name)}</th>" for name in head)
    cells = "".join(f"<tr>{_cells(head, row)}</tr>" for row in rows[:_SHOWN])
    left = max(of, len(rows)) - _SHOWN
    more = f"<p>… and {left} more 另有 {left} 行</p>" if left > 0 else ""
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{cells}</tbody></table>{more}"


def _cells(head: tuple[str, ...], row: tuple[Any, ...]) -> str:
    """The cells of a row; on a phone, where heads are not seen, each says what it is. Addresses may break anywhere."""
    return "".join(starmap(_cell, zip(head, row, strict=True)))


def _cell(name: str, value: Any) -> str:
    text = _text(value)
    broken = " class=long" if any(len(word) > _LONG for word in text.split()) else ""
    named = f' data-name="{_text(name)}"' if name else ""
    return f"<td{broken}{named}>{text}</td>"
