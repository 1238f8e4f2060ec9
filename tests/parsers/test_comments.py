"""Comments between tags, which many templates leave there, change nothing: no pager, no entry, no turn."""

import re

from support.running import HERE

import parsers
from parsers import Payload

URL = "http://www.qingshi.gov.cn/hdjl/zxft/"
PAGES = [*sorted(HERE.glob("families/*/*.html")), *sorted(HERE.glob("pages/*/page.html"))[::4]]
_KEPT = re.compile(r"(<(script|style|textarea|title)\b.*?</\2\s*>|<!--.*?-->)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"(</?[a-zA-Z][^<>]*>)")


def commented(data):
    """The page with a comment behind each tag of its body; scripts and the like stay."""
    text = data.decode("latin-1")
    head, body = re.split(r"(?=<body)", text, maxsplit=1, flags=re.IGNORECASE) if "<body" in text.lower() else ("", text)  # fmt: skip
    parts = [_TAG.sub(r"\1<!--c-->", part) for part in _KEPT.split(body)[::3]]
    kept = [match[0] for match in _KEPT.finditer(body)] + [""]
    return (head + "".join(a + b for a, b in zip(parts, kept, strict=True))).encode("latin-1")


def read(data):
    """What is compared: where the page leads and what it says."""
    opened, record = parsers.Opened(Payload(URL, data)), parsers.parse([Payload(URL, data)])
    turns = [(turn.speaker, turn.role, turn.text) for turn in record.turns]
    return opened.links(), record.kind, record.title, record.published_at, record.guests, turns


def test_comments_between_tags_change_nothing():
    assert len(PAGES) > 50
    differing = []
    for path in PAGES:
        data = path.read_bytes()
        assert commented(data).count(b"<!--c-->") > 3, path
        if read(commented(data)) != read(data):
            differing.append(path.parent.name)
    assert differing == []
