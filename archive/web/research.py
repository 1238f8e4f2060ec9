"""For researchers: what one part of the corpus says more than the rest, and exports of what a filter selects."""

from __future__ import annotations

import asyncio
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response, asgi_send_file

from archive.errors import ConfigError
from archive.export import FORMATS, export
from archive.export.found import UNITS
from archive.research.counting import total
from archive.research.filters import Filter
from archive.research.pages import ORDERS, Wanted
from archive.web.access import form_token, is_form_token
from archive.web.apart import Counting, ask
from archive.web.context import collection_of
from archive.web.finding import choices, filtered, ordered, wanted, with_query, words_of
from archive.web.views import page, read, refused

#: More is for the command line, which takes its time.
MAX_INTERVIEWS = 2000
MAX_TURNS = 20_000
#: What the second part of a comparison may be chosen by, and the levels of significance that are offered.
OTHERS = ("role", "site", "year", "since", "until", "province", "organization", "speaker")
LEVELS = ("0.05", "0.01", "0.001")
SIZES = ("2", "3", "4")
_BUSY = asyncio.Semaphore(1)


async def keyness(datasette: Datasette, request: Request) -> Response:
    """Strings that a part of the turns has more often than another part or the rest; with a word, its collocates."""
    near = (request.args.get("near") or "").strip()
    size, level = request.args.get("size") or SIZES[0], request.args.get("level") or ""
    keys, error, status, counting = list[dict[str, Any]](), None, 200, None
    try:
        _check("size", size, SIZES)
        _check("level", level, ("", *LEVELS))
        keys = await _keys(datasette, request, near, int(size), float(level or 1))
    except Counting as going:
        counting = going.percent
    except ConfigError as problem:
        error, status = str(problem), refused(problem)
    facts = {
        **await choices(datasette, request),
        "near": near,
        "size": size,
        "sizes": SIZES,
        "other": _others(request),
        "level": level,
        "levels": LEVELS,
        "keys": keys,
        "most": max((k["score"] for k in keys), default=1),
        "error": error,
        "counting": counting,
    }
    return await page(datasette, request, "fangtan_keyness.html", facts, status)


def _check(name: str, given: str, choices: tuple[str, ...]) -> None:
    """:raises ConfigError: it is none of the choices"""
    if given not in choices:
        raise ConfigError(f"--{name} {given[:20]}: expected one of {', '.join(filter(None, choices))}")


async def _keys(datasette: Datasette, request: Request, near: str, size: int, level: float) -> list[dict[str, Any]]:
    """:raises ConfigError: the parts or the word cannot be asked for
    :raises Counting: the answer is not there yet
    """
    other, only = _others(request), await read(datasette, filtered(request).check)
    if near and other:
        raise ConfigError("two parts are compared without a word near by 比较两部分时不能填近旁词")
    against = await read(datasette, Filter(**other).check) if other else None
    if not near and only.is_empty:
        return []
    facts = {"only": asdict(only), "size": size, "level": level, "near": near}
    facts["against"] = asdict(against) if against else None
    found: list[dict[str, Any]] = await ask(datasette, "collocations" if near else "keywords", facts)
    return found


def _others(request: Request) -> dict[str, str]:
    """The conditions of the part to compare with, those that are given."""
    given = {name: (request.args.get(f"other_{name}") or "").strip()[:200] for name in OTHERS}
    return {name: value for name, value in given.items() if value}


