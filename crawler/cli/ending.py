"""Errors of disk and databases that ended a command, in words by their cause; loaded when there is one."""

from __future__ import annotations

import os
import sqlite3
import sys

import click

from archive.collection.disk_faults import help_for, in_words
from archive.collection.sqlite_faults import advice, is_of_the_disk


def is_said(error: OSError | sqlite3.Error, where: object) -> bool:
    """Say what ended the command and what helps; ``False`` when the cause is no one's but ours.

    :param where: the collection's folder, for errors that name no file
    """
    if isinstance(error, sqlite3.Error):
        words = f"{where}: {error}; {advice(error)}" if is_of_the_disk(error) else None
    else:
        words = in_words(error, where) if help_for(error) is not None else None
    if words is None:
        return False
    click.echo(f"fangtan: {words}", err=True)
    try:
        sys.stdout.flush()
    except OSError:  # what a full disk did not take is not tried again at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True
