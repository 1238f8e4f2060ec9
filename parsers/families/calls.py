"""Calls that draw a pager, and calls behind a pager's numbers: what each is given and where its pages are.

One line a call.
A new one is a new line of :data:`DRAWN` (the script draws the complete pager) or :data:`LINKED` (a number calls it).
What a call is given is named in the order of its arguments; ``{}`` means an object, whose usual names are in
:data:`OPTIONS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from parsers.families.base import Paging, View, unknown
from parsers.families.counts import is_pager_name
from parsers.families.functions import asked_in, callbacks
from parsers.page.addresses import absolute, parts
from parsers.page.dom import Element, words_of
from parsers.page.expressions import Value, arguments
from parsers.page.text import collapse
from parsers.patterns import compiled
from parsers.record import Declared, PageRequest

_MOST_PAGES = 2000
#: How a page is asked for, by its number as a call counts and by its number from 1.
Address = Callable[[int, int], PageRequest | None]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that draws a pager.

    :param name: the function's name, a pattern
    :param takes: what its arguments say, in order: ``pages``, ``current``, ``entries``, ``size`` (entries a page),
        ``prefix`` and ``ext`` of a page's file, ``number`` (the page that a link leads to), a word of its own, ``_``
        for what says nothing; ``"setPage"`` in quotes must stand there literally; ``{}`` an object of :data:`OPTIONS`,
        ``{total=pages}`` one in which a name means something else. Those at the end may be missing.
    :param address: where page n is; empty where the options or the page's own address say it
    :param first: the number of the first page as the call counts it, ``None`` where the page's address tells
    """

    name: str
    takes: str
    address: str = ""
    first: int | None = 1


_FILE = "{prefix}_{n}.{ext}"
DRAWN = (
    Call(r"createPage(?:HTML|Html)?\w{0,6}", "pages current prefix ext _ entries", _FILE, None),
    Call(r"createPage(?:HTML|Html)?\w{0,6}", "pages current prefix ext entries", _FILE, None),
    Call(r"createPage(?:HTML|Html)?\w{0,6}", "id pages current prefix ext entries", _FILE, None),
    Call(r"[\w$.]*\.pagination", '"setPage" current pages', "index_{n}.html"),
    Call(r"[\w$.]*\.pagination", "entries {}", "", 0),
    Call(r"Ls\.pagination", "{}", "?pageIndex={n}"),
    Call(r"Ls\.pagination", "_ {}", "?pageIndex={n}"),
    Call(r"kkpager\.\w+", "{total=pages}"),
    Call(r"Pager", "{}", _FILE, 0),
    Call(r"[\w$.]*[pP]ag(?:e|er|ing|ination|inator)\w*(?:\.\w+)?", "{}"),
    Call(r"[\w$.]*[pP]ag(?:e|er|ing|ination|inator)\w*(?:\.\w+)?", "_ {}"),
    Call(r"[\w$.]+", "pages current prefix ext", _FILE, None),
)
LINKED = (
    Call(r"ShowAjaxNewPage", "_ folder category number", "{folder}{category}/{number}.html"),
    Call(r"ShowNewPage", "folder category number", "{folder}{category}/{number}.html"),
)
#: What the options of a pager are called; a template of the address has one of the marks of :data:`_PLACE`.
OPTIONS = {
    "pages": (
        "pageCount pages totalPage totalPages countPage pageTotal pagecount totalpage page_count total_pages pagenum"
    ),
    "entries": (
        "total totalCount totalCounts totalRecord totalRecords totalData totalNum count counts recordCount rowCount "
        "items totalItems totalSize"
    ),
    "size": "pageSize limit perPage pagesize showData items_per_page itemsOnPage pageRows rows per_page size",
    "current": (
        "current curr currentPage pageNo pageIndex pageNum pno page cur current_page currPage pagenumber nowPage "
        "pageno startPage"
    ),
    "prefix": "prefix hrefFormer fileName filename pageName pagename stem former",
    "ext": "suffix ext hrefLatter extension fileExt postfix latter",
    "address": "link_to linkTo url href hrefTemplate pageUrl link",
}
_MEANING = {name: what for what, names in OPTIONS.items() for name in names.split()}
_PLACE = compiled(r"__(?:id|page|num)__|\{\{?\s?\w{0,12}\s?\}?\}|%d|\[page\]|:page\b|#page#", re.IGNORECASE)
_NUMBERS = frozenset(("pages", "current", "entries", "size", "number"))
_EXTENSION = compiled(r"\.?(?:s?html?|jhtml|jspx?|aspx?|php|thtml)", re.IGNORECASE)
_ARTICLE = compiled(r"^(?:\./)?(?:.*/)?(?:t\d{8}_\d+|t\d{6,}|content_\d+|[0-9a-f]{32}|c\d{6,})$")
_CALLED = compiled(
    r"(?<![\w$.])(?P<name>(?:\$\(\s{0,4}[\"'][^\"'\n]{0,80}[\"']\s{0,4}\)|[A-Za-z_$][\w$]{0,40})"
    r"(?:\.[A-Za-z_$][\w$]{0,40}){0,3})\s{0,4}\((?=\s{0,9}[\"'{\d\w])"
)


