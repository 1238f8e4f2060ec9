"""A page around a body: tags of the head, heading, the line below it, chrome, footer, twins, as real hosts write them."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from support.corpora.field.truth import ANY, Truth
from support.corpora.field.words import Words

#: Pages of 36 on which the date stands so.
DATE_PLACES = {"date, source": 8, "label, source": 7, "alone": 5, "label": 4, "date first": 4, "site before": 4, "dotted": 3, "source glued": 2}  # fmt: skip
_DATE_LABELS = {"发布日期": 10, "发布时间": 8, "日期": 7, "时间": 5, "更新时间": 1, "发表时间": 1}
_TAILS = {
    "": 6,
    " 浏览次数：": 2,
    " 【打印】": 1,
    " 参与互动(0)": 0.7,
    " 字号：【大 中 小】": 1,
    " 分享到：": 0.6,
    " 说两句": 0.3,
}
#: Furniture that has been taken for something else, and the share of pages that have it.
_ODD = {"hidden": 0.15, "frames": 0.15, "players": 0.04}
_LISTING = '<div class="path">当前位置：<a href="/">首页</a> &gt; <a href="../">@section_parent@</a> &gt; @section@</div><div class="lm">@section@</div>@body@'
_SECTIONS = {
    "train": ("政民互动", ["在线访谈", "政务访谈"]),
    "held": ("互动交流", ["网上访谈", "民生访谈", "访谈直播"]),
    "calib": ("公众参与", ["在线访谈", "部门访谈"]),
}


@functools.cache
def pages_of(split: str) -> dict[str, Any]:
    """Families and chrome of a split."""
    return tomllib.loads((Path(__file__).parent / f"{split}_pages.toml").read_text("utf-8"))


@dataclass
class Sheet:
    """The facts of one page that mark-up needs."""

    words: Words
    truth: Truth
    family: dict[str, Any]
    section: str
    slots: dict[str, str]

    def fill(self, text: str) -> str:
        for name, value in self.slots.items():
            text = text.replace(f"@{name}@", value)
        return text


def sheet(words: Words, truth: Truth, section: str | None = None) -> Sheet:
    """Family, address and identity of the page."""
    r, day = words.r, words.day
    family = r.choice(pages_of(words.split)["families"])
    parent, sections = _SECTIONS[words.split]
    section = section or (r.choice(sections) if words.chance(0.6) else r.choice(["要闻动态", "部门动态", "工作动态"]))
    plain = section not in (*sections, "在线访谈")
    site = words.r.choice(words.frames["sites"]) if family.get("media") else f"{words.county}人民政府"
    host = f"www.{words.domain}.example" if family.get("media") else f"www.{words.domain}.gov.cn"
    division = f"62{sum(map(ord, words.domain)) % 8999 + 1000}"
    number, digits = str(r.randrange(100000, 999999)), "0123456789abcdef"
    identifier = "".join(r.choice(digits) for _ in range(32))
    police = r.choice([f"陇公网安备 {division}02000123号", f"陇公网安备:{division}02000123", f"陇公网安备号{division}02000123"])  # fmt: skip
    slots = {
        "y": f"{day.year}", "m": f"{day.month}", "d": f"{day.day}", "mm": f"{day:%m}", "dd": f"{day:%d}",
        "yyyymm": f"{day:%Y%m}", "yyyymmdd": f"{day:%Y%m%d}", "id": number, "hex": identifier,
        "uuid": "-".join((identifier[:8], identifier[8:12], identifier[12:16], identifier[16:20], identifier[20:])),
        "site": words.domain, "site_name": site, "host": host, "section": section, "section_parent": parent,
        "county": words.county, "short": words.county[:-1], "code": f"{division}0001", "icp": f"陇ICP备{number}{r.randrange(10, 99)}号", "police": police,
    }  # fmt: skip
    if plain:
        family = family | {name: family[name].replace("zxft", "xwdt") for name in ("path", "html")}
    return Sheet(words, truth, family, section, slots)


def page(paper: Sheet, body: str) -> str:
    """The whole page; its truth gets date and source."""
    words, truth, family = paper.words, paper.truth, paper.family
    chrome = pages_of(words.split)["chrome"]
    info, tags = _info(paper)
    article = family["html"] if truth.kind != "listing" else _LISTING
    title_text = truth.title
    slots = {"title": _heading(words, title_text), "title_text": title_text, "info": info, "body": body}
    slots["after"] = "".join(words.r.sample(chrome["after"], words.r.randrange(3)))
    slots |= {"credit": family.get("credit", "") if words.chance(0.4) else "", "counter": family.get("counter", "") if words.chance(0.6) else ""}  # fmt: skip
    twin = words.chance(0.05) and truth.kind == "transcript" and not family.get("media")
    for name, value in slots.items():
        article = article.replace(f"@{name}@", value)
    if twin:
        before, after, before_again, after_again = words.r.choice(chrome["twins"])
        article = f"{before}{article}{after}{before_again}{article}{after_again}"
    media = bool(family.get("media"))
    above = "".join(words.r.sample(chrome["above"], words.r.randrange(3)))
    beside = "".join(words.r.sample(chrome["beside"], words.r.randrange(3)))
    foot = "" if media else words.r.choice(chrome["foot"])
    extra = "" if media else "".join(words.r.sample(chrome["heads"], words.r.randrange(2)))
    odd = {name: words.r.choice(chrome[name]) if words.chance(share) else "" for name, share in _ODD.items()}
    furniture = beside + "".join(odd.values())
    first = words.chance(0.5)
    inner = f"{above}{furniture if first else ''}{article}{'' if first else furniture}{foot}{extra}"
    truth.tags |= {"family": family["name"], "twins": "yes" if twin else "no", "tags": "yes" if tags else "no"}
    truth.tags |= {f"with {name}": "yes" for name, text in odd.items() if text}
    head = f"<meta charset='utf-8'><title>{_head_title(paper)}</title>{tags}"
    return paper.fill(f"<!DOCTYPE html>\n<html><head>{head}</head><body>\n{inner}</body></html>")


def _heading(words: Words, title: str) -> str:
    """The heading, broken for the eye now and then."""
    if len(title) > 14 and " " not in title and words.chance(0.06):
        return f"{title[:9]}<br>{title[9:]}"
    return title


def _head_title(paper: Sheet) -> str:
    words, title, site = paper.words, paper.truth.title, paper.slots["site_name"]
    form = words.pick({"last": 38, "alone": 11, "first": 4, "site": 4})
    gap = words.r.choice(["-", " - ", "_", "__", "---", "&nbsp;&nbsp;"])
    site += words.r.choice(["", "", "门户网站", "官方网站"])
    return {"last": f"{title}{gap}{site}", "alone": title, "first": f"{site}-{paper.section}-{title}", "site": site}[
        form
    ]


def _clock(words: Words) -> time:
    return time(words.r.randrange(7, 22), words.r.randrange(60), words.r.randrange(60))


def _printed(words: Words, day: date, clock: time) -> tuple[str, str]:
    """A date as printed and as a record holds it."""
    form = words.pick(
        {"seconds": 4, "minutes": 6, "day": 6, "words": 2, "words_clock": 2, "words_minutes": 2, "slash": 1}
    )
    minutes, seconds = f"{day}T{clock:%H:%M}:00+08:00", f"{day}T{clock:%H:%M:%S}+08:00"
    return {
        "seconds": (f"{day} {clock:%H:%M:%S}", seconds),
        "minutes": (f"{day} {clock:%H:%M}", minutes),
        "day": (f"{day}", f"{day}"),
        "words": (f"{day.year}年{day.month}月{day.day}日", f"{day}"),
        "words_clock": (f"{day:%Y年%m月%d日} {clock:%H:%M}", minutes),
        "words_minutes": (f"{day:%Y年%m月%d日} {clock:%H时%M分}", minutes),
        "slash": (f"{day:%Y/%m/%d}", f"{day}"),
    }[form]


def _info(paper: Sheet) -> tuple[str, str]:
    """The line below the heading and the head's tags; sets published_at and source."""
    words, truth, media = paper.words, paper.truth, bool(paper.family.get("media"))
    day, clock = words.day + timedelta(days=words.r.randrange(4)), _clock(words)
    source = words.r.choice(
        [words.organization(words.office), *words.frames["outlets"], f"{words.county}人民政府网", "本网"]
    )
    place = words.pick(DATE_PLACES) if words.chance(0.85) else "none"
    text, value = _printed(words, day, clock)
    if place == "dotted":
        text, value = f"{day:%d.%m.%Y}  {clock:%H:%M}", f"{day}T{clock:%H:%M}:00+08:00"
    label, tail = words.pick(_DATE_LABELS), words.pick(_TAILS)
    shown = words.r.choice([f"来源：{source}", f"来源: {source}", f"信息来源：{source}", f"文章来源：{source}"])
    pieces = {
        "date, source": [text, shown + tail],
        "label, source": words.r.choice([[f"{label}：{text}", shown + tail], [shown, f"{label}：{text}{tail}"]]),
        "alone": [text],
        "label": [f"{label}：{text}", "浏览次数：31"],
        "date first": [text, "字号：大 中 小", "阅读：8"],
        "site before": [f"{paper.slots['site_name']} {paper.slots['host']} {text}", shown],
        "dotted": [text],
        "source glued": [f"{text}来源：{source}编辑：李木"],
        "none": ["字体：【大 中 小】"],
    }[place]
    has_source = "source" in place or place == "site before"
    truth.published_at, truth.source = (None if place == "none" else value), (source if has_source else None)
    truth.tags |= {"date": place}
    tags = "" if media or words.chance(0.12) else _tags(paper, datetime.combine(day, clock), source)
    return paper.family["gap"].join(pieces), tags


