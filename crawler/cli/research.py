"""Commands of the research: search, export."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from archive.collection.urls import is_web
from archive.errors import ConfigError
from archive.research.filters import Filter
from archive.research.search import Count
from crawler.cli.console import collection_of, print_json

_FILTERS = (
    click.option("--site", help="Site id."),
    click.option("--province", help="Province, as the site files have it (甘肃)."),
    click.option("--year", help="Year (or month, day) of the talk."),
    click.option("--since", help="Talks since this day, month or year."),
    click.option("--until", help="Talks until this day, month or year, inclusive."),
    click.option("--kind", help="transcript, summary, notice, video, attachment, offsite."),
    click.option("--role", help="host, guest, netizen, reporter, narrator, unknown."),
    click.option("--speaker", help="Label as printed, or the person it names."),
    click.option("--id", "uid", help="One interview, by its id, an earlier id, or a turn's id."),
    click.option("--org", "organization", help="Part of a guest's organisation."),
)


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose interviews and turns."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


@click.command()
@click.argument("query")
@filters
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--oldest", is_flag=True, help="Oldest first.")
@click.option("--kwic", is_flag=True, help="Print a concordance: each match with its context.")
@click.option("--by", help="Print counts by year, month, site, province, role, speaker or kind.")
@click.option(
    "--fold", is_flag=True, help="Treat traditional and simplified characters, full and half width as the same."
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def search(
    ctx: click.Context,
    /,
    query: str,
    limit: int,
    oldest: bool,
    kwic: bool,
    by: str | None,
    fold: bool,
    as_json: bool,
    **only: Any,
) -> None:
    """Find turns, newest first. Matches are exact at any length.

    All words must occur in a turn. AND, OR, NOT, brackets, "phrases with spaces" and NEAR(执法 公平, 10) combine them.

    \b
    Example:  fangtan search '营商环境 NOT 招商' --role guest --since 2021 --kwic
    """
    from archive.research import search as find  # noqa: PLC0415
    from archive.research.folding import variants  # noqa: PLC0415
    from archive.store.query import parse  # noqa: PLC0415
    from archive.store.store import open_reader  # noqa: PLC0415

    chosen = Filter(**only)
    understood = parse(query, variants) if fold else parse(query)
    db = open_reader(collection_of(ctx).require().store)
    if by:
        _say_counts(find.counts(db, understood, by, chosen), as_json=as_json)
        return
    hits, total = find.search(db, understood, limit, newest_first=not oldest, only=chosen)
    if as_json:
        for row in find.concordance(hits, understood) if kwic else hits:
            print_json({n: getattr(row, n) for n in row.__slots__})
        return
    if kwic:
        for line in find.concordance(hits, understood):
            pad = " " * (40 - find.columns(line.left))
            click.echo(
                f"{line.date[:10]} {pad}{line.left} {_marked(line.hit)} {line.right}  {line.speaker} [{line.turn}]"
            )
    else:
        for hit in hits:
            click.echo(
                f"{hit.date[:10]} {hit.title} · {hit.speaker} ({hit.role}) [{hit.turn}]\n  {_around(hit.text, understood.words)}\n  {hit.url}"
            )
    click.echo(f"{total} turn(s) match {query}", err=True)


def _say_counts(found: list[Count], *, as_json: bool) -> None:
    for count in found:
        if as_json:
            print_json({n: getattr(count, n) for n in count.__slots__})
        else:
            click.echo(
                f"{count.group}\t{count.turns} turns\t{count.interviews} interviews\tof {count.of}\t{count.per_10000} in 10,000 characters"
            )


def _marked(text: str) -> str:
    return click.style(text, bold=True, fg="yellow")


def _around(text: str, words: list[str], width: int = 40) -> str:
    """The first hit with its surroundings, all words marked on a terminal."""
    places = [(at, word) for word in words if (at := text.find(word)) >= 0]
    at, word = min(places, default=(0, ""))
    start, end = max(0, at - width), at + len(word) + width
    part = text[start:end].replace("\n", " ")
    for other in sorted(set(words), key=len, reverse=True):
        part = part.replace(other, _marked(other))
    return ("…" if start else "") + part + ("…" if end < len(text) else "")


@click.command()
@click.argument(
    "form", metavar="FORMAT", type=click.Choice(["csv", "jsonl", "parquet", "tei", "convokit", "citations", "release"])
)
@filters
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Folder to write; default ./FORMAT. It must not exist yet.",
)
@click.pass_context
def export(ctx: click.Context, /, form: str, output: Path | None, **only: Any) -> None:
    """Write interviews for other programs, each export with a data sheet and checksums.

    csv, jsonl, parquet: tables · tei: Parla-CLARIN shape · convokit: a corpus folder · citations: GB/T 7714, BibTeX, CSL-JSON ·
    release: the store as one file, Parquet, data sheet.

    \b
    Example:  fangtan export csv --province 甘肃 --since 2021 -o gansu-csv
    """
    from archive.export import export as write  # noqa: PLC0415

    folder = output or Path(form)
    files = write(collection_of(ctx).require(), form, folder, Filter(**only))
    click.echo(f"{folder}: {len(files)} files, see datasheet.md")


@click.command()
@click.argument("word", required=False)
@filters
@click.option("--size", type=click.IntRange(1, 6), default=2, show_default=True, help="Characters per unit.")
@click.option("--words", is_flag=True, help="Count words cut by jieba instead of strings of characters.")
@click.option(
    "--window",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="With WORD: distance in characters that counts as near.",
)
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def keywords(
    ctx: click.Context, /, word: str | None, size: int, words: bool, window: int, limit: int, as_json: bool, **only: Any
) -> None:
    """Find the words that the chosen turns use more than all others (log-likelihood); with WORD, its collocates.

    \b
    Example:  fangtan keywords --role netizen
    """
    from archive.research.keyness import collocations, cut_words, strings  # noqa: PLC0415
    from archive.research.keyness import keywords as distinctive  # noqa: PLC0415
    from archive.store.store import open_reader  # noqa: PLC0415

    db, cut, chosen = (
        open_reader(collection_of(ctx).require().store),
        cut_words() if words else strings(size),
        Filter(**only),
    )
    found = collocations(db, word, chosen, cut, window) if word else distinctive(db, chosen, cut)
    for key in found[:limit]:
        if as_json:
            print_json({n: getattr(key, n) for n in key.__slots__})
        else:
            click.echo(
                f"{key.unit}\t{key.score:.1f}\t{key.count} ({key.per_10000})\trest {key.rest} ({key.rest_per_10000})"
            )


@click.command()
@click.option("-p", "--port", type=click.IntRange(1, 65535), default=8001, show_default=True)
@click.option(
    "-b",
    "--bind",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; anyone who reaches it can read everything.",
)
@click.option(
    "--replay", metavar="URL", help="Address where `fangtan replay` serves this collection; captures link to it."
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A host name that readers use, for example behind a proxy; repeatable. Requests for other names are refused.",
)
@click.option(
    "--tokens",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of access tokens, one per line. Readers then need one.",
)
@click.pass_context
def serve(
    ctx: click.Context, port: int, bind: str, replay: str | None, hosts: tuple[str, ...], tokens: Path | None
) -> None:
    """Serve the reading room, read-only: home, search, interviews, and Datasette's tables, SQL and JSON.

    \b
    Example:  fangtan serve -p 8001
    """
    from archive.web.access import read_tokens  # noqa: PLC0415
    from archive.web.door import is_host  # noqa: PLC0415
    from archive.web.serve import application  # noqa: PLC0415
    from archive.web.serve import serve as run  # noqa: PLC0415

    if replay and not is_web(replay):
        raise ConfigError(f"--replay {replay}: expected an address such as http://127.0.0.1:8080")
    known = read_tokens(tokens) if tokens else None
    if wrong := [host for host in hosts if not is_host(host)]:
        raise ConfigError(f"--host {wrong[0]!r}: expected a name such as archive.example.org, without scheme and path")
    made = application(collection_of(ctx).require(), replay, [bind, *hosts])
    if not tokens and not bind.startswith(("127.", "localhost", "::1")):
        click.echo(
            f"anyone who reaches {bind} can read everything; --tokens FILE asks for a token. 任何人均可读取。", err=True
        )
    click.echo(f"http://{bind}:{port}/  (end with Ctrl-C)", err=True)
    run(made, port, bind, known)


@click.command()
@click.argument("uid", metavar="INTERVIEW|TURN", required=False)
@click.argument("field", required=False)
@click.argument("value", required=False)
@click.option("--nothing", is_flag=True, help="Correct to no value: the page does not print one.")
@click.option("--author", help="Who makes the correction (required for one).")
@click.option("--reason", help="Why (required for a correction).")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def correct(
    ctx: click.Context,
    uid: str | None,
    field: str | None,
    value: str | None,
    nothing: bool,
    author: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Correct a value that was parsed wrongly, or list the corrections. Parsed values and the text stay unchanged.

    Fields: kind, title, theme, published_at, time_start, time_end, source, guests[N].name|organization|title|person, turns[N].speaker|person|role;
    Of a turn (by its id): speaker, person, role. Of a person (site/name) instead of an interview: same_as, another person.

    \b
    Example:  fangtan correct 72a251621b2f8059 'turns[4].role' guest --author 张三 --reason '听录像核对'
    """
    from archive.store import corrections, overlay  # noqa: PLC0415
    from archive.store.store import open_reader, open_store, transaction  # noqa: PLC0415

    collection = collection_of(ctx).require()
    db = open_reader(collection.store)
    if uid is None:
        _say_corrections(db, as_json=as_json)
        return
    if not field or (value is None) is not nothing or not author or not reason:
        raise click.UsageError(
            "a correction needs INTERVIEW (or TURN) FIELD VALUE (or --nothing), --author and --reason"
        )
    made = corrections.correct(collection, db, uid, field, value, author, reason)
    db.close()
    with collection.lock("indexer", wait=True):
        database = open_store(collection.store)
        try:
            with transaction(database) as connection:
                overlay.apply(connection, collection)
        finally:
            database.conn.close()
    click.echo(f"{made.uid} {made.field}: {made.old!r} → {made.new!r} ({collection.corrections})")


def _say_corrections(db: sqlite3.Connection, *, as_json: bool) -> None:
    names = ("interview", "field", "old", "new", "author", "reason", "date", "parsed", "applied", "uid", "trouble")
    for row in db.execute(f"SELECT {', '.join(names)} FROM corrections ORDER BY number"):
        data = dict(zip(names, row, strict=True))
        if as_json:
            print_json(data)
        else:
            state = "" if data["applied"] else f"  STALE: {data['trouble']} ({data['parsed']!r})"
            click.echo(
                f"{data['interview']} {data['field']}: {data['old']!r} → {data['new']!r}  {data['author']} {data['date']}: {data['reason']}{state}"
            )


commands: tuple[click.Command, ...] = (search, keywords, export, serve, correct)