def is_article(prefix: str) -> bool:
    """Whether a pager's files are the pages of one article."""
    return _ARTICLE.match(prefix) is not None


def calls_in(view: View) -> list[tuple[str, list[Value], str]]:
    """The calls of a page's scripts that may draw a pager: name, arguments, the source from the call's bracket on."""
    return view.once(_calls)


def _calls(view: View) -> list[tuple[str, list[Value], str]]:
    code, found = view.scripts, []
    for match in _CALLED.finditer(code):
        name = re.sub(r"^\$\(.*?\)", "$", match["name"])
        before = code[max(0, match.start() - _BEFORE) : match.start()].rstrip()
        if before.endswith("function") or name in _NO_PAGERS:
            continue
        if _LIKELY.search(name) or _SHAPE.match(code, match.end()):
            found.append((name, arguments(code, match.end(), view.names), code[match.start() : match.start() + 3000]))
    return found


_BEFORE = 60  # characters before a name
_NO_PAGERS = frozenset(("if", "for", "while", "switch", "return", "setTimeout", "setInterval"))
_LIKELY = compiled(r"pag(?:e|er|ing|ination|inator)", re.IGNORECASE)
_SHAPE = compiled(
    r"\s{0,4}\w{1,20}\s{0,4},\s{0,4}\w{1,20}\s{0,4},\s{0,4}[\"'][^\"']{1,60}[\"']\s{0,4},\s{0,4}[\"']\.?\w{3,6}[\"']"
)


def given(call: Call, values: list[Value]) -> dict[str, Value] | None:
    """What a call was given, by what it means; ``None`` where the values are not of that kind."""
    found: dict[str, Value] = {}
    for at, meaning in enumerate(call.takes.split()):
        lacks = at >= len(values)
        said = _meant(meaning, values[at]) if not lacks else None
        if said is None and not (lacks and meaning in _MAY_LACK):
            return None
        found.update(said or {})
    options = "{" in call.takes
    if "ext" in found and not options and not _EXTENSION.fullmatch(str(found["ext"])):
        return None
    return found if found or options else None


_MAY_LACK = ("_", "entries")


def _meant(meaning: str, value: Value) -> dict[str, Value] | None:
    """What one argument says; ``None`` where it is not of that kind."""
    if meaning == "_":
        return {}
    if meaning.startswith("{"):
        own = dict(pair.split("=") for pair in meaning.strip("{}").split(",") if pair)
        return options_of(value, {**_MEANING, **own}) if isinstance(value, dict) else None
    if meaning.startswith('"'):
        return {} if value == meaning.strip('"') else None
    if meaning in _NUMBERS:
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        return {meaning: number} if isinstance(number, int) else None
    return {meaning: value} if isinstance(value, str) else None


def options_of(value: Mapping[str, Value], meanings: Mapping[str, str]) -> dict[str, Value]:
    """The options of a pager by their meaning; with a file's name and no other number, ``size`` counts pages."""
    found: dict[str, Value] = {}
    for key, said in value.items():
        meaning = meanings.get(key)
        plain = int(said) if isinstance(said, str) and said.isdecimal() and meaning in _NUMBERS else said
        if meaning and plain is not None and isinstance(plain, int) == (meaning in _NUMBERS):
            found.setdefault(meaning, plain)
    if "prefix" in found and "pages" not in found and "entries" not in found and "size" in found:
        found["pages"] = found.pop("size")
    if found.get("current") == 0:
        found["zero"] = 1
    return found


def drawn(view: View) -> Paging | None:
    """What the first call that draws a pager declares, and where its next page is."""
    lost: Paging | None = None
    for name, values, source in calls_in(view):
        for call in DRAWN:
            if not re.fullmatch(call.name, name):
                continue
            said = given(call, values)
            if said is None:
                continue
            if is_article(str(said.get("prefix") or "")):
                break
            paging = _paging(call, name, said, source, view)
            if paging is not None and paging.rule != "script-unknown":
                return paging
            lost = lost or paging
            break
    return lost


