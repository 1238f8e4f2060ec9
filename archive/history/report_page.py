"""A run's report as one HTML page that needs nothing else: for a mail, a shared folder, a printer."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from archive.history.account import Account

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;color:#222;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{border-bottom:1px solid #ddd;padding:.25rem "
    ".5rem;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}.good{color:#1a6b2b}.bad{color:#a40000}code{font-size:.9em}"
)
_COUNTS = (
    ("interviews", "Interviews 访谈"), ("new", "New 新增"), ("changed", "Changed 改动"), ("gone", "Gone 消失"), ("back", "Back 恢复"),
    ("unchanged", "Unchanged 未变"), ("turns", "Turns 发言"), ("captures", "Captures 抓取"), ("pages", "Requests 请求"), ("bytes", "Bytes 字节"),
    ("listed", "Entries listed 列表条目"), ("declared", "List pages declared 声明页数"), ("got", "List pages read 读取页数"), ("errors", "Errors 错误"),
)  # fmt: skip
#: Lists of the report: name, heads of the columns, what is in them.
_ROWS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("obstacles", ("Obstacle", "Times", "First", "Detail"), ("rule", "count", "url", "detail")),
    ("error_list", ("Failed 失败", "Reason 原因"), ("url", "reason")),
    ("refusals", ("Not fetched 未抓取", "Reason 原因"), ("url", "reason")),
)
_SHOWN = 100


def html_of(report: dict[str, Any], made: Account | None = None) -> str:
    """The page; every word of the report and of the account is escaped.

    :param made: the run's account, where it has one
    """
    verdict, run = str(report.get("verdict")), _text(report.get("run"))
    colour = "good" if verdict == "ok" else "bad"
    counts = [(label, report[key]) for key, label in _COUNTS if report.get(key) is not None]
    parts = [
        f"<h1>{_text(report.get('name'))} <span class={colour}>{_text(verdict)}</span></h1>",
        f"<p><code>{run}</code>, {_text(report.get('started_at'))} – {_text(report.get('ended_at'))}</p>",
        *_reasons(report),
        _table(("", ""), counts),
        *_rows(report),
        *(_account(made) if made is not None else ()),
        f"<p>{_text(report.get('code_version'))}</p>",
    ]
    return (
        f"<!DOCTYPE html><html lang=zh><head><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{run}: {_text(verdict)}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _reasons(report: dict[str, Any]) -> Iterator[str]:
    if report.get("reason"):
        yield f"<p><strong>{_text(report['reason'])}</strong></p>"
    if report.get("fix"):
        yield f"<p>→ {_text(report['fix'])}</p>"
    yield from (f"<li>{_text(line)}</li>" for line in report.get("evidence") or ())


def _rows(report: dict[str, Any]) -> Iterator[str]:
    for name, head, keys in _ROWS:
        yield _table(head, [tuple(row[key] for key in keys) for row in report.get(name) or ()])


def _account(made: Account) -> Iterator[str]:
    """The account: what does not balance, then list pages and entries, those that are missing first."""
    words = "balances 已清点无缺" if made.balanced else "does not balance 清点有缺"
    colour = "good" if made.balanced else "bad"
    yield f"<h2>Account 清点: <span class={colour}>{words}</span></h2>"
    yield from (f"<li>{_text(line)}</li>" for line in (*made.differences, *made.remarks))
    yield _table(("Outcome 结果", "Entries 条目"), [*made.counts().items()])
    pages = sorted(made.pages, key=lambda page: page.accounted)
    yield _table(
        ("List page 列表页", "Outcome 结果", "Entries 条目", "Declared 声明", "Detail 说明"),
        [(p.url, p.outcome, len(set(p.keys)), p.items if p.pages is None else p.pages, p.detail) for p in pages],
    )
    lines = sorted(made.lines, key=lambda line: line.accounted)
    yield _table(
        ("Entry 条目", "Title 标题", "Outcome 结果", "Detail 说明", "Listed on 所在列表", "Record 记录"),
        [(e.url, e.title, e.outcome, e.detail, e.list or "known before 此前已知", e.capture) for e in lines],
    )


def _text(value: Any) -> str:
    return escape("–" if value is None else str(value))


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    if not rows:
        return ""
    columns = "".join(f"<th scope=col>{_text(name)}</th>" for name in head)
    cells = "".join(f"<tr>{''.join(f'<td>{_text(value)}</td>' for value in row)}</tr>" for row in rows[:_SHOWN])
    left = len(rows) - _SHOWN
    more = f"<p>… and {left} more 另有 {left} 行</p>" if left > 0 else ""
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{cells}</tbody></table>{more}"