async def exported(datasette: Datasette, request: Request) -> Response | _Once:
    """The form of an export; posted, a ZIP with what ``fangtan export`` writes: the tables, the data sheet,
    the checksums.
    """
    error, status, shown = None, 200, request.headers.get("authorization", "")
    posted = request.method == "POST"
    if posted:
        request = Request({**request.scope, "query_string": await request.post_body()}, request.receive)
    try:
        asked = await _asked(datasette, request)
        if posted and _is_sent_here(request, shown):
            return await _download(datasette, asked)
        if posted:
            error, status = "Send the form again: it was made elsewhere or too long ago. 表单已失效，请重新提交。", 403
    except ConfigError as problem:
        error, status = str(problem), 400
    facts = await _form(datasette, request)
    facts |= {"token": form_token(shown), "error": error}
    answer = await page(datasette, request, "fangtan_export.html", facts, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _form(datasette: Datasette, request: Request) -> dict[str, Any]:
    """What the form offers, and what was asked."""
    return {
        **await choices(datasette, request),
        "formats": [form for form in FORMATS if form != "parquet" or find_spec("pyarrow")],
        "form": request.args.get("format") or "",
        "q": words_of(request),
        "units": UNITS,
        "unit": request.args.get("unit") or "talks",
        "orders": ORDERS,
        **ordered(request),
        "most": MAX_INTERVIEWS,
    }


def _is_sent_here(request: Request, shown: str) -> bool:
    """Whether a form was filled in on our page: by its token, and by what browsers say of where they come from."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc.lower() not in (request.host.lower(), ""):
        return False
    return is_form_token(request.args.get("token") or "", shown)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form asks for: a format, a row for what, which, in which order."""

    form: str
    unit: str
    only: Filter
    order: Wanted


async def _asked(datasette: Datasette, request: Request) -> Asked:
    """:raises ConfigError: an unknown condition or order"""
    only = await read(datasette, (with_query if words_of(request) else filtered)(request).check)
    return Asked(request.args.get("format") or "", request.args.get("unit") or "talks", only, wanted(request))


async def _download(datasette: Datasette, asked: Asked) -> _Once:
    """:raises ConfigError: an unknown format, too much, nothing"""
    if asked.form not in FORMATS:
        raise ConfigError(f"{asked.form[:20] or 'no format'}: expected one of {', '.join(FORMATS)}")
    condition, values = asked.only.interviews()
    query = f"SELECT count(*) FROM interviews i LEFT JOIN sites s ON s.id = i.site WHERE {condition}"
    count, most, unit = (
        await read(datasette, lambda db: int(db.execute(query, values).fetchone()[0])),
        MAX_INTERVIEWS,
        "interviews",
    )
    if asked.unit != "talks" and asked.only.query:
        words, others = asked.only.query, asked.only.without_query()
        count, most, unit = await read(datasette, lambda db: total(db, words, others)), MAX_TURNS, "turns"
    if count > most:
        raise ConfigError(
            f"{count} {unit} are too many for the web (at most {most}); see `fangtan export`. 请用 fangtan export。"
        )
    async with _BUSY:  # one at a time: the other readers continue
        making = asyncio.ensure_future(asyncio.to_thread(_zipped, datasette, asked))
        try:
            path = await asyncio.shield(making)
        except asyncio.CancelledError:  # the reader left; the thread cannot be stopped, what it makes is thrown away
            making.add_done_callback(_throw_away)
            raise
    return _Once(path, f"fangtan-{asked.form}.zip")


def _throw_away(made: asyncio.Future[Path]) -> None:
    if not made.cancelled() and made.exception() is None:
        made.result().unlink(missing_ok=True)


def _zipped(datasette: Datasette, asked: Asked) -> Path:
    with tempfile.TemporaryDirectory(prefix="fangtan-export-") as folder:
        files = export(
            collection_of(datasette), asked.form, Path(folder) / asked.form, asked.only, asked.unit, asked.order
        )
        with tempfile.NamedTemporaryFile(prefix="fangtan-", suffix=".zip", delete=False) as target:
            try:
                with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                    for file in files:
                        archive.write(file, file.relative_to(folder))
            except BaseException:
                Path(target.name).unlink()
                raise
            return Path(target.name)


class _Once:
    """A file that is sent once and then deleted."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name

    async def asgi_send(self, send: Any) -> None:
        """Send it."""
        try:
            await asgi_send_file(send, str(self.path), filename=self.name, content_type="application/zip")
        finally:
            self.path.unlink(missing_ok=True)
