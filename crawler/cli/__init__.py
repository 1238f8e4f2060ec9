"""The ``fangtan`` command, one file per group of commands."""

from crawler.cli.group import main

__all__ = ["main"]
