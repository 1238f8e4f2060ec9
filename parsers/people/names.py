"""Guests, titles and names: a grammar of positions, no language model.

Measured (27 of 28 names against 12 for a segmenter and 20 for a tagger): where a name stands, after a title, before a
bracket, at the end, says more than what it looks like.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

from parsers.page.text import BLANK, fold, squeeze
from parsers.patterns import compiled
from parsers.record import Guest
from parsers.words import one_of, pattern, words


def _words(name: str) -> list[str]:
    """The blank-separated words of a data file, comments left out."""
    text = files("parsers").joinpath(f"data/{name}").read_text("utf-8")
    return [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]


_CORES = words("POST")
TITLES = frozenset(_CORES)
_NOT_NAMES = frozenset(_words("not_names.txt"))
_PREFIX = (
    "(?:审判委员会|检察委员会|审委会|检委会|理事会|监事会|董事会|党委|党组|党工委|党总支|党支部|支部|分党组|机关党委|常务|执行|资深|署理|一级|二级|三级|四级|高级|首席|第一|专职|兼职|原|副|总"
    "|(?<![一二三四五六七八九十\\d])代理?|兼|老|[县市省州乡镇村区]级|助理|正科级|副科级|正县级|副县级|党委副|党组副|党委委员){0,4}"
)
CORE = one_of(_CORES)
GIVEN = r"[\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002ffff\ue000-\uf8ff]"
#: A single title with its rank words: 党组成员, 四级调研员, 副局长.
TITLE = rf"(?:{_PREFIX}{CORE})"
#: 县委书记 is one title; an office of the government has its own name: 县政府|新闻发言人.
_BODY = "(?!.*发言人)(?:县委|市委|区委|州委|省委|旗委|盟委|镇党委|乡党委|街道党工委|党组|党委|纪委|县纪委)"
TITLE_FULL = compiled(rf"^{_BODY}?(?:{TITLE})(?:\(?(?:主持工作|兼|挂职)\)?)?$")
_TITLED = compiled(rf"^{TITLE}(?={GIVEN})")
TITLE_END = compiled(rf"{TITLE}$")
#: Where an organisation's name may end.
ORGANISATION_END = (
    "局|委|委员会|办|办公室|院|厅|部|中心|政府|公司|集团|银行|支行|分行|联社|学校|中学|小学|大学|学院|幼儿园|医院|卫生院|法院|检察院|站|所|队|大队|支队|总队|中队|会|协会|联合会|工会|妇联|团委|"
    "管理段|残联|庭|科协|文联|侨联|工商联|红十字会|管委会|街道办|街道|镇|乡|村|社区|县|市|区|处|科|股|室|组|社|台|馆|园|场|厂|库|网|署|店|民宿|基地|工坊"
    "|党校|税务局|公积金|司|系|管理处|服务中心|分局|人社|开发区"
)
ORG_END = compiled(rf"(?:{ORGANISATION_END})$")
_DOTTED = compiled(rf"^{GIVEN}{{2,8}}(?:·{GIVEN}{{1,8}}){{1,3}}$")
_MASKED = compiled(rf"^{GIVEN}{{1,2}}(?:[*×XＸ某]{{1,2}})$")


@cache
def _surnames() -> tuple[frozenset[str], frozenset[str]]:
    text = files("parsers").joinpath("data/surnames.txt").read_text("utf-8")
    single = "".join(line for line in text.splitlines() if not line.startswith(("#", "@", "+", "~", "%")))
    double = [name for line in text.splitlines() if line.startswith("@") for name in line[1:].split()]
    return frozenset(single), frozenset(double)


@cache
def _unit_name() -> re.Pattern[str]:
    """Tibetan and Mongolian names, which have no surname: two or more known units, or one with a short ending."""
    text = files("parsers").joinpath("data/surnames.txt").read_text("utf-8")
    words = [name for line in text.splitlines() if line.startswith("+") for name in line[1:].split()]
    unit = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return compiled(
        rf"(?:{unit}){{2,3}}|(?:{unit})[措草吉毛加杰本甲姐]|(?=.{{3,}})(?:{unit})|(?:扎西|卓玛|才让|格桑|达瓦|尼玛|多杰|洛桑|次仁|央金)"
    )


@cache
def sounds() -> frozenset[str]:
    """The characters that write the sounds of Uyghur and Kazakh names."""
    return _marked("~")


@cache
def steppe_name() -> re.Pattern[str]:
    """Names of four and more characters, all of which write sounds of Uyghur, Kazakh, Mongolian and Tibetan names."""
    known = sounds() | _marked("%") | _marked("+") - {" "}
    return compiled(f"[{''.join(sorted(known))}]{{4,8}}")


def _marked(sign: str) -> frozenset[str]:
    """The characters in the lines of the surnames' file that begin with a sign."""
    text = files("parsers").joinpath("data/surnames.txt").read_text("utf-8")
    return frozenset("".join(line[1:].strip() for line in text.splitlines() if line.startswith(sign)))


