"""What else is to be read to find a site's lists: maps for people, script files that write a menu
or a pager, frames, where an empty page sends its reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.families import View
from parsers.lists.entries import SECTION_PATH
from parsers.page.addresses import absolute, host_of, normal, parts
from parsers.page.dom import HIDDEN_STYLE, Element, words_of
from parsers.page.forwards import sent_on
from parsers.page.text import squeeze
from parsers.patterns import compiled
from parsers.record import ListItem

_MAP = compiled(r"^(?:网站|站点|本站)(?:地图|导航)$")


def maps_of(view: View) -> tuple[str, ...]:
    """Pages that show the complete site to people."""
    texts = ((anchor, view.survey.inner(anchor)) for anchor in view.root.iter("a"))
    maps = (anchor for anchor, text in texts if ("图" in text or "航" in text) and _MAP.match(squeeze(text)))
    found = (absolute(view.base, anchor.get("href")) for anchor in maps)
    return tuple(dict.fromkeys(url for url in found if url))


_FRONT = compiled(r"^/?(?:(?:index|default|main|home)\.\w+)?$", re.IGNORECASE)
_LIBRARY = compiled(
    r"jquery|bootstrap|swiper|layer|layui|vue|echarts|slide|flash|video|jiucuo|conac|share|stat|tongji|wza"
    r"|counter|html5|respond|polyfill",
    re.IGNORECASE,
)
_WRITES = compiled(r"menu|nav|head|top|daohang|dh|pag|fenye|list|common|column|channel", re.IGNORECASE)
_MOST_FILES = 4


def is_front(url: str) -> bool:
    """Whether an address is its host's first page."""
    return _FRONT.match(parts(url).path) is not None and not parts(url).query


def script_files(view: View) -> tuple[str, ...]:
    """Script files of the page's own host that may write its menu or its pager, the likeliest first; no libraries."""
    host = host_of(view.url)
    urls = [absolute(view.base, script.get("src")) for script in view.root.iter("script") if script.get("src")]
    own = [
        url
        for url in dict.fromkeys(urls)
        if url and host_of(url) == host and not _LIBRARY.search(parts(url).path.rsplit("/", 1)[-1])
    ]
    return tuple(sorted(own, key=lambda url: not _WRITES.search(parts(url).path.rsplit("/", 1)[-1]))[:_MOST_FILES])


def frames_of(view: View) -> list[ListItem]:
    """The frames of a page, of the same host, in which its list may stand.

    Those that nobody sees and strips of furniture are none of them.
    Those that lie in the page's own folder, or whose path says so, are preferred to others.
    """
    host = host_of(view.url)
    folder = parts(view.url).path.rsplit("/", 1)[0] + "/"
    found: dict[str, bool] = {}
    for _, url in _shown_frames(view):
        if host_of(url) != host:
            continue
        path = parts(url).path
        found[url] = found.get(url, False) or path.startswith(folder) or bool(SECTION_PATH.search(path))
    near = [url for url, is_near in found.items() if is_near and folder != "/"]
    return [ListItem(url, "iframe") for url in near or found]


def frames_elsewhere(view: View) -> list[ListItem]:
    """The frames of a page, of other hosts, in which its list may stand: those whose path says so,
    else those of a list's size.
    """
    found = [(frame, url) for frame, url in _shown_frames(view) if host_of(url) != host_of(view.url)]
    urls = [url for _, url in found if SECTION_PATH.search(parts(url).path)]
    urls = urls or [url for frame, url in found if _HIGH.search(_height(frame)) and not _OTHER.search(url)]
    return [ListItem(url, "iframe") for url in dict.fromkeys(urls)]


_PAGER = compiled(
    r"(?<![a-z])(?:page(?:r|s|bar|list|nav|no|num)?|pagination|paging|fenye|fanye|fy)(?![a-z])", re.IGNORECASE
)


def pager_frames(view: View) -> list[ListItem]:
    """The frames of the same host that hold a list's pager, by what they are called."""
    host = host_of(view.url)
    found = ((frame, absolute(view.base, frame.get("src"))) for frame in view.root.iter("iframe"))
    own = ((frame, url) for frame, url in found if url and host_of(url) == host and url != view.url)
    named = (
        (url, f"{parts(url).path.rsplit('/', 1)[-1]} {words_of(frame)} {frame.get('name') or ''}") for frame, url in own
    )
    return [ListItem(url, "iframe") for url, words in named if _PAGER.search(words)]


def _shown_frames(view: View) -> Iterator[tuple[Element, str]]:
    for frame in view.root.iter("iframe", "frame"):
        url = absolute(view.base, frame.get("src") or frame.get("data-src"))
        if url and url.startswith("http") and url != view.url and is_shown(frame):
            yield frame, url


def _height(frame: Element) -> str:
    style = re.search(r"(?<![\w-])height\s*:\s*([\d.]+\w*%?)", (frame.get("style") or "").lower())
    return frame.get("height") or (style[1] if style else "")


#: At least 300 pixels, or a share of the page.
_HIGH = compiled(r"^\s*(?:[3-9]\d{2}|\d{4,}|\d+(?:\.\d+)?(?:%|vh))")
#: What shows a film, a map, the weather or a chat window, and no list.
_OTHER = compiled(
    r"player|video|live|embed|map\.|maps|chat|kefu|robot|weibo|widget|weather|tianqi|\.mp4", re.IGNORECASE
)
_FURNITURE = compiled(
    r"visit|count|weather|tianqi|header|footer|top\.|bottom|head\.|foot\.|search|login|share|comment|stat",
    re.IGNORECASE,
)


def is_shown(frame: Element) -> bool:
    """Whether a frame is seen and large enough for a body or a list, and is not named as furniture is."""
    style = (frame.get("style") or "").lower()
    if HIDDEN_STYLE.search(style) or re.search(r"(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$)", style):
        return False
    height = re.search(r"height\s*:\s*(\d+)px", style)
    low = height is not None and int(height[1]) < _LEAST_HEIGHT
    if low or _is_below(frame, "width", _LEAST_WIDTH) or _is_below(frame, "height", _LEAST_HEIGHT):
        return False
    source = frame.get("src") or ""
    return not _FURNITURE.search(f"{parts(source).path or source} {words_of(frame)} {frame.get('name') or ''}")


#: Of a frame that may hold a list, in pixels.
_LEAST_WIDTH, _LEAST_HEIGHT = 150, 130


def _is_below(frame: Element, side: str, least: int) -> bool:
    """Whether a side of a frame is so short, in pixels."""
    said = frame.get(side) or ""
    size = re.match(r"\d+", said)
    return size is not None and not said.endswith("%") and int(size[0]) < least


def forwards_of(view: View, refresh: str | None = None) -> list[ListItem]:
    """Where a page that shows nothing sends its reader at once, on the same host: refresh header,
    meta refresh, script.
    """
    host, here = host_of(view.url), normal(view.url) or view.url
    return [ListItem(u, "forward") for u in sent_on(view.root, view.base, refresh) if u != here and host_of(u) == host]
