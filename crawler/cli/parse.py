"""``fangtan parse``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

import parsers
from archive.errors import ConfigError
from crawler.cli.console import print_json
from parsers.errors import PageError
from parsers.rules.explained import table


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--url", help="The address that served the page.")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    help='A file of lines {"path", "url", "content_type"}; paths are relative to it.',
)
@click.option("--explain", is_flag=True, help="Print, in place of the record, what each rule claims of each field.")
@click.pass_context
def parse(
    ctx: click.Context, files: tuple[Path, ...], url: str | None, manifest: Path | None, *, explain: bool
) -> None:
    """Print the record of saved pages, one JSON object per line. No collection is needed.

    \b
    Example:  fangtan parse page.html --url http://www.gaotai.gov.cn/zwft/202112/t20211223_771589.html
    """
    if not files and not manifest:
        raise click.UsageError("name files, or a --manifest")
    failed = False
    for path, address, content_type in _inputs(files, url, manifest):
        try:
            try:
                data = path.read_bytes()
            except OSError as error:
                raise PageError(address, f"{path}: {error.strerror}") from error
            payload = parsers.Payload(address, data, content_type)
            if explain:
                click.echo("\n".join(_explained(payload)))
            else:
                print_json(parsers.parse([payload]).as_dict())
        except PageError as error:
            failed = True
            print_json({"kind": "other", "url": address, "error": error.reason})
    ctx.exit(3 if failed else 0)


def _explained(payload: parsers.Payload) -> Iterator[str]:
    """A page's address and kind, then the table of its claims."""
    record, settled = parsers.explain([payload])
    yield f"{payload.url} ({record.kind})"
    yield from table(settled)


def _inputs(files: tuple[Path, ...], url: str | None, manifest: Path | None) -> Iterable[tuple[Path, str, str | None]]:
    for path in files:
        yield path, url or path.resolve().as_uri(), None
    if manifest is None:
        return
    try:
        lines = manifest.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{manifest}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield manifest.parent / row["path"], str(row["url"]), row.get("content_type")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f'{manifest}:{number}: expected {{"path", "url", "content_type"}}, found {line[:80]!r}'
            ) from error
