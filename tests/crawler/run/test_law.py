"""The law: exit 0 means that everything a site lists is there, held against the server's own truth; a fault is never ok.

All sites of a test are crawled by one command: a fault costs one more small site, not one more process.
"""

import gzip
import json
import random
import re
from urllib.parse import urlsplit

import pytest
from support.running import SOAK, fangtan
from support.sites import family_sites, odd_sites
from support.sites.nation import Town, page

from archive.history.account_file import read_account
from archive.warc.exchange import ROLE
from archive.warc.records import iterate
from crawler.demo.county import DemoSite, Reply
from crawler.demo.server import County

pytestmark = pytest.mark.long

SEEDS = range(40) if SOAK else range(2)
HOME = Reply(
    b"<html><meta charset=utf-8><title>x</title><body>" + "<a href='/x'>新闻动态</a>".encode() * 20 + b"</body></html>"
)
BETS = "<h1>金沙娱乐城</h1>" + "<p>百家乐、老虎机、真人荷官，注册送彩金八十八元，存一百送一百，提款秒到账。</p>" * 20


def town():
    """A site of nine talks on three list pages, as plain replies: a test may replace any of them."""
    made, site = Town("律令县", talks=9, per_page=3), DemoSite("律令县")
    paths = [made.section, *(f"{made.section}index_{n}.html" for n in (1, 2)), *(made.path(n) for n in range(9))]
    site.replies = {path: made.reply(path) for path in paths}
    site.replies["/"] = page("律令县", "首页", f"<a href='{made.section}'>在线访谈</a>")
    return site


def talks_of(site):
    return sorted(
        path
        for path, reply in site.replies.items()
        if "<h1>" in reply.body.decode() and "主持人" in reply.body.decode()
    )


def lists_of(site):
    """List pages but the first one, which a site cannot lack without lacking everything."""
    return [path for path in site.replies if path.startswith("/hdjl/zxft/index_")]


def status(site, choose):
    path = choose(talks_of(site) + lists_of(site))
    site.replies[path] = Reply(b"<h1>x</h1>", status=choose([404, 410, 500]))


def empty(site, choose):
    site.replies[choose(talks_of(site) + lists_of(site))] = Reply(b"")


