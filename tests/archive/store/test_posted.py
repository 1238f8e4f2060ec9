"""A capture known by method and body wakes the pages that ask for it, whichever comes first and in whichever batch."""

import json
from itertools import permutations

import pytest
from support.shapes import HTML, OK, answer, identifier, record
from support.talks import rows

from archive.store import batches
from archive.store.indexer import bring_up_to_date
from archive.store.rebuild import rebuild

HOST = "http://a.example.gov.cn"
SAID = [
    {"userName": "主持人", "content": "请问今年全县老旧小区改造的任务是多少？"},
    {"userName": "周立民", "content": "全县今年计划改造老旧小区十二个，已经开工九个。"},
]
ASKED = b"POST /api/talk HTTP/1.1\r\nHost: a.example.gov.cn\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4\r\n\r\nid=1"
SCRIPT = "<div>正在加载，请稍候……</div><script>$.post('/api/talk',{id:1},show)</script>"


def exchange(url, response, request, *, request_first):
    first, second = identifier(), identifier()
    pair = [("response", response, "response"), ("request", request, "request")]
    if request_first:
        pair.reverse()
    return b"".join(
        record(kind, block, HOST + url, type_=f"application/http; msgtype={said}", name=name, **more)
        for (kind, block, said), name, more in zip(
            pair, (first, second), ({}, {"WARC_Concurrent_To": first}), strict=True
        )
    )


def files(request_first):
    title = "<meta charset='utf-8'><title>在线访谈</title><h1>县住建局局长谈老旧小区改造</h1>"
    page = answer(OK, HTML, body=(title + SCRIPT).encode())
    served = answer(OK, b"Content-Type: application/json", body=json.dumps(SAID).encode())
    return {
        "page": exchange("/ft/1.html", page, b"GET /ft/1.html HTTP/1.1\r\n\r\n", request_first=request_first),
        "part": exchange("/api/talk", served, ASKED, request_first=request_first),
    }


@pytest.mark.parametrize("size", [1, 64])
@pytest.mark.parametrize("request_first", [True, False])
@pytest.mark.parametrize("order", list(permutations(["page", "part"])), ids=" ".join)
def test_a_posted_talk_is_its_pages_in_any_order(kept, monkeypatch, order, request_first, size):
    monkeypatch.setattr(batches, "_BATCH", size)
    parts = files(request_first)
    for number, name in enumerate(order):
        (kept.archive / f"{number}.warc").write_bytes(parts[name])
        bring_up_to_date(kept)
    query = "SELECT url, kind, turns FROM interviews LEFT JOIN (SELECT interview, count(*) AS turns FROM turns GROUP BY 1) ON interview = uid"
    found = rows(kept, query)
    assert found == [(f"{HOST}/ft/1.html", "transcript", 2)]
    rebuild(kept)
    assert rows(kept, query) == found
