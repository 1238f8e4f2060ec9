"""What reading a page costs, against a bare lxml parse and against general extractors, on the same pages in one run.

    python benchmarks/parse.py [PAGES] [ROUNDS]

Each round makes pages that no round before it had (other people, addresses and class names): what is kept from one page to the
next helps as much as it does in a crawl, and no more. Processor time is measured, call by call, all readers in turn; the
ratios are medians of the rounds. Peers that are not installed are left out; ``make bench`` installs them. None of them gives
interview time, guests, theme or turns: the comparison says what our reading costs, not that they do the same.
"""

from __future__ import annotations

import contextlib
import random
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from lxml import html
from support.corpora.wild import make

import parsers

Call = Callable[[bytes, str], object]
#: Sizes of pages in bytes: the bare talk in a small frame, and the weight of a county portal's template around it.
SIZES = {"4 kB": 0, "33 kB": 1}
MENU = [
    "走进",
    "政务公开",
    "政务服务",
    "互动交流",
    "专题专栏",
    "招商引资",
    "领导之窗",
    "机构职能",
    "政策文件",
    "政策解读",
    "财政预决算",
    "人事信息",
    "规划计划",
    "统计数据",
    "重点领域",
    "应急管理",
    "行政执法",
    "公共资源",
    "乡村振兴",
    "教育信息",
    "医疗卫生",
    "社会保障",
    "环境保护",
    "食品药品",
    "县长信箱",
    "在线访谈",
    "民意征集",
    "网上调查",
    "咨询投诉",
    "回应关切",
    "通知公告",
    "部门动态",
    "乡镇动态",
    "图片新闻",
    "视频新闻",
    "媒体聚焦",
]
WORDS = [
    "全县",
    "召开",
    "推进",
    "工作",
    "会议",
    "调研",
    "督导",
    "检查",
    "项目",
    "建设",
    "安全",
    "生产",
    "春耕",
    "防汛",
    "教育",
    "医疗",
    "就业",
    "培训",
    "文旅",
    "活动",
    "乡村",
    "产业",
    "基层",
    "治理",
    "服务",
    "群众",
    "志愿",
    "宣传",
    "专题",
    "部署",
]
LINKS = [
    "中国政府网",
    "省人民政府",
    "市人民政府",
    "省发展改革委",
    "省教育厅",
    "省公安厅",
    "省民政厅",
    "市财政局",
    "市水务局",
    "市卫生健康委",
    "市应急管理局",
    "市住建局",
]
STYLE = "".join(f".nav li a.c{n}{{color:#333;font-size:14px;line-height:30px;padding:0 10px}}\n" for n in range(50))
SCRIPT = "".join(f"function menu{n}(i){{document.getElementById('m'+i).style.display='block';}}\n" for n in range(50))


def page(size: int, seed: int, number: int) -> tuple[bytes, str]:
    """A talk of the second corpus inside its county's template, with its address; the same numbers give the same page."""
    rng = random.Random(f"{seed}-{number}")
    host = f"www.county{number % 20}-{seed}.example"
    text = make("dev", 1000 + seed, number).data.decode()
    if size:
        text = text.replace("</head>", f"<style>{STYLE}</style><script>{SCRIPT}</script></head>", 1)
        text = text.replace("<body>", f"<body>{_menu(seed, number % 20, len(MENU))}", 1)
        text = text.replace("</body>", f"{_foot(rng, seed)}</body>", 1)
    else:
        text = text.replace("<body>", f"<body>{_menu(seed, number % 20, 4)}", 1)
    return text.encode(), f"http://{host}/zxft/{2020 + seed % 6}/{seed * 10_000 + number}.html"


def _menu(seed: int, county: int, heads: int) -> str:
    """Search and the menu in two levels: the same on all pages of a county."""
    rng = random.Random(f"menu-{seed}-{county}")
    names = [f"{name}{rng.choice('与及和')}{rng.choice(MENU)}" for name in MENU[:heads] for _ in range(4)]
    items = "".join(
        f'<li class="item n{n}"><a href="/{rng.choice("abcdefgh")}{county}/c{n}/index.html" title="{name}">{name}</a></li>'
        for n, name in enumerate(names)
    )
    return (
        '<div class="top"><form action="/search"><input type="text" name="q"><input type="submit" value="搜索"></form></div>'
        f'<div class="nav menu-{county}"><ul class="first">{items}</ul></div>'
    )