def _tags(paper: Sheet, moment: datetime, source: str) -> str:
    """The national tags: most agree with what is printed, some tell when the file was made."""
    words, truth, name = paper.words, paper.truth, paper.family["name"]
    made = moment + timedelta(days=words.r.randrange(3, 3000), seconds=words.r.randrange(60000))
    generated = name.startswith("ucap") or words.chance(0.12)
    form = words.pick({"%Y-%m-%d %H:%M": 31, "%Y-%m-%d %H:%M:%S": 16, "%Y-%m-%d": 7})
    stamp = made if generated else moment
    tag = stamp.strftime("%Y-%m-%d %H:%M:%S" if name.startswith("ucap") else form)
    others = f"<meta name='others' content='页面生成时间 {tag}'>" if name.startswith("ucap") else ""
    iso = tag.replace(" ", "T")
    value = {10: iso, 16: f"{iso}:00+08:00", 19: f"{iso}+08:00"}[len(tag)]
    if truth.published_at is None:
        truth.published_at = ANY if generated else value
    elif not generated and len(tag) > 10:
        truth.published_at += f"|{value}"  # the same moment, said more or less exactly
    host, quote = paper.slots["host"], words.r.choice("\"'")
    domain = words.r.choice([host, host, host, f"http://{host}", f"https://{host}/", f"{host},old.{host}"])
    owner = truth.source or source
    if truth.source is None:
        truth.source = owner
    elif words.chance(0.04):
        owner = f"{words.county}人民政府办公室"
    rows = {
        "SiteName": paper.slots["site_name"], "SiteDomain": domain, "SiteIDCode": paper.slots["code"], "ColumnName": paper.section,
        "ColumnType": words.r.choice([paper.section, "政务类", "公开", "9"]), "ArticleTitle": truth.title, "PubDate": tag, "ContentSource": owner,
        "Author": words.r.choice(["信息发布员", "系统管理员", ""]), "Description": "", "Keywords": "",
    }  # fmt: skip
    if truth.kind == "listing":
        rows = {k: v for k, v in rows.items() if k not in ("ArticleTitle", "PubDate", "ContentSource")}
    truth.tags["tag date"] = "generated" if generated else "day only" if len(tag) == 10 else "same"
    return "\n".join(f"<meta name={quote}{k}{quote} content={quote}{v}{quote}>" for k, v in rows.items()) + others
