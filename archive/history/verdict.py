"""Whether a run is what it should be: its facts against the site's history, with the evidence and the likely fix.

Pure: a report (as in ``reports/<run>.json``), earlier reports and the site file in, a verdict out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TypeAlias

from archive.collection.sites import Site

VERDICTS = ("ok", "incomplete", "blocked", "tampered", "layout changed")
#: How many earlier good runs make a site's history.
HISTORY = 10
#: Obstacles that keep content from coming.
_BLOCKING = ("challenge", "ban", "login_wall")
#: What to do, by the obstacle that is met.
# fmt: off
_FIXES = {
    "challenge": "nothing is evaded: ask the site's operator to let the user agent in, or crawl later and slower 请联系网站运维放行",
    "ban": "crawl slower (delay in the site file) or in a window at night; ask the site's operator 请降低频率或联系网站",
    "login_wall": "the section asks for a login now: look for its public address with `fangtan sites add HOME`",
    "moved_section": "the section has moved: run `fangtan sites check`, then `fangtan sites add HOME` and fix section in the site file 栏目可能已迁移",
    "script_list": "the list is drawn by a script that asks in a way that was not understood: set browser = true in the site file 可设置 browser = true",
    "redirected_off_site": "the pages are on another host now: add it to hosts in the site file if it is the government's own",
    "soft_404": "pages answer 200 and say that they are not there: look at them with `fangtan record`",
    "dns": "the name does not resolve: the site may be down or renamed; try it in a browser 域名无法解析",
    "timeout": "the server does not answer in time: crawl at another hour, or raise the delay",
    "connection": "the server refuses the connection or breaks it off: try it in a browser",
    "tls": 'TLS fails: an old server may need tls = "legacy" in the site file',
    "own_limit": "a limit of fangtan was exceeded: raise it where the message names a setting, if what was cut off is worth it",
    "robots_unreachable": "without its robots.txt nothing of a site is fetched: the scheduler tries again; if it lasts, write to the site's operator 请联系网站运维",
    "crawl_delay": "robots.txt is obeyed: ask the site's operator for a Crawl-delay of a day at most 请联系网站运维",
    "cut_off": "the server breaks answers off: crawl slower or at another hour; they are asked for again by the next run",
    "empty": "pages came without any content: they are asked for again by the next run; look at them in a browser",
    "behind_script": "the talk is shown by a script that is not understood: set browser = true in the site file",
    "maintenance": "the site says that it is being maintained: nothing to do, the next run asks again 网站维护中",
    "failed": "the server answers with the words of an error of its own: it may pass; the next run asks again",
    "unavailable": "the server asks to wait (Retry-After): no request before that; the scheduler then continues",
    "too_many_requests": "the server finds us too quick: raise delay in the site file 请降低频率",
    "cookie_wall": "the site shows nothing to visitors without cookies: set cookies = true in the site file",
    "redirect_loop": "the site sends its readers in a circle: name the address at which it shows its pages (http or https) as section",
    "mobile_page": "the site takes us for a phone: set user_agent in fangtan.toml to one without phone words, or add its mobile host to hosts",
    "sent_home": "the pages are gone, the site sends their readers home: look in a browser whether they have a new address",
    "sent_elsewhere": "the pages are gone, the site sends their readers to one other page: look at that page in a browser",
    "server_error": "the server has errors of its own: it may pass; look again tomorrow",
}
# fmt: on
_ELSEWHERE = (
    "look with `fangtan runs RUN --account`: name another list as section, add hosts, "
    "or write how many there are (expect.interviews) 请核对栏目"
)
_FIND = "`fangtan sites add HOME` finds the section"
#: What an error says of a list, or a page for phones, that lies outside the site.
OFF_SITE = "which is not a host of the site"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run is judged.

    :param reason: what happened, in a sentence; ``None`` when all is well
    :param evidence: the figures and addresses behind it
    :param fix: what most likely helps
    :param code: the exit code
    """

    verdict: str
    reason: str | None
    code: int
    evidence: list[str] = field(default_factory=list)
    fix: str | None = None


