"""What SQLite's errors mean for a store, and what helps, by their cause."""

from __future__ import annotations

import sqlite3

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
#: SQLite says so of its log on a full disk, too.
_NO_ROOM = (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE)
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
    if getattr(error, "sqlite_errorcode", None) in _NO_ROOM:
        return (
            "the disk is full or broken, or a limit is met; free some space, check the disk and `ulimit -f`, and try "
            "again. 磁盘已满、读写出错或超过限制"
        )
    if cause == sqlite3.SQLITE_IOERR:
        return "the disk cannot be read or written; look at the disk and try again. 磁盘读写出错，请检查磁盘"
    if cause in _CLOSED:
        return "make the file and its folder writable and try again. 文件或目录不可写，请检查权限"
    return "the store is derived: move the file away and run `fangtan rebuild`. 可移走该文件后运行 fangtan rebuild"


def is_of_the_disk(error: sqlite3.Error) -> bool:
    """Whether the cause is outside: a full disk, an I/O error, another program, a closed or damaged file."""
    return _cause(error) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, *_BUSY, *_CLOSED, *_DAMAGED)


def advice_for_crawl_db(error: sqlite3.Error) -> str:
    """The same for the crawl's own database, which is not derived from anything."""
    cause = _cause(error)
    if cause in _DAMAGED or cause is None or not is_of_the_disk(error):
        return "a foreign or damaged file? Move it away: losing it costs a re-crawl, never a capture. 可移走该文件，只需重新抓取"
    return advice(error)


def _cause(error: sqlite3.Error) -> int | None:
    """The primary result code; ``None`` for errors that Python itself raises."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
