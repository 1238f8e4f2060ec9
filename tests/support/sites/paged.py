"""A small section under each kind of pager, whose list pages a test may remove, let lie, or shrink; it counts its requests."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from support.sites.family_sites import page, talk

from crawler.demo.county import DemoSite, Reply

SECTION = "/hdjl/zxft/"
PER_PAGE, TALKS = 2, 6


def address(n):
    return f"{SECTION}202305/t20230510_90000{n}.html"


def rows(numbers):
    return (
        "<ul>"
        + "".join(f"<li><a href='{address(n)}'>青石访谈第{n}期</a><span>2023-05-1{n}</span></li>" for n in numbers)
        + "</ul>"
    )


def html(numbers, pager):
    return page("在线访谈", f"<h2>在线访谈</h2><div class='l'>{rows(numbers)}</div><div class='page'>{pager}</div>")


def file_name(number):
    return "index.html" if number == 1 else f"index_{number - 1}.html"


def _next(number, pages, numbers, total):
    del total
    return html(numbers, f"<a href='{file_name(number + 1)}'>下一页</a>" if number < pages else "<a>下一页</a>")


def _numbers(number, pages, numbers, total):
    links = (f"<a href='{file_name(n)}'>{n}</a>" if n != number else f"<b>{n}</b>" for n in range(1, pages + 1))
    return html(numbers, f"{''.join(links)} 共<b>{total}</b>条")


def _script(number, pages, numbers, total):
    del total
    return html(numbers, f"<script>createPageHTML({pages}, {number - 1}, 'index', 'html');</script>")


def _choice(number, pages, numbers, total):
    del total
    options = "".join(
        f"<option value='{file_name(n)}'{' selected' * (n == number)}>{n}</option>" for n in range(1, pages + 1)
    )
    return html(numbers, f"<select name='page' onchange='location.href=this.value'>{options}</select>")


def _years(number, pages, numbers, total):
    del total
    tabs = "".join(f"<a href='{file_name(n)}'>{2024 - n}年</a>" for n in range(1, pages + 1) if n != number)
    return html(numbers, f"<b>{2024 - number}年</b>{tabs}")


def _more(number, pages, numbers, total):
    """The first page, then JSON."""
    if number > 1:
        entries = [{"title": f"青石访谈第{n}期", "url": address(n), "pubDate": f"2023-05-1{n}"} for n in numbers]
        return Reply(json.dumps({"total": total, "rows": entries}, ensure_ascii=False).encode(), "application/json")
    script = "<script>var pageNo=1;function more(){pageNo++;$.get('/api/list?pageNo='+pageNo+'&size=2',show)}</script>"
    return html(numbers, f"<div onclick='more()'>加载更多</div>{script}" if pages > 1 else "")


def at(kind, number):
    """The path of a list page."""
    if number == 1:
        return SECTION
    return f"/api/list?pageNo={number}&size=2" if kind == "more" else f"{SECTION}{file_name(number)}"


KINDS: dict[str, Callable] = {
    "next": _next, "numbers": _numbers, "script": _script, "choice": _choice, "years": _years, "more": _more,
}  # fmt: skip


@dataclass
class Paged(DemoSite):
    """The site; ``asked`` are the paths it was asked for.

    :param lies: list page 2 shows the entries of page 1, under a pager that says nothing of it
    :param removed: list page 2 answers 404
    :param shrunk: the last list page is gone, and no pager names it
    """

    kind: str = "next"
    asked: list = field(default_factory=list)

    def change(self, *, lies=False, removed=False, shrunk=False, later=0):
        """Serve the list with these faults, and without the talks that come later."""
        total = TALKS - PER_PAGE * shrunk - later
        pages = -(-total // PER_PAGE)
        for number in range(1, TALKS // PER_PAGE + 1):
            self.replies.pop(at(self.kind, number), None)
        for number in range(1, pages + 1):
            shown = 1 if lies and number == 2 else number
            entries = list(range(TALKS - later))[::-1][(shown - 1) * PER_PAGE : shown * PER_PAGE]
            self.replies[at(self.kind, number)] = KINDS[self.kind](number, pages, entries, total)
        if removed:
            self.replies[at(self.kind, 2)] = Reply(b"<h1>404</h1>", status=404)
        self.replies[f"{SECTION}index.html"] = self.replies[SECTION]

    def reply(self, path, generation):
        self.asked.append(path)
        return super().reply(path, generation)


def paged(kind):
    """A section of six talks on three list pages."""
    site = Paged("青石县", kind=kind)
    site.replies = {address(n): talk("trs", n) for n in range(TALKS)}
    site.replies["/"] = page("首页", f"<a href='{SECTION}'>在线访谈</a>")
    site.change()
    return site
