"""Commands of the research: search, keywords, export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.export import FORMATS
from archive.export import export as write
from archive.export.citations import bibtex, csl_json, gbt7714, subject
from archive.export.found import UNITS
from archive.research import counting
from archive.research import saved as queries
from archive.research.filters import CHOICES, Filter
from archive.research.folding import variants
from archive.research.keyness import beside, collocations, cut_words, parts, significant
from archive.research.keyness import keywords as distinctive
from archive.research.overlaps import CANDIDATES, merged, overlapping
from archive.research.pages import ORDERS, Page, Wanted
from archive.research.pages import page as page_of
from archive.research.places import Place, places
from archive.research.search import Hit, Line, columns
from archive.research.strings import Strings
from archive.research.trends import trends as points_of
from archive.store.query_language import Query, parse
from archive.store.store import open_reader
from crawler.cli.console import collection_of, print_json

_FILTERS = (
    click.option("--site", help="Site id."),
    click.option("--province", help="Province, or how its name begins (甘肃)."),
    click.option("--year", help="Year (or month, day) of the talk."),
    click.option("--since", help="Talks since this day, month or year."),
    click.option("--until", help="Talks until this day, month or year, inclusive."),
    *(click.option(f"--{name}", help=f"{', '.join(CHOICES[name])}.") for name in ("kind", "genre", "role")),
    click.option("--speaker", help="Label as printed, the person it names, or a person's id (SITE/NAME)."),
    click.option("--id", "uid", help="One interview, by its id, an earlier id, or a turn's id."),
    click.option("--org", "organization", help="Part of a guest's organisation."),
)


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose interviews and turns."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def ordered(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options for the order of what a search finds."""
    sort = click.option(
        "--sort",
        "order",
        type=click.Choice(ORDERS),
        default="newest",
        show_default=True,
        help="By date; by the characters before or behind each match; a random sample.",
    )
    seed = click.option(
        "--seed", default="0", show_default=True, help="Which random sample; the same seed draws the same turns."
    )
    return sort(seed(command))


@click.command()
@click.argument("query", required=False)
@filters
@click.option("--saved", metavar="NAME", help="Ask a saved query. Other options come in place of its own.")
@click.option("--save", metavar="NAME", help="Save the query as queries/NAME.toml, then ask it.")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True)
@ordered
@click.option("--after", help="Continue behind the page that named this place.")
@click.option("--kwic", is_flag=True, help="Print a concordance: each match with its context.")
@click.option("--by", help="Print counts by year, month, site, province, role, speaker, kind or genre.")
@click.option(
    "--fold", is_flag=True, help="Treat traditional and simplified characters, full and half width as the same."
)
@click.option("--case", is_flag=True, help="Find words only in the case that they are asked in.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def search(
    ctx: click.Context,
    /,
    query: str | None,
    saved: str | None,
    save: str | None,
    limit: int,
    order: str,
    seed: str,
    after: str | None,
    kwic: bool,
    by: str | None,
    fold: bool,
    case: bool,
    as_json: bool,
    **only: Any,
) -> None:
    """Find turns. Matches are exact at any length.

    All words must occur in a turn. AND, OR, NOT, brackets, "phrases with spaces" and NEAR(执法 公平, 10) combine them.
    Operators count in any case; -word means NOT word, a | b means a OR b. Put words that hold brackets or quotes in
    "quotes".
    The last lines show how the query was understood, and how the next page is asked for. With `--sort left` or
    `--sort right` each match is a line of its own. A saved query has a feed in `serve`; `[notify] watch` reports its
    new turns.

    \b
    Example:  fangtan search '营商环境 NOT 招商' --role guest --since 2021 --kwic
    Example:  fangtan search 群众 --sort random --seed 7 --limit 100 --json
    """
    collection = collection_of(ctx).require()
    query, case, only = _asked(collection, saved, query, only, case=case)
    understood = _understood(query, fold=fold, case=case)
    db = open_reader(collection.store)
    chosen = Filter(**only).check(db)
    if save:
        _save(collection, save, query, only, case=case, fold=fold)
    if by:
        _say_counts(counting.counts(db, understood, by, chosen), by, as_json=as_json)
        return
    wanted = Wanted(order, seed, after, limit)
    found = page_of(db, understood, wanted, chosen)
    kwic = kwic or wanted.is_of_lines
    for row in (found.lines if kwic else found.hits) if as_json else ():
        print_json(row)
    if not as_json:
        _say(found, understood, kwic=kwic)
        meant = understood.shown or "nothing: name a word that is not behind NOT"
        click.echo(f"{counting.total(db, understood, chosen)} turn(s) match {meant}", err=True)
    if found.next:
        click.echo(f"next page: --after {found.next}", err=True)