def judge(facts: dict[str, Any], history: list[dict[str, Any]], site: Site) -> Verdict:
    """The verdict over a run: the first of blocked, tampered, incomplete, layout changed that holds.

    :param facts: the run's report, without a verdict
    :param history: reports of the site's earlier runs, oldest first
    """
    good = [r for r in history if r.get("verdict") in ("ok", "tampered")][-HISTORY:]
    for rule in (
        _fatal,
        _no_robots,
        _closed,
        _robots,
        _blocked,
        _tampered,
        _stopped,
        _layout,
        _empty,
        _unbalanced,
        _mostly_elsewhere,
        _partial,
        _expected,
        _shrunk,
    ):
        found = rule(facts, good, site)
        if found is not None:
            return found
    return Verdict("ok", None, 0, _remarks(facts, good))


Facts: TypeAlias = dict[str, Any]
Good: TypeAlias = list[dict[str, Any]]


def _fatal(facts: Facts, good: Good, site: Site) -> Verdict | None:
    del good, site
    return Verdict("incomplete", facts["fatal"], 3) if facts.get("fatal") else None


def _no_robots(facts: Facts, good: Good, site: Site) -> Verdict | None:
    """The site's rules cannot be read: nothing is allowed then (RFC 9309)."""
    del good, site
    missing = next((o for o in facts["obstacles"] if o["rule"] == "robots_unreachable"), None)
    if missing is None:
        return None
    fix = next(
        (_FIXES[o["rule"]] for o in facts["obstacles"] if o["rule"] in ("dns", "timeout", "connection", "tls")), None
    )
    return Verdict(
        "blocked", facts["stop_reason"] or missing["detail"], 4, _evidence(facts), fix or _FIXES["robots_unreachable"]
    )


def _closed(facts: Facts, good: Good, site: Site) -> Verdict | None:
    """A Crawl-delay that nobody can wait for."""
    del good, site
    closed = next((o for o in facts["obstacles"] if o["rule"] == "crawl_delay"), None)
    if closed is None:
        return None
    return Verdict("blocked", facts["stop_reason"] or closed["detail"], 4, _evidence(facts), _FIXES["crawl_delay"])


def _robots(facts: Facts, good: Good, site: Site) -> Verdict | None:
    refused = [
        r["url"]
        for r in facts["refusals"]
        if r["reason"] == "robots.txt" and (r["url"] in site.section or r["role"] in ("seed", "list"))
    ]
    if not refused or facts["got"]:
        return None
    return Verdict(
        "blocked",
        f"{refused[0]}: robots.txt refuses the section",
        4,
        [f"refused: {u}" for u in refused[:5]] + (["earlier runs were let in"] if good else []),
        "robots.txt is obeyed: ask the site's operator to let the user agent in 请联系网站运维",
    )


def _blocked(facts: Facts, good: Good, site: Site) -> Verdict | None:
    del good, site
    found = [o for o in facts["obstacles"] if o["rule"] in _BLOCKING]
    challenges = facts["challenges"]
    if challenges:
        first = challenges[0]
        page = f"{first['url']}: an anti-bot page ({first['rule']}) instead of content"
        reason = f"{page}, {len(challenges)} in all; recorded, not evaded"
        return Verdict("blocked", reason, 4, _evidence(facts), _FIXES["challenge"])
    pages = max(1, facts["pages"])
    hard = [o for o in found if o["rule"] != "ban" or o["count"] >= 0.5 * pages or not facts["got"]]
    if hard:
        worst = hard[0]
        reason = f"{worst['url']}: {worst['detail']} ({worst['rule'].replace('_', ' ')}), {worst['count']} time(s)"
        return Verdict("blocked", reason, 4, _evidence(facts), _FIXES[worst["rule"]])
    return None


def _tampered(facts: Facts, good: Good, site: Site) -> Verdict | None:
    del good, site
    if not facts["alerts"]:
        return None
    return Verdict(
        "tampered",
        f"{facts['alerts']} interview(s) with words or links that do not belong there; "
        "see `fangtan search` and the flags table",
        4,
        _evidence(facts),
        "compare with earlier captures (`fangtan changes`), write to the site's operator: "
        "the page may be hijacked 疑似网页被篡改",
    )


def _stopped(facts: Facts, good: Good, site: Site) -> Verdict | None:
    del good, site
    if not facts["left"]:
        return None
    why = facts["stop_reason"] or "interrupted"
    return Verdict(
        "incomplete",
        f"{why}; {facts['left']} URLs wait, continue with `fangtan crawl --resume`",
        3,
        _evidence(facts),
        _fix_of(facts) or "`fangtan crawl --resume`, or wait for the scheduler",
    )


