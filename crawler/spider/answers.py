"""What a page that was asked for is answered with: itself, or something in its place. None is swallowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response

import parsers
from archive.collection.urls import canonical, host_of
from archive.history.verdict import OFF_SITE
from crawler.fetch.decoding import REMARK
from crawler.fetch.obstacles import REFUSED
from crawler.fetch.scope import refusal
from crawler.spider.pages import PageReader
from crawler.spider.side_requests import MAX_REDIRECTS
from crawler.state.circuits import LONG_WAIT_S
from parsers.lists.elsewhere import is_front
from parsers.page.addresses import located, parts

#: What is in a page's place and says nothing of it: the page is missing, and asked for again by the next run.
_IN_ITS_PLACE = ("login_wall", "empty", "maintenance", "failed", "behind_script", "cut_off")
#: Instead of "empty", where the server began an answer.
_CUT = "cut_off: the answer broke off"
_MOBILE = re.compile(
    r"^(?:m|wap|mobile|3g|h5)\.|/(?:m|wap|mobile|3g|h5|phone|sjb|sjzw)(?:/|$)|_(?:wap|m|mobile)\.\w+$", re.IGNORECASE
)
#: Rules of challenges that a counter's frame or an empty picture may fulfil, too.
_BY_WORDS = ("form:", "text:", "ban:")
#: So often a page may send its reader round to itself, each time for one more cookie.
_MORE_COOKIES = 2
#: Answers to a request that its server does not know.
_NOT_SO_ASKED = (400, 404, 405, 406, 410, 411, 415, 422)
#: So many entries that lead to one address are no other addresses of one interview.
_TOO_MANY = 3


class Answers(PageReader):
    """The part of the spider that looks at what came before it is read."""

    def _request(self, url: str, role: str, **more: Any) -> Request | None:
        raise NotImplementedError

    def _note(self, request: Request, status: int | None, why: str = "", **more: Any) -> None:
        raise NotImplementedError

    def _arrived_whole(self, response: Response, request: Request, links: parsers.Links | None) -> bool:
        """Whether a response is what was asked for; what came instead is distinguished and counted."""
        run, role, status = self.run, request.meta["role"], response.status
        if self._is_not_so_asked(response, request):
            return False
        if links and (challenge := _challenge(links, role)):
            run.blocked(request, challenge)
            run.keep_links(request, links)  # else a later 304 would pass for the page itself
            return False
        if status >= 500 or status in REFUSED:
            self._refused(response, request, links)
            return False
        run.guard.answered(request)
        if status >= 400:
            self._tell_moved(response, request)
            return False
        if links and links.obstacle and role != "requisite":
            self._tell_obstacle(response, request, links.obstacle)
        return True

    def _is_cut(self, response: Response, request: Request) -> bool:
        return is_cut(response, request) or self._breaks_off(response, request)

    def _tell_moved(self, response: Response, request: Request) -> None:
        """The first page of a list is an error page: the section has moved."""
        role, words = request.meta["role"], f"HTTP {response.status}"
        if role in ("seed", "list") and request.meta.get("number", 1) == 1:
            self.run.tally.obstacles.add("moved_section", response.url, words)
            self.run.tally.error(response.url, words, role)

    def _is_not_so_asked(self, response: Response, request: Request) -> bool:
        """Whether an address read out of a script answers that nothing is there: the script asks in another way."""
        if not request.meta.get("by_script") or response.status not in _NOT_SO_ASKED:
            return False
        self.run.guard.answered(request)
        words = f"HTTP {response.status}, at an address that was read out of a script"
        self.run.tally.obstacles.add("script_list", response.url, words)
        self.run.tally.error(response.url, words, request.meta["role"])
        return True

    def _tell_obstacle(self, response: Response, request: Request, obstacle: str) -> None:
        """Something is in the place of the page's content."""
        broken = obstacle.startswith("empty") and is_cut(response, request)
        rule, _, words = (_CUT if broken else obstacle).partition(": ")
        url, role = response.url, request.meta["role"]
        if rule == "behind_script" and self.run.site.browser:
            return  # said when it has been shown
        moved = rule == "soft_404" and role in ("seed", "list") and request.meta.get("number", 1) == 1
        self.run.tally.obstacles.add("moved_section" if moved else rule, url, words)
        if moved or rule in _IN_ITS_PLACE:
            self.run.tally.error(url, f"{rule}: {words}", role)

    def _shown(self, response: Response, request: Request, answers: list[Response]) -> None:
        """A page that waited for its scripts has been shown by the browser: whether what they fetched is its talk."""
        links = self.run.known.links(request.url)
        if links is None or not (links.obstacle or "").startswith("behind_script") or any(map(self._tells, answers)):
            return
        words = (links.obstacle or "").partition(": ")[2]
        self.run.tally.obstacles.add("behind_script", response.url, words)
        self.run.tally.error(response.url, f"behind_script: {words}, in the browser, too", request.meta["role"])

    def _refused(self, response: Response, request: Request, links: parsers.Links | None) -> None:
        """A server that fails, is at rest, or does not want to be asked now."""
        run, role, status = self.run, request.meta["role"], response.status
        wait = request.meta.get("asked_to_wait", 0.0)
        resting = (links.obstacle if links else None) or ""
        words = resting.removeprefix("maintenance: ") if resting.startswith("maintenance: ") else ""
        reason = f"HTTP {status}, {words}" if words else f"HTTP {status}"
        if role != "requisite":
            run.tally.obstacles.add("maintenance" if words else _rule_of(status, wait), response.url, reason)
        if run.guard.failed_at(request, reason, wait) and wait > LONG_WAIT_S:
            run.keep_for_later(request)
        else:
            run.tally.error(response.url, reason, role)

    # ── redirects ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _redirect(self, response: Response, request: Request, role: str) -> Iterator[Request]:
        run, way = self.run, [*request.meta.get("way", ()), response.url]
        location = (response.headers.get("Location") or b"").strip()
        target = located(response.url, location)
        wrong = _wrong(location, target, way)
        if wrong is not None or target is None:
            words = wrong or "redirect without Location"
            run.tally.error(response.url, words, role)
            self._note(request, response.status, words)
            return
        cookies = bool(request.meta.get("cookies_set") or response.headers.get("Set-Cookie"))
        if (misleads := self._misleads(target, way, role, cookies=cookies)) is not None:
            self._misled(*misleads, way, request)
            return
        if role != "requisite":
            self._tell_off_site(target, way, role)
        self._note_redirect(request, response.status, target)
        hops = request.meta.get("hops", 0) + 1
        following = self._request(target, role, hops=hops, way=way, **self._passed_on(request, cookies=cookies))
        if following is not None:
            # The same address again, now with the cookie that it gave: the frontier holds it already.
            yield following.replace(dont_filter=True) if target in way else following

    def _sent_by_page(self, target: str, response: Response, request: Request) -> Iterator[Request]:
        """A page that sends its reader on by itself leads like a redirect."""
        if (misleads := self._misleads(target, [response.url], request.meta["role"], cookies=False)) is not None:
            self._misled(*misleads, [response.url], request)
            return
        self._note_redirect(request, response.status, target)
        way = [*request.meta.get("way", ()), response.url]
        following = self._request(target, request.meta["role"], way=way, **self._passed_on(request, cookies=False))
        if following is not None:
            yield following

    def _misleads(self, target: str, way: list[str], role: str, *, cookies: bool) -> tuple[str, str] | None:
        """Rule and words for a redirect that does not lead to the page; ``None`` for any other."""
        sent = cookies and self.run.site.cookies
        if way.count(target) > (_MORE_COOKIES if sent and len(way) < MAX_REDIRECTS else 0):
            return _round(target, way, cookies=cookies, sent=sent)
        return None if role == "requisite" else self._led_astray(target, way, role)

    def _note_redirect(self, request: Request, status: int, target: str) -> None:
        """Where a redirect leads, for the account; what lies outside is not asked for."""
        why = refusal(self.run.site, target, requisite=request.meta["role"] == "requisite")
        if why is None:
            self._note(request, status, target=target)
        else:
            self._note(request, status, f"{why}: to {host_of(target)}", refused=True)

    def _passed_on(self, request: Request, *, cookies: bool) -> dict[str, Any]:
        """What a redirect keeps: which list page it is, who led there, whether a cookie was given."""
        kept: dict[str, Any] = {name: request.meta[name] for name in ("number", "list") if name in request.meta}
        given = {"cookies_set": True} if cookies else {}
        return {**kept, **given, "via": self.run.book.key_of(request)}

    def _misled(self, rule: str, words: str, way: list[str], request: Request) -> None:
        """A redirect that does not lead to the page: it is reported, and the next run asks for the page again."""
        self.run.tally.obstacles.add(rule, way[0], words)
        self.run.tally.error(way[0], words, request.meta["role"])
        self._note(request, 302, f"{rule}: {words}")  # whatever status it had: it leads as a redirect does
        self.run.keep_links_of(way[0], parsers.Links(obstacle=f"{rule}: {words}"))

    def _led_astray(self, target: str, way: list[str], role: str) -> tuple[str, str] | None:
        """A redirect to the home page, to the list, or to where many others lead: the page itself is gone."""
        run, key = self.run, canonical(target)
        if role == "seed" or key == canonical(way[0]):
            return None
        if key in {canonical(url) for url in (*run.site.section, *run.tally.list_urls)}:
            return "sent_home", f"the page sends its reader to the list, {target[:200]}"
        if is_front(target):
            return "sent_home", f"the page sends its reader to the home page, {target[:200]}"
        return self._led_together(target, way, role)

    def _led_together(self, target: str, way: list[str], role: str) -> tuple[str, str] | None:
        """A redirect to where other entries lead: one page with several addresses, or the place of all that is gone."""
        run = self.run
        sources = run.tally.led_to.setdefault(canonical(target), [])
        if way[0] not in sources:
            sources.append(way[0])
        if role == "detail" and len(sources) >= _TOO_MANY:
            return "sent_elsewhere", f"{len(sources)} pages send their readers to one address, {target[:200]}"
        known = run.known.get(target)
        before = sources[0] if len(sources) > 1 else None
        if before is not None or (known is not None and known.role == role):
            words = f"leads to {target[:200]}, as {before or 'an address already known'} does"
            run.tally.obstacles.add("redirected_to_known", way[0], words)
        return None

    def _tell_off_site(self, target: str, way: list[str], role: str) -> None:
        """A redirect to the form of the site for phones, or to another host."""
        run, here = self.run, way[-1]
        outside = refusal(run.site, target) == "off-site"
        mobile = _is_mobile(target) and not _is_mobile(way[0])
        if mobile:
            run.tally.obstacles.add("mobile_page", here, f"to {target[:200]}")
        elif outside:
            run.tally.obstacles.add("redirected_off_site", here, f"to {host_of(target)}")
        if outside and (mobile or role in ("seed", "list")):
            words = f"redirected to {target[:200]}, {OFF_SITE}"
            run.tally.error(here, words, role)
            run.keep_links_of(way[0], parsers.Links(obstacle=f"redirected_off_site: {words}"))