def _asked(
    collection: Collection, name: str | None, query: str | None, only: dict[str, Any], *, case: bool
) -> tuple[str, bool, dict[str, Any]]:
    """Words, whether their case counts, conditions: of a saved query, with what was asked in its place."""
    if not name:
        if query is None:
            raise click.UsageError("a search needs QUERY, or --saved NAME")
        return query, case, only
    found = queries.read(collection, name)
    kept = {field.name: getattr(found.only, field.name) for field in fields(Filter)}
    conditions = {key: kept[key] if value is None else value for key, value in only.items()}
    return query or str(found.asked["query"]), case or bool(found.asked.get("case")), conditions


def _save(collection: Collection, name: str, query: str, only: dict[str, Any], *, case: bool, fold: bool) -> None:
    if fold:
        raise ConfigError("--fold cannot be saved: name the forms with OR (国家 OR 國家)")
    words = {"uid": "id", "organization": "org"}
    asked = {"query": query, "case": case, **{words.get(key, key): value for key, value in only.items()}}
    click.echo(f"{queries.save(collection, name, asked)}: saved", err=True)


def _understood(query: str, *, fold: bool, case: bool) -> Query:
    if case and fold:
        raise ConfigError("--case and --fold exclude each other: leave out one of them")
    return parse(query, variants) if fold else parse(query, case=case)


def _say(found: Page, understood: Query, *, kwic: bool) -> None:
    """Print a page for people: lines of the concordance, or turns."""
    for line in found.lines if kwic else ():
        pad = " " * (40 - columns(line.left))
        click.echo(
            f"{line.date[:10]} {pad}{line.left} {_marked(line.hit)} {line.right}  "
            f"{_by(line)} · {line.county} · {line.title} [{line.turn}]"
        )
    marks = places([hit.text for hit in found.hits], understood.words, case=bool(understood.exact))
    for hit, places_in in () if kwic else zip(found.hits, marks, strict=True):
        click.echo(
            f"{hit.date[:10]} {hit.county} · {hit.title} · {_by(hit)} ({hit.role}) [{hit.turn}]\n  "
            f"{_around(hit.text, places_in)}\n  {hit.url}"
        )


def _by(said: Hit | Line) -> str:
    """Who speaks, with the post where it is known."""
    return f"{said.speaker}（{said.post}）" if said.post else said.speaker


def _say_counts(found: list[counting.Count], by: str, *, as_json: bool) -> None:
    for count in found:
        if as_json:
            print_json(count)
        else:
            group = count.group or ("undated" if by in ("year", "month") else "unknown")
            click.echo(
                f"{group}\t{count.turns} turns\t{count.interviews} interviews\tof "
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
@click.option(
    "--against",
    multiple=True,
    metavar="NAME=VALUE",
    help="Compare with these turns, not with all others: role=host. Repeat it for several conditions.",
)
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    help="Only differences that chance makes in at most this share of cases, such as 0.01.",
)
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def keywords(
    ctx: click.Context,
    /,
    word: str | None,
    size: int,
    words: bool,
    window: int,
    against: tuple[str, ...],
    level: float,
    limit: int,
    as_json: bool,
    **only: Any,
) -> None:
    """Find the words that the chosen turns use more than all others (log-likelihood); with WORD, its collocates.

    \b
    Example:  fangtan keywords --role netizen
    Example:  fangtan keywords --role guest --against role=host --level 0.01
    """
    db, cut = open_reader(collection_of(ctx).require().store), cut_words() if words else Strings(size)
    chosen = Filter(**only).check(db)
    other = _named(against).check(db) if against else None
    if word and other:
        raise ConfigError("--against compares two parts; it goes without WORD")
    found = collocations(db, word, chosen, cut, window) if word else distinctive(db, chosen, cut, against=other)
    keys = significant(found, level)
    if not words:
        keys = keys[: max(limit, CANDIDATES)]
        within = overlapping(db, keys)
        pieces = beside(db, word, chosen, window, within) if word else parts(db, chosen, other, within)
        keys = merged(keys, pieces, found.sizes)
    for key in keys[:limit]:
        if as_json:
            print_json(key)
        else:
            click.echo(
                f"{key.unit}\t{key.score:.1f}\t{key.count} ({key.per_10000})\trest {key.rest} ({key.rest_per_10000})"
            )


