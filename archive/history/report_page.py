"""A run's report as one HTML page that needs nothing else: for a mail, a shared folder, a printer."""

from __future__ import annotations

from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{border-bottom:1px solid #ddd;padding:.25rem .5rem;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}.good{color:#1a6b2b}.bad{color:#a40000}code{font-size:.9em}"
)
_COUNTS = (
    ("interviews", "Interviews 访谈"), ("new", "New 新增"), ("changed", "Changed 改动"), ("gone", "Gone 消失"), ("back", "Back 恢复"),
    ("unchanged", "Unchanged 未变"), ("turns", "Turns 发言"), ("captures", "Captures 抓取"), ("pages", "Requests 请求"), ("bytes", "Bytes 字节"),
    ("listed", "Entries listed 列表条目"), ("declared", "List pages declared 声明页数"), ("got", "List pages read 读取页数"), ("errors", "Errors 错误"),
)  # fmt: skip
_SHOWN = 100


def html_of(report: dict[str, Any]) -> str:
    """The page; every word of the report is escaped."""

    def text(value: Any) -> str:
        return escape("–" if value is None else str(value))

    def table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
        if not rows:
            return ""
        cells = "".join(f"<tr>{''.join(f'<td>{text(v)}</td>' for v in row)}</tr>" for row in rows[:_SHOWN])
        more = f"<p>… and {len(rows) - _SHOWN} more</p>" if len(rows) > _SHOWN else ""
        return f"<table><thead><tr>{''.join(f'<th scope=col>{text(h)}</th>' for h in head)}</tr></thead><tbody>{cells}</tbody></table>{more}"

    verdict = str(report.get("verdict"))
    parts = [
        f"<h1>{text(report.get('name'))} <span class={'good' if verdict == 'ok' else 'bad'}>{text(verdict)}</span></h1>",
        f"<p><code>{text(report.get('run'))}</code>, {text(report.get('started_at'))} – {text(report.get('ended_at'))}</p>",
        f"<p><strong>{text(report['reason'])}</strong></p>" if report.get("reason") else "",
        f"<p>→ {text(report['fix'])}</p>" if report.get("fix") else "",
        "".join(f"<li>{text(line)}</li>" for line in report.get("evidence") or ()),
        table(("", ""), [(label, report[key]) for key, label in _COUNTS if report.get(key) is not None]),
        table(("Obstacle", "Times", "First", "Detail"), [(o["rule"], o["count"], o["url"], o["detail"]) for o in report.get("obstacles") or ()]),
        table(("Failed 失败", "Reason 原因"), [(e["url"], e["reason"]) for e in report.get("error_list") or ()]),
        table(("Not fetched 未抓取", "Reason 原因"), [(r["url"], r["reason"]) for r in report.get("refusals") or ()]),
        f"<p>{text(report.get('code_version'))}</p>",
    ]  # fmt: skip
    return (
        f"<!DOCTYPE html><html lang=zh><head><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{text(report.get('run'))}: {text(verdict)}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )
