"""What an error of the operating system means for whoever gave the command, and what helps, by its cause."""

from __future__ import annotations

import errno

_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_BUSY = (errno.EBUSY, errno.ETXTBSY, errno.EWOULDBLOCK, errno.ENOLCK)
_PATH = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP)
_MANY = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def help_for(error: OSError) -> str | None:
    """What to do, in both languages; ``None`` where nothing is known to help."""
    cause = error.errno
    if cause in _FULL:
        return "free some space and run the command again. 磁盘已满，请腾出空间后重试"
    if cause == errno.EFBIG:
        return "raise the limit on the size of files (`ulimit -f`) and run the command again. 文件大小超过限制"
    if cause == errno.EIO:
        return (
            "the disk cannot be read or written; check the disk, then run the command again. 磁盘读写出错，请检查磁盘"
        )
    if cause in _BUSY:
        return "another process is using it; wait until it ends and run the command again. 文件被占用，请稍后重试"
    if cause in _CLOSED:
        return "make the file and its folder writable and run the command again. 文件或目录不可写，请检查权限"
    if cause in _MANY:
        return "the system's limit is met; end other programs or raise the limit, then try again. 系统资源不足"
    return None


def is_of_the_path(error: OSError) -> bool:
    """Whether the path leads to nothing, or to something else than is wanted: another path would do."""
    return error.errno in _PATH


def in_words(error: OSError, where: object = "") -> str:
    """File, error and what helps, as one line.

    :param where: said where the error names no file
    """
    place = error.filename or where
    helps = help_for(error)
    return (f"{place}: " if place else "") + (error.strerror or str(error)) + (f"; {helps}" if helps else "")