def _layout(facts: Facts, good: Good, site: Site) -> Verdict | None:
    """Pages come, but not what they used to be."""
    if not good or not facts["whole_site"] or facts.get("patch"):
        return None
    evidence = [*_other_family(facts, good, site), *_no_list(facts, good), *_read_worse(facts, good)]
    if not evidence:
        return None
    moved = next((o for o in facts["obstacles"] if o["rule"] in ("moved_section", "redirected_off_site")), None)
    fix = _FIXES[moved["rule"]] if moved else (
        "look with `fangtan sites check`; give the old layout a date ([[layout]] until = …) and set the new family 网站可能已改版"
    )  # fmt: skip
    return Verdict("layout changed", evidence[0], 3, [*evidence, *_evidence(facts)], fix)


def _other_family(facts: Facts, good: Good, site: Site) -> Iterator[str]:
    families = {r.get("family") for r in good if r.get("family") not in (None, "generic")}
    if families and facts["family"] not in {*families, "generic", site.family}:
        yield f"family {facts['family']}, before {', '.join(sorted(map(str, families)))}"


def _no_list(facts: Facts, good: Good) -> Iterator[str]:
    before = _most_listed(good)
    answered = facts["statuses"].get("200", 0) + facts["statuses"].get("304", 0)
    gone = any(o["rule"] == "moved_section" for o in facts["obstacles"])
    if before and not facts["listed"] and (answered or gone):
        yield f"no list of interviews, before {before} entries"


def _read_worse(facts: Facts, good: Good) -> Iterator[str]:
    """The parsers make less of the pages than before; under three pages say nothing."""
    quality = _quality(facts)
    if (quality.get("read") or 0) < 3:
        return
    shares, share = _figures(good, "transcripts"), quality.get("transcripts")
    if shares and share is not None and share < 0.3 * median(shares):
        yield f"{share:.0%} of the pages read have turns, before {median(shares):.0%}"
    sure, confidence = _figures(good, "confidence"), quality.get("confidence")
    if sure and confidence is not None and confidence < median(sure) - 0.25:
        yield f"mean confidence {confidence:.2f}, before {median(sure):.2f}"


def _most_listed(good: Good) -> int:
    return max((int(r.get("listed") or 0) for r in good), default=0)


def _quality(report: Facts) -> dict[str, Any]:
    return report.get("quality") or {}


def _figures(good: Good, name: str) -> list[float]:
    """A figure of the quality, of each earlier run that has it."""
    return [figure for r in good if (figure := _quality(r).get(name)) is not None]


def _serious(facts: Facts) -> list[dict[str, str]]:
    return [e for e in facts["error_list"] if e["role"] != "requisite"]


def _fix_of_account(facts: Facts) -> str | None:
    """What helps most against what the account misses."""
    return next(iter((facts.get("account") or {}).get("fixes") or ()), None)


def _fix_of(facts: Facts, *, every: bool = False) -> str | None:
    """What helps against the first obstacle that something helps against.

    :param every: talks on other hosts, and pages for phones that were read, count as obstacles, too
    """
    outside = every or any(OFF_SITE in e["reason"] for e in facts["error_list"])
    mine = (o["rule"] for o in facts["obstacles"] if outside or o["rule"] not in ("redirected_off_site", "mobile_page"))
    return next((_FIXES[rule] for rule in mine if rule in _FIXES), None)


def _seen(facts: Facts) -> int:
    """Interviews that this run saw; what only the store holds is none of them."""
    return int(facts["seen"] if "seen" in facts else facts["interviews"])


def _empty(facts: Facts, good: Good, site: Site) -> Verdict | None:
    """Nothing came, or nothing of what was looked for."""
    del good
    serious, evidence = _serious(facts), _evidence(facts)
    fix = _fix_of(facts) or _fix_of_account(facts) or _fix_of(facts, every=True)
    if serious and facts["pages"] <= len(serious):
        return Verdict("incomplete", f"{serious[0]['url']}: {serious[0]['reason']}", 3, evidence, fix)
    if not facts["got"] and not facts["single_page"] and not facts.get("patch"):
        reason = f"{site.section[0]}: no list of interviews found; name the section's own address"
        if serious:
            reason = f"{serious[0]['url']}: {serious[0]['reason']}"
        return Verdict("incomplete", reason, 3, evidence, fix or _FIND)
    if _seen(facts):
        return None
    reason = f"{facts['listed']} entries listed, none of them is an interview"
    if facts["single_page"]:
        reason = f"{site.section[0]}: neither an interview nor a list of interviews"
        fix = fix or _FIND
    return Verdict("incomplete", reason, 3, evidence, fix)


