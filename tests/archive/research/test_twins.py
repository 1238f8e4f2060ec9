"""Talks printed twice with a difference: shown for review, never joined."""

import asyncio

from support.running import fangtan
from support.sites.family_sites import page

from archive.collection.folder import Collection
from archive.research.twins import near_matches
from archive.store.store import open_reader
from archive.web.serve import application
from crawler.demo.county import DemoSite
from crawler.demo.server import County

ANSWERS = [
    "全县今年计划改造老旧小区十二个，涉及居民两千三百户，目前已经开工九个。",
    "改造内容包括屋面防水、外墙保温、雨污分流和加装充电桩，由居民投票决定先后。",
    "居民出资部分按每户建筑面积计算，困难家庭由财政全额补助，不收任何费用。",
]
OTHERS = [
    "今年的春季植树面积是一万二千亩，主要集中在北部沙区和两条河的沿岸。",
    "义务植树可以认养，也可以捐资，单位和个人都可以到林草局现场登记办理。",
    "成活率由第三方在秋季核查，达不到标准的地块要求施工单位免费补植补造。",
]


def talk(title, day, guest, answers):
    turns = "".join(
        f"<p>主持人：请介绍第{n}个方面的情况。</p><p>{guest[-3:]}：{a}</p>" for n, a in enumerate(answers, 1)
    )
    body = f"<h1>{title}</h1><p>访谈时间：{day}</p><p>访谈嘉宾：{guest}</p>{turns}"
    return page(title, f"<div class='TRS_Editor'>{body}</div>")


def test_a_copy_with_another_date_or_guest_is_shown_and_nothing_else(tmp_path):
    site = DemoSite("青石县")
    pages = {
        "/zxft/1.html": talk("老旧小区改造访谈", "2024年3月5日", "县住建局局长周立民", ANSWERS),
        "/zxft/2.html": talk(
            "老旧小区改造在线访谈", "2024年3月15日", "县住建局局长周立民", ANSWERS
        ),  # the copy's date differs
        "/zxft/3.html": talk(
            "周立民谈小区改造",
            "2024年3月5日",
            "县住建局局长周立民",
            ["大家好，我来回答网友的提问，感谢各位的关注和支持。", *ANSWERS[1:]],
        ),
        "/zxft/4.html": talk("春季植树访谈", "2024年3月5日", "县林草局局长韩春晖", OTHERS),
        "/zxft/5.html": talk(
            "秋季植树访谈", "2024年9月5日", "县林草局局长韩春晖", [o.replace("春", "秋") + "另有安排。" for o in OTHERS]
        ),
    }
    site.replies |= pages
    site.replies["/"] = page("首页", "<a href='/zxft/'>在线访谈</a>")
    site.replies["/zxft/"] = page("在线访谈", "<ul>" + "".join(f"<li><a href='{p}'>访谈实录第{p[6]}期</a> 2024-03-0{p[6]}</li>" for p in pages) + "</ul>")  # fmt: skip
    collection = Collection(tmp_path / "c").create()
    with County([site], lambda *_: None) as county:
        result = fangtan("crawl", "--delay", "0", "--json", county.urls[0], collection=collection.root)
    assert (result.code, result.rows[0]["interviews"]) == (0, 5), result
    db = open_reader(collection.store)
    urls = {uid: url[-6] for uid, url in db.execute("SELECT uid, url FROM interviews")}
    found = {(frozenset((urls[p.first], urls[p.second])), p.common) for p in near_matches(db)}
    db.close()
    assert found == {(frozenset("12"), 1.0), (frozenset("13"), 0.67), (frozenset("23"), 0.67)}
    shown = asyncio.run(application(collection).client.get("/review?lang=en")).text
    assert "Perhaps one talk printed twice" in shown
    assert 'data-name="turns in common">67 %</td>' in shown