def is_surname(name: str) -> bool:
    """Whether two characters are a compound surname: 司马副主任 is called by it."""
    return name in _surnames()[1]


def surname_of(name: str) -> str | None:
    """The surname a name begins with (compound ones first), or ``None``."""
    single, double = _surnames()
    if name[:2] in double and len(name) > 2:
        return name[:2]
    return name[:1] if name[:1] in single else None


#: Characters that sentences are made of and names are not.
_FUNCTION = compiled(r"[的了是为您我你们在与和有就也都请将把被从对这那着过及等好各谢迎见没]|大家|情况|工作|介绍|问题")


@lru_cache(maxsize=8192)
def is_name(text: str, *, strict: bool = True) -> bool:
    """Whether a string can be a person's name.

    :param strict: the first character must be a surname; otherwise two to four Han characters suffice (the position
        already says that a name stands here)
    """
    name = squeeze(fold(text))
    if _DOTTED.match(name):
        return not _TITLED.match(name)
    if _MASKED.match(name) and surname_of(name):
        return True
    if not re.fullmatch(rf"{GIVEN}{{2,8}}", name) or (strict and name in _NOT_NAMES):
        return False
    if len(name) > 4:
        return bool(_unit_name().fullmatch(name) or steppe_name().fullmatch(name))
    if TITLE_FULL.match(name) or TITLE_END.search(name):
        return False
    if _unit_name().fullmatch(name):
        return True
    return not _TITLED.match(name) and _has_form(name, strict=strict)


def is_word_and_name(text: str) -> bool:
    """Whether an ordinary word could be a person's name, too: 江河, 高山."""
    return text in _NOT_NAMES and is_name(text, strict=False)


_PLACE_ENDS = frozenset("局委办厅部署县市区乡镇村处科股室院校站所")


def _has_form(name: str, *, strict: bool) -> bool:
    """Whether two to four characters begin with a surname, and end as no office or place does."""
    surname = surname_of(name)
    if surname is None:
        return not strict and not ORG_END.search(name) and not _FUNCTION.search(name)
    if not strict:
        return True
    if len(name) == 4 and len(surname) == 1:
        return False
    return not (len(name) > 2 and name[-1] in _PLACE_ENDS and ORG_END.search(name[1:]))


def split_post(text: str) -> tuple[str | None, str | None]:
    """``ORG? TITLE(、TITLE)*`` taken apart: organisation, title (as printed, separators included)."""
    post = text.strip(BLANK + "、,，:：;；")
    cut = _title_at(fold(post))
    organisation = _OWNS.sub("", post[: len(post) if cut is None else cut].strip(BLANK + "、,，"))
    if cut and organisation and _LEAD_OF_OFFICE.match(fold(post), cut) and not ORG_END.search(fold(organisation)):
        return post[: cut + 1], post[cut:].strip(BLANK)
    if cut and (end := _office_end(fold(organisation))):
        return organisation[:end], post[end:].strip(BLANK)
    if cut is not None and _is_of_no_office(post, cut):
        return None, post
    title = None if cut is None else post[cut:].strip(BLANK) or None
    return (None, title) if title and fold(organisation) in _BARE else (organisation or None, title)


def _is_of_no_office(post: str, cut: int) -> bool:
    """Whether the words before a title say of what it is, not of which office."""
    return _OF_NO_OFFICE.match(fold(post), cut) is not None and not ORG_END.search(fold(post[:cut]).rstrip(" 、,"))


