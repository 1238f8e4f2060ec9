"""Personal data that interview APIs leak besides the talk: stays in WARC, is left out of what is handed to others."""

from __future__ import annotations

import re

import parsers
from parsers.decode import decode

_MAX = 8 << 20
#: Field names as such APIs print them, without case and separators.
_FIELDS = frozenset(
    [
        "ip",
        "userip",
        "clientip",
        "remoteip",
        "ipaddr",
        "ipaddress",
        "memberid",
        "userid",
        "openid",
        "unionid",
        "mobile",
        "mobilephone",
        "phone",
        "phonenumber",
        "telephone",
        "tel",
        "email",
        "mail",
        "idcard",
        "idcardno",
        "cardno",
        "realname",
        "address",
        "homeaddress",
        "wechat",
        "qq",
    ]
)
_KEY = re.compile(
    r'["\']?([A-Za-z_][A-Za-z0-9_-]{1,30})["\']?\s{0,8}:\s{0,8}(?:"((?:[^"\\]|\\.){1,200})"|\'([^\'\\]{1,200})\'|(\d{5,20}))'
)


def personal_fields(payload: parsers.Payload) -> tuple[str, ...]:
    """Names of the fields with personal data that a JSON, JSONP or script payload carries values for."""
    if len(payload.data) > _MAX:
        return ()
    text = decode(payload.data, payload.content_type).text
    if not text.lstrip("\ufeff \r\n\t").startswith(("{", "[")) and not re.match(r"\s*[\w$.]{1,80}\s*\(", text):
        return ()
    found = {
        name for name, *values in _KEY.findall(text) if _squeezed(name) in _FIELDS and any(v.strip() for v in values)
    }
    return tuple(sorted(found))


def _squeezed(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