def is_cut(response: Response, request: Request) -> bool:
    """Whether an answer broke off: its body, or the coding of its body."""
    coding = any(flag.startswith(REMARK) and "cut off" in flag for flag in response.flags)
    return coding or _is_part(response) or bool((request.meta.get("capture") or {}).get("truncated"))


_RANGE = re.compile(rb"bytes\s+0-(\d{1,12})/(\d{1,12})")


def _is_part(response: Response) -> bool:
    """Whether an answer says that it is a part of what was asked for; we ask for no parts."""
    said = _RANGE.fullmatch((response.headers.get("Content-Range") or b"").strip())
    return response.status == 206 and not (said and int(said[1]) + 1 == int(said[2]))


def instead(links: parsers.Links | None) -> str:
    """What a page says of itself that stands where another was asked for."""
    if links is None:
        return ""
    return f"an anti-bot page ({links.challenge})" if links.challenge else links.obstacle or ""


def _challenge(links: parsers.Links, role: str) -> str:
    """The challenge in a page's place; what a frame or picture fulfils by words alone is none."""
    by_words = role == "requisite" and (links.challenge or "").startswith(_BY_WORDS)
    return "" if by_words else links.challenge or ""


def _rule_of(status: int, wait: float) -> str:
    if status == 429:
        return "too_many_requests"
    if status == 503 and wait:
        return "unavailable"
    return "ban" if status in REFUSED else "server_error"


