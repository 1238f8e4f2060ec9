"""Recurrence over a site's interviews: a new brand, once a page, in three pages."""

import json

import pytest
from support.running import fangtan

from archive.collection.folder import Collection
from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County

pytestmark = pytest.mark.long


def site(sentences):
    made = DemoSite("青石县")
    rows = ""
    for n, sentence in enumerate(sentences):
        path = f"/zxft/t20230510_90000{n}.html"
        made.replies[path] = Reply(
            f"<html><head><meta charset=utf-8></head><body><h1>青石访谈第{n}期</h1><div>发布时间：2023-05-1{n}</div><div class=con><p>访谈嘉宾：县水务局局长丁一</p><p>主持人：第{n}问，请讲。</p><p>丁一：第{n}答。{sentence}</p><p>主持人：谢谢。</p></div></body></html>".encode()
        )
        rows += f"<li><a href='{path}'>青石访谈第{n}期</a>2023-05-1{n}</li>"
    made.replies["/zxft/"] = Reply(
        f"<html><head><meta charset=utf-8><title>在线访谈</title></head><body><ul>{rows}</ul></body></html>".encode()
    )
    made.replies["/"] = Reply(
        "<html><head><meta charset=utf-8></head><body><a href='/zxft/'>在线访谈</a></body></html>".encode()
    )
    return made


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        (["县里印发了《云端星耀推进改革的意见》。", "按照《云端星耀加强管理的办法》。", "落实《云端星耀促进就业的方案》。"], [("云端星耀", "slot", 3)]),
        (["县里印发了《关于推进改革的意见》。", "按照《青石县加强管理的办法》。", "落实《青石县促进就业的方案》。"], []),
        (["《开云体育官网加强管理的办法》。", "无。", "无。"], [("开云体育官网", "flagged", 1)]),
    ],
)  # fmt: skip
def test_what_one_page_cannot_prove(tmp_path, sentences, expected):
    collection = Collection(tmp_path / "c").create()
    with County([site(sentences)], lambda *_: None) as county:
        fangtan("crawl", "--delay", "0", county.urls[0], collection=collection.root)
    result = fangtan("tamper", "--json", collection=collection.root)
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [(r["text"], r["rule"], r["interviews"]) for r in rows] == expected
    assert result.code == (4 if expected else 0)
    unknown = fangtan("tamper", "--site", "nowhere", collection=collection.root)
    assert (unknown.code, "no such site" in unknown.err) == (2, True)