def _foot(rng: random.Random, seed: int) -> str:
    """Other articles, links to other sites, and what every government's footer says."""
    news = "".join(
        f'<li><a href="/xw/{2020 + seed % 6}{rng.randrange(1, 13):02d}/t{rng.randrange(10**7)}.html" title="{title}">{title}</a>'
        f"<span>{2020 + seed % 6}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}</span></li>"
        for title in ("".join(rng.sample(WORDS, 7)) for _ in range(28))
    )
    friends = "".join(f'<a href="http://www.{n}.example/" target="_blank">{name}</a>' for n, name in enumerate(LINKS))
    return (
        f'<div class="side"><h3>最新动态</h3><ul>{news}</ul></div><div class="links">{friends}</div>'
        '<div class="footer"><p>主办：县人民政府办公室　承办：县政务信息中心</p><p>网站标识码：6207240001　备案号：陇ICP备12000001号</p></div>'
    )


def peers() -> dict[str, Call]:
    """What there is to compare with; what is not installed is left out."""
    found: dict[str, Call] = {
        "lxml": lambda data, _: html.document_fromstring(data),
        "fangtan parse": lambda data, url: parsers.parse([parsers.Payload(url, data, "text/html")]),
        "fangtan links": lambda data, url: parsers.links(parsers.Payload(url, data, "text/html")),
        "fangtan both": _both,
    }
    for name, make_call in (
        ("trafilatura", _trafilatura), ("readability-lxml", _readability), ("gne", _gne), ("newspaper4k", _newspaper),
    ):  # fmt: skip
        with contextlib.suppress(ImportError):
            found[name] = make_call()
    return found


def _both(data: bytes, url: str) -> object:
    """Links and record of a page that is opened once."""
    page = parsers.Opened(parsers.Payload(url, data, "text/html"))
    return page.links(), page.record()


def _trafilatura() -> Call:
    extract = import_module("trafilatura").bare_extraction
    return lambda data, url: extract(data.decode(), url=url, with_metadata=True)


def _readability() -> Call:
    document = import_module("readability").Document
    return lambda data, _: (made := document(data.decode()), made.title(), made.summary())


def _gne() -> Call:
    extractor = import_module("gne").GeneralNewsExtractor()
    return lambda data, _: extractor.extract(data.decode())


def _newspaper() -> Call:
    article_class = import_module("newspaper").Article
    import_module("jieba")

    def read(data: bytes, url: str) -> object:
        article = article_class(url, language="zh")
        article.download(input_html=data.decode())
        article.parse()
        return article.text

    return read


def measured(calls: dict[str, Call], size: int, count: int, seed: int) -> dict[str, float]:
    """Processor seconds a page of each reader, over pages of its own round."""
    total = dict.fromkeys(calls, 0.0)
    for number in range(count):
        data, url = page(size, seed, number)
        for name, call in calls.items():
            began = time.process_time()
            call(data, url)
            total[name] += time.process_time() - began
    return {name: seconds / count for name, seconds in total.items()}


def main() -> int:
    """Print a table of times and ratios for each size."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    calls = peers()
    for title, size in SIZES.items():
        measured(calls, size, 5, 0)  # tables and models are loaded
        made = [measured(calls, size, count, seed) for seed in range(1, rounds + 1)]
        weight = sum(len(page(size, 1, number)[0]) for number in range(count)) // count
        print(f"{title}: {rounds} rounds of {count} new pages of {weight} bytes, medians of processor time")
        for name in sorted(calls, key=lambda name: median(times[name] for times in made)):
            seconds = median(times[name] for times in made)
            lxml_share = median(times["lxml"] / times[name] for times in made)
            ours = median(times["fangtan parse"] / times[name] for times in made)
            print(
                f"  {name:18} {seconds * 1000:8.3f} ms a page   {lxml_share:6.3f} × lxml   {ours:6.3f} × fangtan parse"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