def attributed(view: View) -> Paging | None:
    """A pager that a script file draws from the attributes of the element that is to hold it."""
    survey = view.survey
    counting = dict.fromkeys(place for place, _, value in survey.told if value.isdecimal())
    for place in counting:
        element = survey.elements[place]
        attributes: Any = element.items()
        if len(attributes) < 2 or survey.tags[place] in ("input", "meta", "body"):
            continue
        said = _said_by_attributes(element, attributes)
        if said is None:
            continue
        source = f"<{element.tag} {' '.join(map(str, element.values()))}>"
        paging = _paging(Call("", "{}"), "attributes", said, source, view)
        if paging is not None:
            return paging
    return None


def _said_by_attributes(element: Element, attributes: Sequence[tuple[str, str]]) -> dict[str, Value] | None:
    """What an element's attributes say of a pager; ``None`` where they count no pages, or it is none."""
    said = {_attribute(name): value for name, value in attributes}
    plain: dict[str, Value] = {name: int(v) if v.isdecimal() else v for name, v in said.items() if name}
    found = options_of(plain, {name: name for name in OPTIONS})
    if "current" in found and ("pages" in found or "entries" in found) and "size" not in found:
        found["pages"] = found.get("pages", found.pop("entries", None))
    if not ("pages" in found or ("entries" in found and "size" in found)):
        return None
    if "current" in found and len(found) > 2:
        return found
    return found if is_pager_name(f"{words_of(element)} {element.tag}") else None


_ATTRIBUTES = {name.lower().replace("_", ""): what for name, what in _MEANING.items()}


@lru_cache(maxsize=1024)
def _attribute(name: str) -> str:
    """What an attribute of a pager says; empty for any other."""
    return _ATTRIBUTES.get(re.sub(r"^:?(?:data-)?|[-_:]", "", name.lower()), "")


def article_pages(view: View) -> list[str]:
    """The further pages of an article whose pager is drawn by a call with the article's own file."""
    for name, values, _ in calls_in(view):
        for call in DRAWN:
            said = given(call, values) if re.fullmatch(call.name, name) and "{prefix}" in call.address else None
            prefix, ext = (str(said.get(key) or "") for key in ("prefix", "ext")) if said else ("", "")
            if not said or not is_article(prefix):
                continue
            own = view.url.removesuffix(f".{ext}").replace(prefix.split("/")[-1], "")
            pages = said.get("pages")
            if said.get("current") != 0 or not isinstance(pages, int) or re.search(r"_\d+\.\w+$|_\d+$", own):
                return []
            return [view.join(_filled(_FILE, {**said, "n": n})) for n in range(1, min(pages, 200))]
    return []


def _paging(call: Call, name: str, said: dict[str, Value], source: str, view: View) -> Paging | None:
    numbers = {key: value for key, value in said.items() if isinstance(value, int)}
    pages, entries, last = numbers.get("pages"), numbers.get("entries"), _last(numbers)
    if last is None and not _leads(call, said):
        return None
    declarations = tuple(
        Declared(what, numbers[what], collapse(source[: source.find(")") + 1])[:100])
        for what in ("pages", "entries")
        if what in numbers
    )
    address = _address(call, said, source, view)
    if address is None:
        if last is None or last <= 1:
            return None
        lost = unknown(collapse(source[:80]), "", pages)
        return replace(lost, declared_items=entries, declarations=declarations)
    first = _begin(call, said, view)
    here = _current(numbers.get("current", first), said, first, view) - first + 1
    following, further = _pages(address, first, here, min(last or here + 1, _MOST_PAGES), view)
    return Paging(following, last, entries, re.sub(r"^\$\.", "", name), further if last else (), declarations)


