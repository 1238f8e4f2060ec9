"""Errors of disk and databases that ended a command, in words by their cause; loaded when there is one."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from archive.collection.disk_faults import help_for, in_words, is_of_the_path
from archive.collection.sqlite_faults import advice, is_of_the_disk


def is_said(error: OSError | sqlite3.Error, where: object, given: Iterable[str] = ()) -> bool:
    """Say what ended the command and what helps; ``False`` when the cause is no one's but ours.

    :param where: the collection's folder, for errors that name no file
    :param given: the words of the command: a path among them that cannot be used is its giver's cause
    """
    if isinstance(error, sqlite3.Error):
        words = f"{where}: {error}; {advice(error)}" if is_of_the_disk(error) else None
    else:
        is_known = help_for(error) is not None or (is_of_the_path(error) and _is_given(error, given))
        words = in_words(error, where) if is_known else None
    if words is None:
        return False
    click.echo(f"fangtan: {words}", err=True)
    try:
        sys.stdout.flush()
    except OSError:  # what a full disk did not take is not tried again at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def _is_given(error: OSError, given: Iterable[str]) -> bool:
    """Whether the path of an error is one of these words, or leads to it, into it, or stands beside it."""
    if not isinstance(error.filename, str):
        return False
    place = Path(error.filename).absolute()
    paths = [Path(word.partition("=")[2] or word).absolute() for word in given if word]
    return any(
        path in (place, *place.parents) or place in path.parents or place.parent == path.parent for path in paths
    )
