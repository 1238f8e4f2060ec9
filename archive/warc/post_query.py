"""A request's body as the query string that is used for it in the key of the index: the request-body canonicalisation
of the Webrecorder tools, as cdxj-indexer and pywb apply it. AMF is taken as any other bytes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus, urlencode

from archive.warc.http import Message, entity

MAX_QUERY = 4096
_BOUNDARY = re.compile(r"""boundary=(?:"([^"]+)"|([^\s";]+))""")
_NAME = re.compile(rb"""(?im)^content-disposition:[^\r\n]*?;[ \t]*name=(?:"((?:\\.|[^"\\])*)"|([^\s";]+))""")


def post_query(request: Message) -> str:
    """The query string, at most :data:`MAX_QUERY` characters of it."""
    mime, body = request.get("content-type") or "", entity(request)
    return _query(mime, body)[:MAX_QUERY]


def _query(mime: str, body: bytes) -> str:
    if mime.startswith("application/x-www-form-urlencoded"):
        try:
            return unquote_plus(body.decode())
        except UnicodeDecodeError:
            return _binary(body)
    if mime.startswith("multipart/"):
        boundary = _BOUNDARY.search(mime)
        return _multipart(body, (boundary[1] or boundary[2]).encode()) if boundary else _binary(body)
    if mime.startswith(("application/json", "text/plain")):
        try:
            return urlencode(_flat(_json(body)))
        except (ValueError, RecursionError):
            return "" if mime.startswith("application/json") else _binary(body)
    return _binary(body)


def _binary(body: bytes) -> str:
    return "__wb_post_data=" + base64.b64encode(body).decode()


def _multipart(body: bytes, boundary: bytes) -> str:
    """The fields of a form, files as the bytes that they are."""
    return urlencode([*_fields(body, boundary)])


def _fields(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    delimiter = re.compile(rb"\r\n--" + re.escape(boundary) + rb"(?=--|[ \t]*\r\n)")
    for part in delimiter.split(b"\r\n" + body)[1:]:
        if part.startswith(b"--"):
            return
        head, blank, value = part.partition(b"\r\n\r\n")
        if blank and (name := _NAME.search(head)):
            yield re.sub(rb"\\(.)", rb"\1", name[1] or name[2] or b""), value


def _json(body: bytes) -> list[object]:
    """One JSON value, or one a line."""
    try:
        return [json.loads(body)]
    except ValueError:
        if b"\n" not in body:
            raise
        return [json.loads(line) for line in body.split(b"\n")]


def _flat(values: list[object]) -> dict[str, str]:
    """The leaves of JSON values; names that occur again are numbered."""
    found: dict[str, str] = {}
    seen: dict[str, int] = {}

    def walk(item: object, name: str) -> None:
        if isinstance(item, dict):
            for key, inner in item.items():
                walk(inner, key)
        elif isinstance(item, list):
            for inner in item:
                walk(inner, name)
        elif name:
            if name in found:
                seen[name] = seen.get(name, 1) + 1
                name = f"{name}.{seen[name]}_"
            found[name] = str(item)

    for value in values:
        walk(value, "")
    return found
