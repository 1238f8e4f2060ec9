"""``replay --check`` lists what the archive cannot answer; over the demo there is nothing."""

import shutil

import pytest
from support.running import SOAK, fangtan
from support.servers.oddserver import OddServer, plain
from support.tools import needs

TALK = "<p>主持人：请介绍第{0}项工作的进展情况。</p><p>李青：第{0}项工作已经完成，下一步继续巩固提升。</p>"

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("pywb"), pytest.mark.long]


def page(number, more=""):
    text = f"<html><head><meta charset='utf-8'><title>访谈</title></head><body><h1>访谈第{number}期</h1>{TALK.format(number)}{more}</body></html>"
    return plain(text.encode())


def test_a_request_without_an_answer_is_listed_and_is_in_the_sites_health(collection):
    needs("pywb")
    rows = "".join(f"<li><a href='/ft/{n}.html'>访谈第{n}期</a><span>2021-12-0{n}</span></li>" for n in (1, 2, 3))
    script = "<script>document.body.appendChild(new Image()).src='/late/'+'9'+'.png'</script>"
    hiding = "<script>document.querySelectorAll('p')[1].remove()</script>"
    table = {
        "/robots.txt": plain(b"", "HTTP/1.1 404 Not Found"),
        "/ft/": plain(f"<meta charset='utf-8'><title>在线访谈</title><ul>{rows}</ul>".encode()),
        "/ft/1.html": page(1, "<img src='/gone.png'>"),
        "/ft/2.html": page(2, script),
        "/ft/3.html": page(3, hiding),
    }
    where = collection.root
    with OddServer(table, close=()) as server:
        site = f"http://127.0.0.1:{server.port}"
        (collection.sites / "yunling.toml").write_text(f'name = "云岭"\nsection = ["{site}/ft/"]\n', "utf-8")
        assert fangtan("crawl", "--delay", "0", "yunling", collection=where).code == 0
    result = fangtan("replay", "--check", "--json", collection=where)
    found = {row["url"].removeprefix(site): row for row in result.rows}
    assert result.code == 3, result.err
    assert found["/ft/2.html"]["missing"] == [f"{site}/late/9.png"]
    assert (found["/ft/1.html"]["missing"], found["/ft/1.html"]["pictures"]) == ([], [f"{site}/gone.png"]), (
        "its 404 is in the archive"
    )
    assert [w[:3] for w in found["/ft/3.html"]["words"]] == ["第3项"]
    (health,) = fangtan("status", "--json", collection=where).rows
    assert any("replay of 20" in line and "3 of 3 pages lack something" in line for line in health["evidence"])
    assert fangtan("replay", "--check", "nobody", collection=where).code == 2


@pytest.mark.slow
def test_a_demo_lacks_nothing(crawled, tmp_path):
    needs("pywb")
    shutil.copytree(crawled.collection.root, tmp_path / "demo")
    sample = 100 if SOAK else 8
    result = fangtan("replay", "--check", "--sample", sample, "--json", collection=tmp_path / "demo", timeout=600)
    assert [row for row in result.rows if row["missing"] or row["pictures"] or row["error"]] == []
    assert len(result.rows) > 5
