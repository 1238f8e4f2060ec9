"""How fast pages are read, against a bare lxml parse and against general extractors, on the same pages in one run.

    python benchmarks/parse.py [PAGES] [ROUNDS]

Extractors that are not installed are left out: ``pip install trafilatura readability-lxml gne newspaper4k jieba``, best in an
environment of their own. None of them gives interview time, guests,
theme or turns: the comparison says what our reading costs, not that they do the same.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from lxml import html
from support.corpora.wild import make

import parsers

URL = "http://www.qinghe.example/zxft/1.html"
LINKS = "".join(
    f'<li class="item n{n}"><a href="/zwgk/c{n}/index.html" title="政务公开栏目{n}">政务公开栏目{n}</a></li>'
    for n in range(120)
)
NEWS = "".join(
    f'<li><a href="/xw/202301/t202301{n:02d}_{n}.html">全县重点工作推进会议召开第{n}次</a><span>2023-01-{n:02d}</span></li>'
    for n in range(1, 29)
)
SCRIPT = (
    "<script>"
    + "function menu(i){var a=document.getElementById('m'+i);if(a){a.style.display='block';}}\n" * 60
    + "</script>"
)
STYLE = "<style>" + ".nav li a{color:#333;font-size:14px;line-height:30px;padding:0 10px}\n" * 60 + "</style>"


def pages(count: int) -> list[bytes]:
    """Talks of the second corpus inside the weight of a county portal's template."""
    made = []
    for number in range(count):
        text = make("dev", 77, number).data.decode()
        text = text.replace("</head>", f"{STYLE}{SCRIPT}</head>", 1)
        text = text.replace("<body>", f'<body><div class="nav"><ul>{LINKS}</ul></div>', 1)
        made.append(
            text.replace("</body>", f'<div class="footer links"><ul>{NEWS}</ul></div>{SCRIPT}</body>', 1).encode()
        )
    return made


def peers() -> dict[str, Callable[[bytes], object]]:
    """What there is to compare with; what is not installed is left out."""
    found: dict[str, Callable[[bytes], object]] = {
        "lxml": html.document_fromstring,
        "fangtan": lambda data: parsers.parse([parsers.Payload(URL, data, "text/html")]),
    }
    for name, make_call in (
        ("trafilatura", _trafilatura), ("readability-lxml", _readability), ("gne", _gne), ("newspaper4k", _newspaper),
    ):  # fmt: skip
        with contextlib.suppress(ImportError):
            found[name] = make_call()
    return found


def _trafilatura() -> Callable[[bytes], object]:
    extract = import_module("trafilatura").bare_extraction
    return lambda data: extract(data.decode(), with_metadata=True)


def _readability() -> Callable[[bytes], object]:
    document = import_module("readability").Document
    return lambda data: (made := document(data.decode()), made.title(), made.summary())


def _gne() -> Callable[[bytes], object]:
    extractor = import_module("gne").GeneralNewsExtractor()
    return lambda data: extractor.extract(data.decode())


def _newspaper() -> Callable[[bytes], object]:
    article_class = import_module("newspaper").Article
    import_module("jieba")

    def read(data: bytes) -> object:
        article = article_class(URL, language="zh")
        article.download(input_html=data.decode())
        article.parse()
        return article.text

    return read


def best(call: Callable[[bytes], object], made: list[bytes], rounds: int) -> float:
    """Seconds a page, the fastest of some rounds over all pages."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        for data in made:
            call(data)
        times.append(time.perf_counter() - started)
    return min(times) / len(made)


def main() -> int:
    """Print a table of times and ratios."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    made = pages(count)
    print(f"{count} pages of {sum(map(len, made)) // count} bytes, best of {rounds} rounds")
    times = {name: best(call, made, rounds) for name, call in peers().items()}
    for name, seconds in sorted(times.items(), key=lambda pair: pair[1]):
        print(
            f"  {name:18} {seconds * 1000:8.3f} ms a page   {times['lxml'] / seconds:6.3f} × lxml   {times['fangtan'] / seconds:6.2f} × fangtan"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
