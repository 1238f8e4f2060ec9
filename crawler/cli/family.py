"""``fangtan family``: options in, exit code out, no logic."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.onboarding.family import new

#: The checkout that this program runs from, when it is one.
_HERE = Path(__file__).parents[2]


@click.command("new")
@click.argument("name")
@click.argument(
    "pages", nargs=-1, required=True, metavar="PAGE...", type=click.Path(path_type=Path, dir_okay=False, exists=True)
)
@click.option(
    "--base",
    default="http://www.example.gov.cn/",
    show_default=True,
    help="Address below which a page is, unless it names its own address.",
)
@click.option(
    "--checkout",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=_HERE,
    help="Folder of the checkout; default the one that fangtan runs from.",
)
def family_new(name: str, pages: tuple[Path, ...], base: str, checkout: Path) -> None:
    """Write the file of a CMS family from saved pages: its home page, list pages and interviews.

    Proposes marks: literals that these pages share and that no other family's fixtures have. Writes fixtures with what
    is read of the pages today. Review both.

    \b
    Example:  fangtan family new vcms home.html list.html talk.html --base http://www.a.gov.cn/
    """
    for path in new(checkout, name, pages, base):
        click.echo(path)
