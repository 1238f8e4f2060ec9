"""What SQLite's errors mean for a store, and what helps, by their cause."""

from __future__ import annotations

import sqlite3

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_CLOSED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)


def is_damaged(error: sqlite3.Error) -> bool:
    """Whether the file itself is at fault: damaged, or no database."""
    return _cause(error) in _DAMAGED


def advice(error: sqlite3.Error) -> str:
    """What to do, in both languages."""
    cause = _cause(error)
    if cause in _DAMAGED:
        return "the store is derived: run `fangtan rebuild`. 请运行 fangtan rebuild 重建"
    if cause == sqlite3.SQLITE_FULL:
        return "free some space and try again. 磁盘已满，请腾出空间后重试"
    if cause in _BUSY:
        return "another program is writing it; wait until it ends and try again. 数据库被占用，请稍后重试"
    if cause == sqlite3.SQLITE_IOERR:
        return "the disk cannot be read or written; look at the disk and try again. 磁盘读写出错，请检查磁盘"
    if cause in _CLOSED:
        return "make the file and its folder writable and try again. 文件或目录不可写，请检查权限"
    return "the store is derived: move the file away and run `fangtan rebuild`. 可移走该文件后运行 fangtan rebuild"


def _cause(error: sqlite3.Error) -> int | None:
    """The primary result code; ``None`` for errors that Python itself raises."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