def _office_end(organisation: str) -> int | None:
    """Where an office ends that words of its post follow: ``县市场监督管理局|食品安全``, ``教学点|“走教”``; else ``None``."""
    if quoted := _QUOTED_END.search(organisation):
        return quoted.start()
    if ORG_END.search(organisation):
        return None
    ends = [m.end() for m in _OFFICE_END.finditer(organisation) if m.start()]
    return ends[-1] if ends else None


#: Behind an area the words in quotes are a name: 县“蓝天”救援队.
_QUOTED_END = pattern(r"(?<=..)(?<!{AREA_END}){IN_QUOTES}$")
_OWNS = pattern("(?<=.){OF}$")
_LEAD_OF_OFFICE = pattern("{LEAD_OF_OFFICE}")
_OFFICE_END = pattern("{OFFICE_END}")
_BARE = frozenset(words("BARE_OFFICE"))
#: 省级剪纸代表性传承人: the words before it say of what, not of which office.
_OF_NO_OFFICE = pattern("{OF_NO_OFFICE}")


def _title_at(post: str) -> int | None:
    """Where the title begins in a folded post; ``None`` when it holds none."""
    items = [m.span() for m in re.finditer(r"[^、,，\s]+", post)]
    if not items:
        return None
    start, end = items[0]
    first = post[start:end]
    if TITLE_FULL.match(first) or _ENTITLED.fullmatch(first):
        return start
    for at in range(1, len(first)):
        if _ENTITLED.fullmatch(first, at) and not _cuts_word(first, at):
            return start + at
    # The first item is an organisation of its own: 县司法局 副局长
    for start, end in items[1:]:
        item = post[start:end]
        if TITLE_FULL.match(item):
            return start
        for at in range(1, len(item)):
            if re.fullmatch(TITLE, item[at:]):
                return start + at
    match = TITLE_END.search(post)
    return match.start() if match else None


_ENTITLED = compiled(rf"{TITLE}{{1,3}}(?:兼.{{1,40}})?")


def _cuts_word(text: str, at: int) -> bool:
    """Whether a split at ``at`` would end the organisation before its own last word (``交警大|队长``)."""
    return text[at] == "队" and not ORG_END.search(text[:at]) and bool(re.search(r"[大支总中]$", text[:at]))


def introduced(name: str, text: str) -> Guest | None:
    """The post that is before (or, in brackets, behind) a known speaker's name anywhere in a text.

    :returns: a guest with a title, ``None`` when the text does not introduce the name
    """
    folded = fold(text[:4000])
    for match in re.finditer(re.escape(fold(name)), folded):
        bracket = _BEHIND.match(folded, match.end())
        if bracket and TITLE_END.search(bracket["post"]):
            return Guest(name, *split_post(text[bracket.start("post") : bracket.end("post")]))
        before = _BEFORE.search(folded[max(0, match.start() - 60) : match.start()])
        if before and TITLE_END.search(before["post"].rstrip()):
            start = max(0, match.start() - 60) + before.start("post")
            post = _LEADS_IN.split(text[start : match.start()])[-1]
            while "、" in post and is_name(post.split("、", 1)[0]):  # another person, named before
                post = post.split("、", 1)[1]
            organisation, title = split_post(post)
            if title:
                return Guest(name, organisation, title)
    return None


_LEADS_IN = compiled(r"邀请到?了?|请到了?|请来了?|有请|的是|嘉宾是|分别是|图为|专访|采访了?|我是|我叫")
_BEHIND = compiled(r"\s{0,8}[(（【](?P<post>[^()（）【】]{2,40})[)）】]")
_BEFORE = compiled(
    r"(?:^|[,，。;；:：!！?？\s“”\"《》()（）【】\[\]]|邀请到?了?|请到?了?|请来了?|的?嘉宾是|的是|有请|欢迎|感谢|专访|采访|对话|访|到|和|与|日|午)"
    r"(?P<post>(?:[^,，。;；:：!！?？\s“”\"《》()（）【】\[\]、]{2,30}?、)*[^,，。;；:：!！?？\s“”\"《》()（）【】\[\]、]{2,30}\s?)$"
)
