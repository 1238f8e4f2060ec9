"""Commands of coders: sample, code, agreement."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple
from io import StringIO
from pathlib import Path
from typing import Any

import click

from archive.collection.folder import write_atomically
from archive.errors import ConfigError
from archive.export import coded
from archive.export.cells import Sheet
from archive.export.found import COLUMNS
from archive.research.agreement import LEVELS, Level
from archive.research.agreement import agreement as agreement_of
from archive.research.filters import Filter
from archive.research.sample import sample as draw_sample
from archive.store import codings, overlay
from archive.store.codings import CODINGS
from archive.store.store import open_reader
from crawler.cli.console import collection_of, print_json
from crawler.cli.research import filters


@click.command()
@click.argument("size", type=click.IntRange(min=1))
@click.option("--by", default="", help="Strata: groups with commas between, such as site,year.")
@click.option("--seed", default="0", show_default=True, help="Which sample; the same seed draws the same turns.")
@filters
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="CSV file to write; it must not exist yet."
)
@click.pass_context
def sample(ctx: click.Context, /, size: int, by: str, seed: str, output: Path, **only: Any) -> None:
    """Draw turns for coders into a CSV file: from each stratum its share, with an empty column for codes.

    \b
    Example:  fangtan sample 200 --by site,year --seed 7 --role guest -o sample.csv
    """
    db = open_reader(collection_of(ctx).require().store)
    drawn = draw_sample(db, size, [name for name in by.split(",") if name], seed, Filter(**only).check(db))
    if output.exists():
        raise ConfigError(f"{output}: is there already; name another file with --output")
    stream = StringIO(newline="")
    sheet = Sheet(stream, (*COLUMNS["turns"], "code"))
    for hit in drawn:
        sheet.write((*astuple(hit), ""))
    write_atomically(output, stream.getvalue().encode("utf-8-sig"))
    click.echo(f"{output}: {len(drawn)} turns")


@click.command()
@click.argument("file", metavar="FILE", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--coder", help="Who coded (required with FILE).")
@click.option("--variable", "variables", multiple=True, help="A column with codes. Default: all but those of `sample`.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def code(ctx: click.Context, file: Path | None, coder: str | None, variables: tuple[str, ...], as_json: bool) -> None:
    """Take the codes of a coder from a CSV file, or list all codes. Exit 3 when a row was not taken.

    A column turn, interview or unit has the ids; further columns are variables. Later codes of the same coder hold in
    place of earlier ones. An empty cell says nothing. The codes are kept in codings.jsonl.

    \b
    Example:  fangtan code sample-zhang.csv --coder 张三
    """
    collection = collection_of(ctx).require()
    db = open_reader(collection.store)
    if file is None:
        _say_codes(db, as_json=as_json)
        return
    if not coder:
        raise click.UsageError("codes need a name: fangtan code FILE --coder NAME")
    read = coded.read(file, variables)
    taken = codings.code(collection, db, read.rows, coder.strip())
    db.close()
    overlay.lay(collection)
    problems = [*read.problems, *taken.problems]
    for problem in problems:
        click.echo(f"{file}: {problem}", err=True)
    said = {
        "variables": read.variables, "taken": taken.lines, "known": taken.known, "empty": read.empty, "refused": len(problems),
    }  # fmt: skip
    if as_json:
        print_json({**said, "problems": problems})
    else:
        click.echo(
            f"{coder.strip()}: {taken.lines} unit(s) taken, {taken.known} known already, {read.empty} without a code, "
            f"{len(problems)} refused; variables: {', '.join(read.variables)} ({CODINGS.path(collection)})"
        )
    ctx.exit(3 if problems else 0)


def _say_codes(db: sqlite3.Connection, *, as_json: bool) -> None:
    names = ("interview", "unit", "variable", "coder", "value", "date")
    for row in db.execute(f"SELECT {', '.join(names)} FROM codings ORDER BY variable, interview, unit, coder"):
        if as_json:
            print_json(dict(zip(names, row, strict=True)))
        else:
            click.echo("\t".join(row[1:]))


@click.command()
@click.option("--variable", help="One variable; default: each.")
@click.option("--level", type=click.Choice(LEVELS), default="nominal", show_default=True, help="Level of measurement.")
@click.option("--order", help="With --level ordinal: the codes from the lowest to the highest, with commas between.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def agreement(ctx: click.Context, variable: str | None, level: Level, order: str | None, as_json: bool) -> None:
    """Print how far coders agree about each variable: Krippendorff's alpha, units, coders.

    Only units count that two coders or more coded.

    \b
    Example:  fangtan agreement --variable tone --level ordinal --order 低,中,高
    """
    steps = [step.strip() for step in (order or "").replace("，", ",").split(",") if step.strip()]
    found = agreement_of(open_reader(collection_of(ctx).require().store), variable, level, steps)
    for each in found:
        if as_json:
            print_json(each)
        else:
            alpha = f"{each.alpha:.3f}" if each.alpha is not None else f"— ({each.why})"
            click.echo(
                f"{each.variable}\tα = {alpha}\t{each.level}\t{each.units} unit(s)\t{len(each.coders)} coder(s): "
                f"{', '.join(each.coders)}\t{each.values} code(s)\t{each.single} unit(s) of one coder alone"
            )
    if not found:
        click.echo("nothing is coded yet: see `fangtan code --help`", err=True)