def truncated(site, choose):
    """A body whose coding breaks off in the middle."""
    path = choose(talks_of(site) + lists_of(site))
    body = gzip.compress(site.replies[path].body, mtime=0)
    site.replies[path] = Reply(body[: len(body) // 2], headers=(("Content-Encoding", "gzip"),))


def swapped(site, choose):
    one, other = choose([(a, b) for a in talks_of(site) for b in talks_of(site) if a != b])
    site.replies[one] = site.replies[other]


def home(site, choose):
    site.replies[choose(talks_of(site))] = HOME


def sent_home(site, choose):
    site.replies[choose(talks_of(site))] = Reply(b"", status=302, headers=(("Location", "/"),))


def placeholder(site, choose):
    path = choose(talks_of(site))
    title = re.search("<h1>(.*?)</h1>", site.replies[path].body.decode())[1]
    site.replies[path] = page("律令县", title, f"<h1>{title}</h1><div id='zoom'>正在加载，请稍候……</div>")


def bets(site, choose):
    site.replies[choose(talks_of(site))] = page("律令县", "x", BETS)


def repeated_list(site, choose):
    """A list page shows another one's entries."""
    one, other = choose([tuple(lists_of(site)), tuple(reversed(lists_of(site)))])
    site.replies[one] = site.replies[other]


def no_entries(site, choose):
    site.replies[choose(lists_of(site))] = page("律令县", "在线访谈", "<h2>在线访谈</h2><ul></ul>")


def years_behind_a_script(site, choose):
    """Earlier years are chosen in a way that nobody understands."""
    del choose
    path = "/hdjl/zxft/"
    options = "".join(f"<option value={year}>{year}年</option>" for year in (2024, 2023))
    select = f"<select onchange='app.show(this.value)'>{options}</select></body>"
    site.replies[path] = Reply(site.replies[path].body.replace(b"</body>", select.encode()))


FAULTS = (
    years_behind_a_script,
    status,
    empty,
    truncated,
    swapped,
    home,
    sent_home,
    placeholder,
    bets,
    repeated_list,
    no_entries,
)


def truth(site, report, account):
    """What a balanced account says against what the server has: every talk is an interview, every address one line."""
    there = set(talks_of(site))
    found = {
        urlsplit(line.url).path + (f"?{q}" if (q := urlsplit(line.url).query) else "")
        for line in account.lines
        if line.uid
    }
    assert there <= found, (report["site"], there - found)
    assert report["seen"] == len(there)
    assert len({line.key for line in account.lines}) == len(account.lines)


def move(site, lost=()):
    """The section has another address from now on, its talks have others, too; the old one of the section leads there."""
    old, new = "/hdjl/zxft/", "/hd/ft/"
    talks, lists = talks_of(site), [old, *lists_of(site)]
    for path in (*talks, *lists):
        body = site.replies.pop(path).body.decode()
        for gone in lost:
            body = re.sub(f"<li><a href='{gone}'.*?</li>", "", body)
        site.replies[path.replace(old, new)] = Reply(body.replace(old, new).encode())
    site.replies[old] = Reply(b"", status=301, headers=(("Location", new),))


def crawled(sites, collection, *options, post=family_sites.post):
    with County(sites, post) as county:
        result = fangtan(
            "crawl",
            "--delay",
            "0",
            "--json",
            *options,
            *county.urls,
            collection=collection.root,
            timeout=3000 if SOAK else 300,
        )
    assert len(result.rows) == len(sites), result.err
    return list(zip(sites, result.rows, strict=True))


def test_what_is_ok_is_there(collection):
    """The families' sites name one dead entry each: it alone is missing, and each says so."""
    built = [family_sites.build(name) for name in (family_sites.LIST if SOAK else list(family_sites.LIST)[::3])]
    reports = crawled([town(), *built], collection)
    assert len(reports) == 1 + len(built) > 1
    for site, report in reports:
        account = read_account(collection, report["run"])
        assert (report["exit_code"] == 0) == report["account"]["balanced"] == account_is_whole(account), report[
            "reason"
        ]
        truth(site, report, account)
        dead = [line for line in account.lines if not line.accounted]
        assert all(line.title == "已经删除的一期访谈" for line in dead), report["reason"]


def account_is_whole(account):
    return all(line.accounted for line in account.lines) and all(
        page.outcome in ("read", "end") for page in account.pages
    )


def test_odd_sites_balance(collection):
    reports = crawled([build() for build in odd_sites.SITES], collection, post=odd_sites.post)
    assert len(reports) == len(odd_sites.SITES) > 0
    for site, report in reports:
        assert report["exit_code"] == 0, report
        truth(site, report, read_account(collection, report["run"]))


@pytest.mark.slow
def test_a_fault_is_never_ok(collection):
    made = []
    for seed in SEEDS:
        for fault in FAULTS:
            site = town()
            fault(site, random.Random(f"{seed} {fault.__name__}").choice)
            made.append((f"{fault.__name__} {seed}", site))
    reports = crawled([site for _, site in made], collection)
    assert len(reports) == len(SEEDS) * len(FAULTS) > 0
    for (name, _), (_, report) in zip(made, reports, strict=True):
        assert report["exit_code"] == 3, (name, report["verdict"], report["account"])
        assert report["reason"], name
        assert report["fix"], (name, report["account"])


def test_the_second_day(collection):
    """Pages that were there: gambling, the home page, a list that shrank; what is missing is asked for again, and only that by a patch."""
    sites = {name: town() for name in ("bets", "home", "shrunk", "swapped", "broken", "still", "moved", "lost")}
    broken = talks_of(sites["broken"])[4]
    whole = sites["broken"].replies[broken]
    sites["broken"].replies[broken] = Reply(b"", status=500)
    with County(list(sites.values()), family_sites.post) as county:
        urls = dict(zip(sites, county.urls, strict=True))

        def crawl(*options, of=tuple(sites)):
            result = fangtan(
                "crawl",
                "--delay",
                "0",
                "--json",
                *options,
                *(urls[n] for n in of),
                collection=collection.root,
                timeout=300,
            )
            return dict(zip(of, result.rows, strict=True)), result

        first, _ = crawl()
        assert {name: r["exit_code"] for name, r in first.items()} == {**dict.fromkeys(sites, 0), "broken": 3}
        for path in talks_of(sites["bets"]):
            sites["bets"].replies[path] = page("律令县", "x", BETS)
        sites["home"].replies[talks_of(sites["home"])[3]] = HOME
        one, other = talks_of(sites["swapped"])[:2]
        sites["swapped"].replies[one] = sites["swapped"].replies[other]
        for number in (1, 2):
            sites["shrunk"].replies[f"/hdjl/zxft/index_{number}.html"] = Reply(b"", status=404)
        start = sites["shrunk"].replies["/hdjl/zxft/"]
        text = re.sub("<script>.*?</script>", "", start.body.decode())
        sites["shrunk"].replies["/hdjl/zxft/"] = Reply(text.encode())
        sites["broken"].replies[broken] = whole
        move(sites["moved"])
        move(sites["lost"], lost=talks_of(sites["lost"])[::2][:4])
        second, _ = crawl("--recheck", of=("bets", "home", "shrunk", "swapped", "still", "moved", "lost"))
        fine = {"still": 0, "moved": 0}
        assert {name: r["exit_code"] for name, r in second.items()} == {**dict.fromkeys(second, 3), **fine}
        (remark,) = second["moved"]["account"]["remarks"]
        assert f"to {urls['moved']}hd/ft/, and was read there" in remark
        assert "4 of 9 " in second["lost"]["reason"]
        assert second["bets"]["seen"] == 0
        patched, result = crawl("--patch", of=("broken",))
        assert result.code == 0, patched["broken"]["account"]
        assert patched["broken"]["pages"] == 1, "nothing but what was missing"
        assert patched["broken"]["seen"] == 9
        run = patched["broken"]["run"]
        shown = fangtan("runs", run, "--account", collection=collection.root)
        assert broken in shown.out
        data = json.loads(fangtan("runs", run, "--account", "--json", collection=collection.root).out)
        assert len(data["lines"]) == 9
        assert all(line["capture"] for line in data["lines"])
        files = fangtan("runs", run, "--account", "--into", collection.root / "tables", collection=collection.root)
        assert len(files.out.split()) == 2
        assert broken in (collection.root / "tables" / f"{run}-entries.txt").read_text("utf-8")


def test_a_page_asked_for_as_a_list_is_never_an_interview(collection):
    """A list page in whose place a talk comes: neither the crawl nor a rebuild takes it for an interview."""
    site = town()
    path = talks_of(site)[0]
    site.replies["/hdjl/zxft/index_1.html"] = Reply(
        site.replies[path].body.replace("县水务局".encode(), "县教育局".encode())
    )
    ((_, report),) = crawled([site], collection)
    assert report["exit_code"] == 3
    assert report["interviews"] == 6
    records = [record for warc in collection.warcs() for record in iterate(warc) if record.type == "response"]
    said = {urlsplit(record.target).path: record.get(ROLE) for record in records}
    host = urlsplit(report["section"][0]).netloc
    assert said["/"] == "seed"
    assert said["/hdjl/zxft/"] == "list 1"
    assert said["/hdjl/zxft/index_1.html"] == f"list 2; of=//{host}/hdjl/zxft/"
    assert re.fullmatch(rf"detail; of=//{host}/hdjl/zxft/(?:index_2\.html)?", said[path])
    assert fangtan("rebuild", collection=collection.root).code == 0
    assert len(fangtan("search", "--json", "县教育局", collection=collection.root).rows) == 0
