"""``fangtan serve``."""

from __future__ import annotations

from pathlib import Path

import click

from archive.collection.urls import is_web
from archive.errors import ConfigError
from archive.web.access import read_tokens
from archive.web.door import is_host
from archive.web.serve import application
from archive.web.serve import serve as run
from crawler.cli.console import collection_of


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
    "--replay", metavar="URL", help="Address where `fangtan replay` serves this collection; pages link to it."
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
