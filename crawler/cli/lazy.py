"""A group of commands whose modules are loaded when a command is asked for: help and version load none."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

_BESIDE = 6  # columns around a name in the list of commands, as click counts them


class LazyGroup(click.Group):
    """Commands by name: where each is (``module:function``), and the first sentence of its help.

    :param table: an empty sentence hides the command
    """

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, those of groups inside included."""
        return sorted({*super().list_commands(ctx), *self.table})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself; its module is loaded now."""
        if cmd_name not in self.table:
            return super().get_command(ctx, cmd_name)
        module, _, function = self.table[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        del ctx
        groups = {name: command.get_short_help_str(limit=formatter.width) for name, command in self.commands.items()}
        lines = {**groups, **{name: text for name, (_, text) in self.table.items() if text}}
        limit = formatter.width - _BESIDE - max(map(len, lines))
        with formatter.section("Commands"):
            formatter.write_dl([(name, _shortened(lines[name], limit)) for name in sorted(lines)])


def _shortened(text: str, limit: int) -> str:
    return click.Command(None, help=text).get_short_help_str(limit)