def _wrong(location: bytes, target: str | None, way: list[str]) -> str | None:
    """What is wrong with a redirect by itself."""
    if not location:
        return "redirect without Location"
    if target is None:
        return f"redirect to an unusable address {location[:100]!r}"
    return f"more than {MAX_REDIRECTS} redirects (our limit)" if len(way) > MAX_REDIRECTS else None


def _round(target: str, way: list[str], *, cookies: bool, sent: bool = False) -> tuple[str, str]:
    """Rule and words for a way that comes back to where it was.

    :param cookies: the server gave one on the way; ``sent``: it got it back
    """
    if cookies and not sent:
        return "cookie_wall", "the page sends its reader round until a cookie comes back"
    start = len(way) - 1 - way[::-1].index(target)
    words = " → ".join(_stations([*way[start:], target]))
    return "redirect_loop", f"{words}, although its cookie was sent" if sent else words


def _stations(way: list[str]) -> list[str]:
    """A way in words: its schemes where nothing else differs, else its addresses."""
    schemes = [parts(url).scheme for url in way]
    same = len({url.partition("://")[2] for url in way}) == 1
    return schemes if same and len(set(schemes)) > 1 else [url[:200] for url in way]


def _is_mobile(url: str) -> bool:
    found = parts(url)
    return bool(_MOBILE.search(found.host) or _MOBILE.search(found.path))