def _named(conditions: tuple[str, ...]) -> Filter:
    """:raises ConfigError: a condition that filters do not have"""
    given = dict(condition.partition("=")[::2] for condition in conditions)
    known = {field.name for field in fields(Filter)} - {"case"}
    if wrong := [name for name, value in given.items() if name not in known or not value]:
        raise ConfigError(f"--against {wrong[0]}: expected NAME=VALUE with one of {', '.join(sorted(known))}")
    return Filter(**given)


@click.command()
@click.argument("form", metavar="FORMAT", type=click.Choice([*FORMATS, "release"]))
@filters
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Folder to write; default ./FORMAT. It must not exist yet.",
)
@click.option("--query", help="Words as `search` takes them: only interviews that have them.")
@click.option("--case", is_flag=True, help="With --query: find words only in the case that they are asked in.")
@click.option(
    "--unit",
    type=click.Choice(UNITS),
    default="talks",
    show_default=True,
    help="With --query: complete interviews, or a row for each turn or each match (csv, jsonl, parquet).",
)
@ordered
@click.option("--words", is_flag=True, help="With vrt, conllu: words cut by jieba, not single characters.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes that make csv, jsonl, vrt, conllu; the files are the same.",
)
@click.pass_context
def export(
    ctx: click.Context,
    /,
    form: str,
    output: Path | None,
    query: str | None,
    case: bool,
    unit: str,
    order: str,
    seed: str,
    words: bool,
    jobs: int,
    **only: Any,
) -> None:
    """Write interviews for other programs, each export with a data sheet and checksums.

    csv, jsonl, parquet: tables · tei: ParlaMint shape · vrt: CWB, NoSketch Engine · conllu: sentences of words ·
    convokit: a corpus folder · readtext: for quanteda · citations: GB/T 7714, BibTeX, CSL-JSON · release: the store
    as one file, Parquet, data sheet.

    \b
    Example:  fangtan export csv --province 甘肃 --since 2021 -o gansu-csv
    Example:  fangtan export csv --query '供水 NOT 停水' --unit lines --sort right
    """
    folder = output or Path(form)
    chosen = Filter(**only, query=query, case=query if case else None)
    files = write(collection_of(ctx).require(), form, folder, chosen, unit, Wanted(order, seed), words=words, jobs=jobs)
    click.echo(f"{folder}: {len(files)} files, see datasheet.md")


@click.command()
@click.argument("name", metavar="ID")
@click.option(
    "--style",
    type=click.Choice(["gbt7714", "bibtex", "csl"]),
    default="gbt7714",
    show_default=True,
    help="Which style.",
)
@click.pass_context
def cite(ctx: click.Context, /, name: str, style: str) -> None:
    """Print how to cite a turn or an interview, with archive, version, WARC record and day of capture.

    \b
    Example:  fangtan cite 72a251621b2f8059.t3f9a0c5d1e2b4a68 --style bibtex
    """
    collection = collection_of(ctx).require()
    db, archive = open_reader(collection.store), str(collection.setting("", "operator"))
    found = subject(db, name)
    if found is None:
        raise ConfigError(f"{name}: no interview or turn has this id; see `fangtan search`")
    facts, said = found[0].facts, found[1]
    if style == "csl":
        print_json(csl_json(facts, said, archive))
    else:
        click.echo(bibtex(facts, (), said, archive).strip() if style == "bibtex" else gbt7714(facts, said, archive))


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--by", default="year", show_default=True, help="year, month, province, role, site, kind or genre.")
@filters
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def trends(ctx: click.Context, /, words: tuple[str, ...], by: str, as_json: bool, **only: Any) -> None:
    """Print how often words are said in ten thousand characters, by year or another group.

    \b
    Example:  fangtan trends 群众 企业 --by year --role guest
    """
    db = open_reader(collection_of(ctx).require().store)
    for point in points_of(db, words, by, Filter(**only).check(db)):
        if as_json:
            print_json(point)
        else:
            click.echo(f"{point.word}\t{point.group}\t{point.per_10000}\t{point.count} times in {point.characters}")
