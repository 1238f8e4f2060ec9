"""Names of fields that identify persons: interview APIs print them beside the talk. The parsers never read their
values.
"""

from __future__ import annotations

import re

from parsers.patterns import compiled

#: Names as such APIs print them, without case and separators.
_NAMES = frozenset((
    "ip", "userip", "clientip", "remoteip", "realip", "createip", "postip", "loginip", "regip", "lastip", "fromip",
    "sourceip", "ipaddr", "ipaddress", "ipstr", "remoteaddr", "memberid", "userid", "openid", "unionid", "mobile",
    "mobilephone", "userphone", "usermobile", "cellphone", "phone", "phonenumber", "telephone", "tel", "email",
    "mail", "useremail", "idcard", "idcardno", "idcardnum", "cardno", "identitycard", "realname", "truename",
    "address", "homeaddress", "useraddress", "wechat", "qq",
))  # fmt: skip
#: Names end so when they are made of words: ``createIp``, ``USER_ID``, ``contact-phone``.
_ENDS = (
    ("ip",), ("ipv4",), ("ipv6",), ("ip", "address"), ("ip", "addr"), ("remote", "addr"), ("member", "id"), ("user", "id"), ("openid",), ("open", "id"),
    ("unionid",), ("union", "id"), ("mobile",), ("phone",), ("telephone",), ("tel",), ("email",), ("mail",), ("idcard",), ("id", "card"), ("real", "name"),
    ("true", "name"), ("home", "address"), ("wechat",), ("qq",),
)  # fmt: skip
_WORDS = compiled(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")
_COUNTERS = frozenset(("no", "num", "number", "str", "string", "value", "s"))


def is_personal(name: str) -> bool:
    """Whether a field of that name holds what identifies a person: addresses of machines, numbers, accounts."""
    squeezed = re.sub(r"[\s_.:-]", "", name).lower()
    if squeezed in _NAMES:
        return True
    words = [word.lower() for word in _WORDS.findall(name)]
    while words and (words[-1] in _COUNTERS or words[-1].isdecimal()):
        words.pop()
    return any(tuple(words[-len(end) :]) == end for end in _ENDS)
