"""What the fields of an entry look like. A ledger that was received may say anything: its words become paths, numbers
of bytes and values for SQL, so a line of another shape is no entry.
"""

from __future__ import annotations

from typing import Any

#: Entries about a file, which they name.
_ABOUT_FILES = ("warc", "run", "package", "timestamp")
#: Folders that a file may be said to be in.
_FOLDERS = ("", "sites", "queries", "packages", "originals")
_TEXTS = ("run", "site", "sha256", "verdict", "key", "of", "content")
_LISTS = ("captures", "interviews", "corrections", "packages", "originals", "lines", "damaged", "missing")
_LARGEST = 1 << 62  # bytes; what SQLite and a file can count to
_FURTHEST = 10**10  # seconds between two clocks; more than a date can be moved
_LONGEST = 255  # bytes of a file name


def once(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; of a field that comes twice others read the first one, and we the last.

    :raises ValueError: a field comes twice
    """
    found = dict(fields)
    if len(found) < len(fields):
        raise ValueError("a field comes twice")
    return found


def wrong_in(data: dict[str, Any]) -> str | None:
    """The first field that is not what it should be, in words; ``None`` when all are."""
    if data.get("type") in _ABOUT_FILES and not _is_name(data.get("name")):
        return "name: expected a file name without a folder"
    checks = (
        *((name, "a text", _is_text) for name in _TEXTS),
        *((name, "a list of texts", _are_texts) for name in _LISTS),
        ("ids", "a list of lists of texts", _are_groups),
        ("repeats", "texts by id", lambda value: isinstance(value, dict) and _are_texts([*value.values()])),
        ("talks", "lists of texts by id", lambda value: isinstance(value, dict) and _are_groups([*value.values()])),
        ("records", "a list of records with id, file, offset and length", _are_records),
        ("files", "a list of files with names", _are_files),
        ("origin", "an object", _is_origin),
        ("folder", "a folder of the collection", _is_folder),
        ("bag", "a file name without a folder", _is_name),
        ("clock_ahead", "a number of seconds", _is_difference),
    )
    for name, expected, is_right in checks:
        value = data.get(name)
        if value is not None and not is_right(value):
            return f"{name}: expected {expected}"
    return None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_groups(value: object) -> bool:
    return isinstance(value, list) and all(map(_are_texts, value))


def _is_name(value: object) -> bool:
    """Whether a text names a file of a folder, and cannot lead out of it."""
    if not isinstance(value, str) or value in ("", ".", "..") or any(c in value for c in "/\\\0"):
        return False
    return len(value.encode()) <= _LONGEST


def _is_place(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < _LARGEST


def _is_difference(value: object) -> bool:
    return isinstance(value, int) and abs(value) < _FURTHEST


def _are_records(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_record, value))


def _is_record(value: object) -> bool:
    return (
        isinstance(value, dict)
        and _is_text(value.get("id"))
        and _is_name(value.get("warc_file"))
        and _is_place(value.get("offset"))
        and _is_place(value.get("length"))
        and all(value.get(name) is None or _is_text(value[name]) for name in ("about", "date", "member_sha256"))
    )


def _are_files(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_file, value))


def _is_file(value: object) -> bool:
    return isinstance(value, dict) and _is_name(value.get("name")) and _is_folder(value.get("folder", ""))


def _is_folder(value: object) -> bool:
    return isinstance(value, str) and value in _FOLDERS


def _is_origin(value: object) -> bool:
    return isinstance(value, dict) and (value.get("fangtan-site") is None or _is_text(value["fangtan-site"]))