def _unbalanced(facts: Facts, good: Good, site: Site) -> Verdict | None:
    """What a list names, or a pager declares, and what is not there."""
    del good, site
    made = facts.get("account") or {}
    if not made.get("differences"):
        return None
    fixes = [_fix_of(facts), *made["fixes"]]
    evidence = [*made["differences"][1:], *made["remarks"], *_evidence(facts)]
    return Verdict("incomplete", made["differences"][0], 3, evidence, next(filter(None, fixes), None))


def _mostly_elsewhere(facts: Facts, good: Good, site: Site) -> Verdict | None:
    """Most of what is listed is accounted for, and is no interview here; the site file may say that it is so."""
    del good
    made = facts.get("account") or {}
    elsewhere = made.get("elsewhere", 0)
    if site.expect_min is not None or facts["single_page"] or facts.get("patch") or elsewhere <= _seen(facts):
        return None
    counts = ", ".join(f"{n} {name}" for name, n in made["outcomes"].items())
    reason = f"{elsewhere} of {made['entries']} entries are no interviews here: {counts}"
    return Verdict("incomplete", reason, 3, [*made["remarks"], *_evidence(facts)], _fix_of(facts) or _ELSEWHERE)


def _partial(facts: Facts, good: Good, site: Site) -> Verdict | None:
    del good, site
    serious = _serious(facts)
    if serious:
        reason = f"{len(serious)} page(s) failed, the first: {serious[0]['url']}: {serious[0]['reason']}"
        return Verdict("incomplete", reason, 3, _evidence(facts), _fix_of(facts))
    if facts["stop_reason"]:
        return Verdict("incomplete", facts["stop_reason"], 3, _evidence(facts))
    return None


def _expected(facts: Facts, good: Good, site: Site) -> Verdict | None:
    del good
    n = _seen(facts)
    if site.expect_min is not None and n < site.expect_min:
        return Verdict("incomplete", f"{n} interviews, the site file expects at least {site.expect_min}", 3)
    if site.expect_max is not None and n > site.expect_max:
        return Verdict("incomplete", f"{n} interviews, the site file expects at most {site.expect_max}", 3)
    return None


def _shrunk(facts: Facts, good: Good, site: Site) -> Verdict | None:
    del site
    if facts["stopped_at_known"] or not facts["whole_site"]:
        return None
    before = _most_listed(good)
    if before and facts["listed"] < 0.5 * before:
        reason = f"{facts['listed']} entries listed, an earlier run listed {before}: has the layout changed?"
        return Verdict("layout changed", reason, 3, _evidence(facts), "look with `fangtan sites check` 网站可能已改版")
    return None


def _evidence(facts: Facts) -> list[str]:
    """Obstacles, in words."""
    return [
        f"{o['rule'].replace('_', ' ')}: {o['detail']} ({o['count']} time(s), first {o['url']})"
        for o in facts["obstacles"]
    ]


def _remarks(facts: Facts, good: Good) -> list[str]:
    """What does not make a run bad, but is worth a line."""
    remarks = [*((facts.get("account") or {}).get("remarks") or ()), *_evidence(facts)]
    remarks += [*_new_hosts(facts, good), *_other_size(facts, good)]
    if facts.get("flagged"):
        remarks.append(f"{facts['flagged']} interview(s) still carry words that do not belong there")
    return remarks


def _new_hosts(facts: Facts, good: Good) -> Iterator[str]:
    hosts = {h for r in good for h in r.get("hosts") or {}}
    new = sorted(set(facts["hosts"]) - hosts) if hosts else []
    if new:
        yield f"hosts not met before: {', '.join(new[:10])}"


def _other_size(facts: Facts, good: Good) -> Iterator[str]:
    sizes = [size for size in _figures(good, "size") if size]
    size = _quality(facts).get("size")
    if sizes and size and not 0.4 * median(sizes) <= size <= 2.5 * median(sizes):
        yield f"interview pages have {size} bytes (median), before {median(sizes):.0f}"