def _last(numbers: Mapping[str, int]) -> int | None:
    """How many pages there are, as a call declares them or as its entries fill them."""
    entries, size = numbers.get("entries"), numbers.get("size")
    return numbers.get("pages", -(-entries // size) if entries and size else None)


def _begin(call: Call, said: dict[str, Value], view: View) -> int:
    """The number of the first page as a call counts it."""
    if "zero" in said:
        return 0
    return _first(said, view) if call.first is None else call.first


def _pages(
    address: Address, first: int, here: int, end: int, view: View
) -> tuple[tuple[PageRequest, ...], tuple[PageRequest, ...]]:
    """The next page, and the others.

    :param here: this page's number from 1, likewise ``end``
    """
    found = [
        page
        for number in range(2, end + 1)
        if number != here and (page := address(number - 1 + first, number)) is not None and page.url != view.url
    ]
    following = tuple(page for page in found if page.number == here + 1)
    return following, tuple(page for page in found if page.number != here + 1)


def _leads(call: Call, said: dict[str, Value]) -> bool:
    """Whether a call that declares no number leads on all the same."""
    return bool(call.address) and "current" in said and "ext" not in said


def _address(call: Call, said: dict[str, Value], source: str, view: View) -> Address | None:
    """How a page is asked for, by its number as the call counts and by its number from 1; ``None``
    when nothing says it.
    """
    template = said.get("address")
    if isinstance(template, str) and _PLACE.search(template):
        return lambda n, number: _get(view, _PLACE.sub(str(n), template), number)
    if call.address and ("{prefix}" not in call.address or ("prefix" in said and "ext" in said)):
        return lambda n, number: _get(view, _filled(call.address, {**said, "n": n}), number)
    if "prefix" in said and "ext" in said:
        return lambda n, number: _get(view, _filled(_FILE, {**said, "n": n}), number)
    for parameters, body in callbacks(source):
        for needs in (*parameters[:1], "curr", "getCurrent", "pageNum", "pageIndex", "page"):
            if asked_in(body, view.names.with_({needs: 2}), needs, view) is not None:
                return lambda n, number, body=body, needs=needs: _numbered(  # type: ignore[misc]
                    asked_in(body, view.names.with_({needs: n}), needs, view), number
                )
    return None


def _numbered(page: PageRequest | None, number: int) -> PageRequest | None:
    return replace(page, number=number, guessed=True) if page else None


def _get(view: View, address: str, number: int) -> PageRequest | None:
    url = absolute(view.base, with_query(view.url, address) if address.startswith("?") else address)
    return PageRequest(url, number=number, guessed=True) if url else None


def _filled(address: str, said: Mapping[str, Value]) -> str:
    """A template with what the call was given; an extension brings its dot or not."""
    return re.sub(r"\{(\w+)\}", lambda m: str(said.get(m[1]) or "").removeprefix("." * (m[1] == "ext")), address)


def with_query(url: str, query: str) -> str:
    """An address whose query has some fields again, the others as they are."""
    head, _, old = url.partition("?")
    fresh = query.removeprefix("?").split("&")
    names = {field.partition("=")[0] for field in fresh}
    kept = [field for field in old.split("&") if field and field.partition("=")[0] not in names]
    return f"{head}?{'&'.join([*kept, *fresh])}"


def _first(said: dict[str, Value], view: View) -> int:
    """From what number a site counts whose call says the same on every page: its address, or its
    pager's own links, tell.
    """
    prefix, ext = str(said.get("prefix") or "index").rsplit("/", 1)[-1], str(said.get("ext") or "html").lstrip(".")
    current, pages = said.get("current"), said.get("pages")
    if current == 0:
        return 0
    in_url = re.search(rf"{re.escape(prefix)}_(\d+)\.{re.escape(ext)}", view.url)
    if in_url is None or int(in_url[1]) != current or not isinstance(pages, int) or pages <= int(in_url[1]):
        return 1
    linked = f"{prefix}_1.{ext}" in view.raw.replace(view.url, "")
    return 0 if linked or not re.search(r"createPageHTML\s*\(\s*['\"]", view.raw) else 1


def _current(current: int, said: dict[str, Value], first: int, view: View) -> int:
    """The number of this page: a template may write the same one on every page, the address says more."""
    prefix, ext = said.get("prefix"), said.get("ext")
    if isinstance(prefix, str) and isinstance(ext, str):
        name = re.escape(prefix.rsplit("/", 1)[-1])
        in_url = re.search(rf"(?:^|/){name}_(\d{{1,5}})\.{re.escape(ext.lstrip('.'))}", parts(view.url).path)
        return max(current, int(in_url[1])) if in_url else current
    in_query = re.search(
        r"(?:^|&)(?:page|p|pageindex|pageno|pagenum|curpage|currentpage)=(\d{1,5})(?:&|$)",
        parts(view.url).query,
        re.IGNORECASE,
    )
    return max(current, int(in_query[1])) if in_query else max(current, first)


def linked(action: str, view: View) -> PageRequest | None:
    """Where a number leads that calls a function of :data:`LINKED`."""
    match = _CALLED.search(action)
    values = arguments(action, match.end(), view.names) if match else []
    for call in LINKED:
        said = given(call, values) if match and re.fullmatch(call.name, match["name"]) else None
        if said and isinstance(said.get("number"), int):
            url = absolute(view.base, _filled(call.address, said))
            return PageRequest(url, number=int(str(said["number"]))) if url else None
    return None
