"""Commands of the research: search, keywords, export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from archive.export import export as write
from archive.research import search as find
from archive.research.filters import CHOICES, Filter
from archive.research.folding import variants
from archive.research.keyness import collocations, cut_words, strings
from archive.research.keyness import keywords as distinctive
from archive.research.places import Place, places
from archive.research.search import Count
from archive.store.query_language import parse
from archive.store.store import open_reader
from crawler.cli.console import collection_of, print_json

_FILTERS = (
    click.option("--site", help="Site id."),
    click.option("--province", help="Province, as the site files have it (甘肃)."),
    click.option("--year", help="Year (or month, day) of the talk."),
    click.option("--since", help="Talks since this day, month or year."),
    click.option("--until", help="Talks until this day, month or year, inclusive."),
    *(click.option(f"--{name}", help=f"{', '.join(CHOICES[name])}.") for name in ("kind", "genre", "role")),
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
@click.option("--by", help="Print counts by year, month, site, province, role, speaker, kind or genre.")
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
    Operators count in any case; -word means NOT word. Put words that hold brackets or quotes in "quotes".
    The last line shows how the query was understood.

    \b
    Example:  fangtan search '营商环境 NOT 招商' --role guest --since 2021 --kwic
    """
    understood = parse(query, variants) if fold else parse(query)
    db = open_reader(collection_of(ctx).require().store)
    chosen = Filter(**only).check(db)
    if by:
        _say_counts(find.counts(db, understood, by, chosen), as_json=as_json)
        return
    hits, total = find.search(db, understood, limit, newest_first=not oldest, only=chosen)
    if as_json:
        for row in find.concordance(hits, understood) if kwic else hits:
            print_json(row)
        return
    if kwic:
        for line in find.concordance(hits, understood):
            pad = " " * (40 - find.columns(line.left))
            click.echo(
                f"{line.date[:10]} {pad}{line.left} {_marked(line.hit)} {line.right}  {line.speaker} [{line.turn}]"
            )
    else:
        for hit, found in zip(hits, places([hit.text for hit in hits], understood.words), strict=True):
            click.echo(
                f"{hit.date[:10]} {hit.title} · {hit.speaker} ({hit.role}) [{hit.turn}]\n  "
                f"{_around(hit.text, found)}\n  {hit.url}"
            )
    click.echo(f"{total} turn(s) match {understood.shown or 'nothing: name a word that is not behind NOT'}", err=True)


def _say_counts(found: list[Count], *, as_json: bool) -> None:
    for count in found:
        if as_json:
            print_json(count)
        else:
            click.echo(
                f"{count.group}\t{count.turns} turns\t{count.interviews} interviews\tof "
                f"{count.of}\t{count.per_10000} in 10,000 characters"
            )


def _marked(text: str) -> str:
    return click.style(text, bold=True, fg="yellow")


def _around(text: str, found: list[Place], width: int = 40) -> str:
    """The first place with its surroundings, all places in them marked on a terminal."""
    first = found[0] if found else (0, 0)
    start, end = max(0, first[0] - width), first[1] + width
    text, cut = text.replace("\n", " "), "…" if end < len(text) else ""
    shown, at = "…" if start else "", start
    for begin, close in (place for place in found if place[1] <= end):
        shown += text[at:begin] + _marked(text[begin:close])
        at = close
    return shown + text[at:end] + cut


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
    db, cut = open_reader(collection_of(ctx).require().store), cut_words() if words else strings(size)
    chosen = Filter(**only).check(db)
    found = collocations(db, word, chosen, cut, window) if word else distinctive(db, chosen, cut)
    for key in found[:limit]:
        if as_json:
            print_json(key)
        else:
            click.echo(
                f"{key.unit}\t{key.score:.1f}\t{key.count} ({key.per_10000})\trest {key.rest} ({key.rest_per_10000})"
            )


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

    csv, jsonl, parquet: tables · tei: Parla-CLARIN shape · convokit: a corpus folder · citations: GB/T 7714, BibTeX,
    CSL-JSON · release: the store as one file, Parquet, data sheet.

    \b
    Example:  fangtan export csv --province 甘肃 --since 2021 -o gansu-csv
    """
    folder = output or Path(form)
    files = write(collection_of(ctx).require(), form, folder, Filter(**only))
    click.echo(f"{folder}: {len(files)} files, see datasheet.md")
