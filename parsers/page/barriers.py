"""What keeps a reader from a page: anti-bot pages, a firewall's refusal, a notice of maintenance.

A status, a vendor's mark in the source, the page's form or the words that address its reader tell it. Only short pages
are looked at, and none that speaks of a talk.
"""

from __future__ import annotations

import re

from parsers.page.addresses import Base
from parsers.page.dom import Element
from parsers.page.standing_in import demand, own_words
from parsers.page.text import fold
from parsers.patterns import compiled
from parsers.words import pattern

#: Characters; whatever shows more is a page of its own.
SHORT = 400
_STATUS = (521, 512, 412)
#: With these a page without words asks for something; with the others the server is only busy.
_WORDLESS, _REFUSING = (202, 403, 405), (202, 403, 405, 429, 503)
_GONE = (404, 410)
_SOURCE = compiled(
    r"__jsluid|__jsl_clearance|请开启JavaScript并刷新该页|WZWSREL|wzwsquestion|cf-browser-verification|cf_chl_"
    r"|acw_sc__v\d|_guard/(?:auto|html|slide)"
)
#: Marks that an ordinary page may have, too, unless it has no words at all.
_SOURCE_BARE = compiled(r"\$_ts\b|_\$[a-z0-9]{2}\s*=|\bdynamicurl\b|_Incapsula_Resource|/cdn-cgi/challenge")
_TEXT = pattern(r"{CHALLENGE}", re.IGNORECASE)
_REFUSED = pattern(r"{REFUSED}", re.IGNORECASE)
_ADDRESSED = pattern(r"{ADDRESSED_READER}", re.IGNORECASE)
_MAINTAINED = pattern(r"{MAINTENANCE}", re.IGNORECASE)
#: A page that speaks of a talk, a letter or the like is none of these.
_OWN_MATTER = pattern(r"{OWN_MATTER}")
_BRIEF = 60
#: What a server says that fails while it makes a page, and answers 200 all the same.
_FAILED = pattern("{SERVER_FAILED}", re.IGNORECASE)
_NOTHING = pattern("{NOTHING_HERE}", re.IGNORECASE)


def challenge(
    root: Element, base: Base, source: str, status: int, visible: int, refresh: str | None = None
) -> str | None:
    """The rule by which a page is an anti-bot page or a firewall's refusal; ``None`` when it is none.

    :param source: the decoded source
    :param visible: how many characters a reader sees
    :param refresh: its ``Refresh`` header
    """
    if found := by_status(status):
        return found
    if visible > SHORT or status in _GONE:
        return None
    words = own_words(root)
    head = source[:60_000]
    if marked := _SOURCE.search(head) or (len(words) < _BRIEF and _SOURCE_BARE.search(head)):
        return f"source:{marked[0][:30]}"
    if (status in _WORDLESS and not visible) or (status in _REFUSING and _TEXT.search(source[:20_000])):
        return f"status:{status}"
    if form := demand(root, base, refresh):
        return f"form:{form}"
    return _by_words(words, visible)


def _by_words(words: str, visible: int) -> str | None:
    """The rule by which words ask a reader to prove himself, or refuse him; none for a page with its own matter."""
    if _OWN_MATTER.search(words):
        return None
    if told := _TEXT.search(words) if visible < SHORT // 2 else None:
        return f"text:{told[0]}"
    refused = _REFUSED.search(words)
    if refused and (len(words) <= _BRIEF or _ADDRESSED.search(words)):
        return f"ban:{refused[0]}"
    return None


def by_status(status: int) -> str | None:
    """The statuses that only anti-bot pages have."""
    return f"status:{status}" if status in _STATUS else None


def wordless(status: int) -> str | None:
    """The rule by which an answer without any content is an anti-bot page."""
    return f"status:{status}" if status in (*_STATUS, *_WORDLESS) else None


def maintained(root: Element, visible: int) -> str | None:
    """The words with which a short page says that the site, or its server, is not at work now."""
    words = own_words(root) if visible <= SHORT else ""
    found = _MAINTAINED.search(words)
    return found[0] if found and not _OWN_MATTER.search(words) else None


def failed(words: str) -> str | None:
    """The words of a server that fails; ``None`` where it says that there is nothing to show.

    :param words: a short page's own, or the message of an answer of data
    """
    text = fold(words)
    found = _FAILED.search(text)
    return found[0] if found and not _NOTHING.search(text) and not _OWN_MATTER.search(text) else None


def nothing_here(root: Element) -> bool:
    """Whether a page says that there is nothing to show."""
    return says_nothing_here(own_words(root))


def says_nothing_here(words: str) -> bool:
    """Whether words say that there is nothing to show."""
    return _NOTHING.search(fold(words)) is not None
