"""Who a label may be, by its own words: host, guest, netizen, reporter, narrator."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from parsers.page.text import fold
from parsers.patterns import compiled
from parsers.people.aliases import post_and_name
from parsers.people.names import ORGANISATION_END, TITLE, TITLE_END, is_name
from parsers.words import pattern, source, word_set

_QUOTES = "“”\"'‘’「」"
_ADDRESS = r"(?!.*(?:您好|你好|大家|各位|朋友|们$))"
#: A programme or a house before the role: 《会客厅》主持人, 县电视台主持人.
_OF_HOUSE = source(r"(?:[《“][^《》“”]{1,20}[》”]{BROADCASTER}?|[\u4e00-\u9fff]{2,10}{BROADCASTER})?")
_HOST = compiled(
    rf"^{_ADDRESS}{_OF_HOUSE}(?:访谈|节目|本期|现场|特约|特邀|嘉宾|本台|电视台|男|女)?(?:主持人|主持(?!人)|主播"
    rf"|节目主持人)(?:[A-Da-d甲乙丙丁12])?(?P<verb>提?问|说|答)?(?P<name>\S{{2,8}}(?:[(（]\S{{2,20}}[)）])?)?$"
)
#: ``李青（主持人）``, ``A（记者）``.
_ROLE_BEHIND = compiled(r"^(?P<name>[^()（）]{1,8})[(（](?P<role>主持人|主持|主播|记者|嘉宾|网友|市民)[)）]$")
_NETIZEN = compiled(
    r"^(?P<from>现场|热心|微信|微博|匿名|手机|一位|某|新浪|腾讯|在线|[\u4e00-\u9fff]{0,3})?(?P<word>网友|网民|手机用户|用户|市民代表|群众代表|企业代表"
    r"|家长代表|市民|旅客|观众|听众|群众|村民|居民|热线听众|游客|学生家长|家长|来电人|咨询人|提问人|提问者)(?P<rest>.{0,16})$"
)
_QUOTED = compiled(f"[{_QUOTES}]")
_AFTER_NICK = compiled(r"(?:的?(?:提问|问题|问|说|留言|咨询|反映|来信)|[(（].{0,12}[)）]|[\s_\-·:])*")
_REMARK = compiled(
    r"[(（](?:匿名|化名|来电|电话|短信|微信|现场|热线|提问|留言|[男女]|(?:来电|电话|手机|尾号)?:?\s?[\d*xX×-]{3,20})[)）]$"
)
_PEOPLE = frozenset(["群众", "村民", "居民", "游客", "旅客", "学生家长", "家长", "用户"])
#: 商户小姜, 出租车司机老李: citizens where a surname says that one of them speaks.
_TRADESMAN = pattern(r"^[\u4e00-\u9fff]{0,3}{TRADE}(?P<rest>.{2,6})$")
_PRESENT = compiled(r"现场|热心|微信|微博|匿名|手机|一位|某|在线")
#: Words before 网友 that make it a mention: 刚才网友…问, 有网友, 许多市民.
_MENTIONED = compiled(
    r"[有些多少对让请被给是与和为向由像将把使另也就]|刚才|方才|刚刚|这位|那位|还|广大|各位|个别|部分|据|以上"
)
_NOT_NETIZEN = compiled(
    r"朋友|们|关心|反映|关注|普遍|最|可以|如何|什么|怎么|需要|应当|应该|必须|认为|表示|说$|满意|利益|诉求|办事|生活|提供|带来"
)
_REPORTER = compiled(r"^(?P<outlet>[^有答向对各]{0,16}?)(?:本报|本网|本台)?记者(?P<rest>.{0,10})$")
_QUESTION = pattern(r"^(?:{QUESTION_LABEL}|(?P<citizen>{CITIZEN_LABEL})|{NTH}?{NUMBERED}问){NUMBERED}?$", re.IGNORECASE)
_QUESTION_OF = pattern(r"^{QUESTION_LABEL}{NUMBERED}?[(（](?P<whose>{NETIZENS}[^()（）]{0,12})[)）]$")
_ANSWER = pattern(r"^(?:{ANSWER_LABEL}|{NTH}?{NUMBERED}答){NUMBERED}?$", re.IGNORECASE)
#: 回复@山泉
_REPLY_TO = pattern(r"^{REPLIED}\s?@\S{1,16}$")
_GUEST = compiled(
    r"^(?:众|全体|各位|特邀|现场|访谈|做客|本期|两位|三位|几位)?嘉宾(?:们|[A-Ea-e甲乙丙丁一二三四五\d])?(?P<name>[(（].{2,20}[)）]|\S{2,8})?$"
)
_ANSWERED_BY = compiled(
    rf"^(?:[\u4e00-\u9fff]{{1,16}}(?:{ORGANISATION_END})|[\u4e00-\u9fff]{{0,12}}{TITLE})(?:答复|回复|回答|解答|答)$"
)
_POSTS = 40  # characters of several posts before a name
SPOKESPERSON = compiled(r"(?:新闻发言人|发言人)(?:\S{2,4})?$")
_STUDIO = pattern(r"^{SCENE.room}$")
_NARRATOR = compiled(
    r"^(?:编者按?|旁白|画外音|解说词?|解说[员人]|字幕|短片|VCR|直播员|图文直播|导播|同期声|配音|工作人员|管理员|小编|片头|片尾|短片解说)$",
    re.IGNORECASE,
)
_OPERATORS = word_set("OPERATOR")
_SITE = compiled(r"^[^。,，]{2,24}(?:网|网站|政府网|在线|直播间|频道|客户端)(?:、[^。,，]{2,12}网)*$")
ORGANISATION = compiled(rf"^[\u4e00-\u9fff]{{2,16}}(?:{ORGANISATION_END})$")
#: A house of the press, or a site, that asks: 县日报, 云上广播, 青石网.
OUTLET = pattern(r"^(?:《?[\u4e00-\u9fffA-Za-z]{1,14}{OUTLET}》?|《[\u4e00-\u9fff]{3,10}》)$")
_WEAK_WORDS = word_set("WEAK_ROLE")


@dataclass(frozen=True, slots=True)
class Voice:
    """Who a label may be: role, how sure its form alone makes us, and the full name when known.

    :param asks: it is the label of a question (问, 追问), whoever asks it
    """

    role: str
    strong: bool
    person: str | None = None
    asks: bool = False


def _named(rest: str) -> bool:
    return is_name(rest, strict=False) and rest not in ("提问", "您好", "你好", "介绍", "提示", "寄语", "点评", "开场")


def _netizen(name: str) -> Voice | None:
    trade = _TRADESMAN.match(name)
    if trade and _POLITELY.fullmatch(trade["rest"]):
        return Voice("netizen", True)
    match = _NETIZEN.match(name)
    if not match or _MENTIONED.search(match["from"] or ""):
        return None
    rest = _REMARK.sub("", match["rest"]).strip(_QUOTES + "-_·:")
    quoted = _QUOTED.search(match["rest"]) is not None
    if _is_mention(match["rest"], rest) or (match["word"] == "用户" and not _FIGURE.search(rest)):
        return None
    if match["word"] in ("网友", "网民") or not rest or quoted or _NUMBERED.fullmatch(rest):
        return Voice("netizen", name not in _WEAK_WORDS and not _is_kind_of_people(match))
    return Voice("netizen", True) if _POLITELY.fullmatch(rest) or is_name(rest) else None


def _is_mention(printed: str, rest: str) -> bool:
    """Whether what follows 网友 is no name: 网友“老王”说得对.

    :param rest: without quotes and a remark at its end
    """
    said = _QUOTED.split(printed)
    if len(said) > 1:
        return not _AFTER_NICK.fullmatch(said[-1])
    return len(rest) > 12 or _NOT_NETIZEN.search(rest) is not None


_FIGURE = compiled(r"\d")
_NUMBERED = compiled(r"(?:提问|问|留言)?[\d*]{0,12}|[甲乙丙丁A-Da-d]")
_POLITELY = compiled(
    r"(?:代表)?(?:[\u4e00-\u9fff]{1,3}(?:先生|女士|小姐|同学|大爷|大妈|阿姨|师傅|老师|某+)|[老小][\u4e00-\u9fff]|\S{1,3}[*×]{1,3})"
)


def _is_kind_of_people(match: re.Match[str]) -> bool:
    """普通居民, 困难群众: kinds of people that a list of rules names, unless they are said to be there."""
    return match["word"] in _PEOPLE and bool(match["from"]) and not _PRESENT.fullmatch(match["from"])


@lru_cache(maxsize=8192)
def by_word(name: str, style: str) -> Voice | None:
    """What the label's own words say.

    :param name: the label's fold
    """
    if role := _ROLE_BEHIND.match(name):
        voice = by_word(role["role"], style)
        return voice and (replace(voice, person=role["name"]) if _named(role["name"]) else voice)
    return _host(name) or _question(name) or _guest(name) or _reporter(name) or _narrator(name, style) or _netizen(name)


def _host(name: str) -> Voice | None:
    match = _HOST.match(name)
    if match is None:
        return None
    called = match["name"] or ""
    person = re.sub(r"(?<=.)[(（].*|[()（）]", "", called)
    alone = called in ("", "提问") or re.fullmatch(r"[(（].{1,12}[)）]", called)
    if alone or _named(re.sub(r"[(（].*", "", called)):
        return Voice("host", True, person if _named(person) else None)
    return None


def _question(name: str) -> Voice | None:
    match = _QUESTION.match(name)
    if match is None:
        whose = _QUESTION_OF.match(name)  # 问题二(网友“白云”)
        return by_word(whose["whose"], "colon") if whose else None
    return Voice("netizen" if match["citizen"] else "unknown", name not in _WEAK_WORDS, asks=True)


def _guest(name: str) -> Voice | None:
    """答, 嘉宾, 县水务局回复."""
    if _ANSWER.match(name):
        return Voice("guest", name not in _WEAK_WORDS)
    if _REPLY_TO.match(name):
        return Voice("guest", True)
    guest = _GUEST.match(name)
    if guest and (not guest["name"] or guest["name"][0] in "(（" or _named(guest["name"])):
        return Voice("guest", True, guest["name"])
    return Voice("guest", True) if _ANSWERED_BY.match(name) else None


_ASKS_AS = pattern(r"|提问|问|[(（](?:.{1,10}[)）]|\S{1,3})|[A-Z\d]|{STEM}")


def _reporter(name: str) -> Voice | None:
    if name in word_set("PRESS_LABEL"):
        return Voice("reporter", name not in _WEAK_WORDS)
    match = _REPORTER.match(name)
    if match is None:
        return None
    rest = match["rest"]
    named = re.fullmatch(r"\S{2,4}", rest) and is_name(rest)
    return Voice("reporter", True) if named or _ASKS_AS.fullmatch(rest) else None


def _narrator(name: str, style: str) -> Voice | None:
    """旁白, 演播室, the site itself; a spokesperson, who may ask as well as answer."""
    if SPOKESPERSON.search(name) and len(name) <= _POSTS:
        return Voice("unknown", True)
    if _STUDIO.match(name):
        return Voice("narrator", style in FIRM, asks=True)
    if name in _OPERATORS:
        return Voice("narrator", style in FIRM)
    if _NARRATOR.match(name) or (style == "bracket" and _SITE.match(name)):
        return Voice("narrator", style == "bracket" or (style != "own" and name not in _WEAK_WORDS))
    return None


def ends_with(label: str, person: str) -> bool:
    """Whether a folded label ends with a name, brackets left out."""
    person = fold(person)
    return re.sub(r"[(（][^()（）]{0,24}[)）]$", "", label).endswith(person) or label.startswith(("嘉宾", person + "("))


_SAYS = pattern(r"{QUOTED}$")


@lru_cache(maxsize=8192)
def named_with_post(label: str) -> str | None:
    """The name in a folded label that also holds a post: ``副局长钱慧``, ``钱慧(县民政局副局长)``."""
    if _SAYS.search(label):
        return None  # 局长王明说: who is quoted
    if posted := post_and_name(label):
        return posted[1]
    bracket = NAME_AND_POST.fullmatch(label)
    return (
        bracket["name"]
        if bracket and (TITLE_END.search(bracket["post"]) or _POSTLIKE.search(bracket["post"]))
        else None
    )


def of_office(name: str) -> str | None:
    """The name in ``县教育局王强``: an office with a name and no title between them."""
    for size in (3, 2):
        if len(name) > size + 2 and is_name(name[-size:]) and _AN_OFFICE.search(name[:-size]):
            return name[-size:]
    return None


#: ``县商务局局长``: an office with a title and no name.
OFFICER = compiled(rf"^[\u4e00-\u9fff]{{1,16}}(?:{ORGANISATION_END}){TITLE}$")
#: ``院长``: a title and nothing else, of those that people are called by (主办 is a rank, too).
TITLE_ALONE = compiled(rf"^(?=(?:\S{{1,4}}长|副?主任|副?书记|副?总?经理|副?主席|\S{{0,2}}教授|主任医师)$){TITLE}$")
FIRM = ("colon", "bracket", "cell")
#: A label without a sign of its own: its line, its element or a blank sets it off.
LIGHT = ("own", "inline", "loose")
#: ``寿康（县民政局党组书记、局长）``
_POSTLIKE = compiled(r"[长任记员师]$")
NAME_AND_POST = compiled(r"(?P<name>[^\s()（）]{1,4})[(（](?P<post>[^()（）]{1,30})[)）]")
_OFFICE = "局|委|委员会|办|办公室|院|厅|中心|政府|大队|支队|医院|街道|镇|乡|残联|妇联|团委|总工会|公司|协会"
_AN_OFFICE = compiled(rf"^[\u4e00-\u9fff]{{2,14}}(?:{_OFFICE})$")
ANSWERED = compiled(r"(?<=.)(?:回答|答复|回复|解答|答)$")
