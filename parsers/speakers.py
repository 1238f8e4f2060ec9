"""Speaker labels: where one may stand, and who it may be.

Two questions are kept apart. :func:`candidate` says that a line *could* begin with a label, by its form alone;
:class:`Lexicon` says which of the candidates *are* speakers, from the roles, the guests the page names, and, for bare
names, from how they recur and alternate. What is not accepted is reported, never guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from parsers.aliases import post_and_name, resolve, surname_and_title
from parsers.lines import Line
from parsers.people import ORGANISATION_END, TITLE, is_name
from parsers.record import Guest
from parsers.text import fold, squeeze

_CLOCK = r"(?:\d{4}[-/.年]\s?)?(?:\d{1,2}[-/.月]\d{1,2}日?\s{0,8})?\d{1,2}:\d{2}(?::\d{2})?"
TIME_TOKEN = rf"[\[(（【]?\s{{0,8}}{_CLOCK}\s{{0,8}}[\])）】]?"
_LEAD_TIME = re.compile(rf"{TIME_TOKEN}\s{{0,8}}")
TRAIL_TIME = re.compile(rf"\s{{0,8}}(?P<bracket>[\[(（【])?\s{{0,8}}{_CLOCK}\s{{0,8}}(?(bracket)[\])）】])$")
ONLY_TIME = re.compile(rf"^{TIME_TOKEN}$")
_INDEX = re.compile(
    r"(?:第?\s?(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s?[.、)）](?!\d)\s{0,8}|[(（](?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）]\s{0,8})"
)
_BULLET = re.compile(r"[★☆●◆◇■□▲△▶►◎※➤♦·*>•〇]{1,3}\s{0,8}(?=\S)")
_BRACKETED = re.compile(
    r"[【\[〔「『{<〈]\s{0,8}(?P<label>[^【】\[\]〔〕『』{}<>〈〉]{1,24}?)\s{0,8}[】\]〕」』}>〉]\s{0,8}"
)
#: ``（主持人）：``; a line that is nothing but a bracket is a stage direction.
_ROUND = re.compile(r"[(（]\s{0,4}(?P<label>[^()（）\d。,，;；?？!！:]{2,16})\s{0,4}[)）]\s{0,4}(?::|(?=\S))")
_PLAIN = re.compile(r"(?P<label>[^。,，;；?？!！:\n]{1,24}?)\s{0,8}:")
#: ``主持人（2010-03-15 09:00）：``
_STAMPED = re.compile(
    rf"(?P<label>[^。,，;；?？!！:()（）\[\]【】\n]{{1,24}}?)\s{{0,8}}[(\[【]\s{{0,8}}{_CLOCK}\s{{0,8}}[)\]】]\s{{0,8}}:"
)
_AFTER_LABEL = re.compile(
    rf"\s{{0,8}}(?:(?P<time>{TIME_TOKEN})\s{{0,8}})?:?\s{{0,8}}(?:(?P<later>{TIME_TOKEN})(?=\s|$)\s{{0,8}})?"
)
_AROUND = re.compile(r"[:：∶︰﹕【】\[\]〔〕『』<>＜＞]")
_SPACED = re.compile(rf"(?P<label>\S{{2,16}})\s+{TIME_TOKEN}")
_SENTENCE = re.compile(r"[。?？!！,，;；…]")
_QUOTES = "“”\"'‘’「」"


@dataclass(frozen=True, slots=True)
class Label:
    """A possible speaker label.

    :param name: as printed, without brackets, colon, index and blanks
    :param start: offset of the label in the line; ``body`` is where the speech begins
    :param style: ``colon``, ``bracket``, ``own`` (fills its line), ``cell`` (fills its table cell), ``inline`` (its element) or
        ``nick`` (with a time, fills its line)
    """

    name: str
    start: int
    body: int
    style: str
    timed: bool = False


#: The address that a live talk prints of a netizen, masked or not.
ADDRESS = re.compile(r"[\[(][\w*]{1,4}[.:][\w.*:]{1,40}[\])]")
#: The head of an entry of a live talk: ``网友：山泉 2021-10-12 10:05:11``; the words follow on lines of their own.
_NICK = re.compile(
    rf"(?P<word>网友|网民|市民)(?:\s{{0,8}}:\s{{0,8}}|\s{{1,8}})(?P<nick>[^\s。,，;；?？!！:]{{1,16}}?)\s{{0,8}}(?:{ADDRESS.pattern}\s{{0,8}})?"
    rf"(?:(?:提问|留言|发表)?(?:于|时间)?:?)\s{{0,8}}{TIME_TOKEN}$"
)
#: ``[网友]山泉：``: the nickname stands behind the bracket, and is no beginning of a question.
_NICK_AFTER = re.compile(
    r"\s{0,3}(?!请|我|你|您|想|问|咨询|提问|关于|为什么|怎么|如何|建议|反映|留言|说)(?P<nick>[^\s。,，;；?？!！:]{1,12})\s{0,3}:"
)
_ENTRY_HEAD = re.compile(r"(?:网友|网民|市民|听众|观众)\s{0,8}:\s{0,8}[^\s。,，;；?？!！:]{1,12}$")
ANYBODY = frozenset(["网友", "网民", "市民", "听众", "观众"])
_STAMP = 40  # the longest timestamp is shorter
_STAMP_ENDS = frozenset("0123456789])）】")


def trailing_time(text: str, start: int, end: int) -> re.Match[str] | None:
    """The timestamp that ends ``text[start:end]``; only the last characters are looked at, a line may be very long."""
    if end <= start or text[end - 1] not in _STAMP_ENDS:
        return None
    return TRAIL_TIME.search(text, max(start, end - _STAMP), end)


def candidate(line: Line, *, nicks: bool = True) -> Label | None:
    """The label a line may begin with, by form alone.

    :param nicks: a line that is nothing but 网友, a name and a time is a label as a whole
    """
    text = line.fold
    pos, timed = 0, trailing_time(text, 0, len(text)) is not None
    if (lead := _LEAD_TIME.match(text)) and lead.end() < len(text):
        pos, timed = lead.end(), True
        if text[pos : pos + 1] == ":":
            pos += 1
    if bullet := _BULLET.match(text, pos):
        pos = bullet.end()
    if index := _INDEX.match(text, pos):
        pos = index.end()
    bracketed = _BRACKETED.match(text, pos) or _ROUND.match(text, pos)
    if bracketed:
        return _bracketed(line, bracketed, timed=timed)
    if nicks and (nick := _NICK.match(text, pos)):
        name = squeeze(
            line.text[nick.start("word") : nick.end("word")] + line.text[nick.start("nick") : nick.end("nick")]
        )
        return Label(name, pos, len(text), "nick", timed=True)
    if stamped := _STAMPED.match(text, pos):
        return _finish(line, pos, stamped.end("label"), stamped.end(), "colon", timed=True)
    plain = _PLAIN.match(text[: pos + 40], pos)
    if (plain and not re.match(r"//|\d", text[plain.end() :])) or (plain and re.search(r"\D$", plain["label"])):
        assert plain is not None
        if not text.startswith("//", plain.end()):
            label = _finish(line, pos, plain.end("label"), plain.end(), "colon", timed=timed)
            return None if label and is_reported(line, label) else label
        return None
    return _set_off(line, pos, timed=timed)


def entry_head(line: Line) -> Label | None:
    """``网友：山泉`` where nothing but a nickname follows: the head of an entry whose words stand below."""
    match = _ENTRY_HEAD.match(line.fold)
    return match and Label(squeeze(line.text.replace("：", "").replace(":", "")), 0, len(line.text), "nick")


def _set_off(line: Line, pos: int, *, timed: bool) -> Label | None:
    """A label without brackets or colon: by its element, its line, or the time behind it."""
    text = line.fold
    for end in line.lead_ends:
        if pos < end <= pos + 24 and end < len(text):
            return _finish(line, pos, end, end, "inline", timed=timed)
    if len(text) <= 16 and pos < len(text) and not _SENTENCE.search(text):
        style = "cell" if line.block.tag in ("td", "th", "dt") and line.block.getnext() is not None else "own"
        return _finish(line, pos, len(text), len(text), style, timed=timed)
    spaced = _SPACED.match(text[pos : pos + 60])
    if spaced:
        return _finish(line, pos, pos + spaced.end("label"), pos + spaced.end("label"), "inline", timed=True)
    return None


def _bracketed(line: Line, match: re.Match[str], *, timed: bool) -> Label | None:
    nick = _NICK_AFTER.match(line.fold, match.end()) if match["label"] in ANYBODY else None
    end, after = (nick.end("nick"), nick.end()) if nick else (match.end("label"), match.end())
    return _finish(line, match.start("label"), end, after, "bracket", timed=timed)


_LOOSE = re.compile(
    r"(?P<label>主\s?持\s?人|[^\s。,，;；?？!！:、\-]{2,12}|\S\s\S|\S\s\S\s\S)(?:\s{1,8}|\s{0,8}(?:-{1,2}|[;|>》])\s{0,8})(?=\S{2})"
)


def loose_candidate(line: Line) -> Label | None:
    """A label set off by nothing but a blank, a dash or a semicolon: looked for only on pages without any other label."""
    match = _LOOSE.match(line.fold)
    if match is None or len(line.text) - match.end() < 2:
        return None
    name = squeeze(line.text[: match.end("label")])
    return Label(name, 0, match.end(), "loose")


_INLINE = re.compile(
    r"(?:(?:(?<=[。？！?!…）)】])|(?<=[。？！?!…][”\"」』]))\s{0,8}|\s{2,20})(?:[【\[](?P<bracket>[^【】\[\]]{1,16})[】\]]\s{0,8}:?|(?P<plain>[^。,，;；?？!！:、\s“”\"）)]{1,16}?(?:\([^()。,，:]{1,12}\))?)\s{0,8}:)\s{0,8}"
)


def inline_candidates(line: Line) -> list[Label]:
    """Labels inside a paragraph, after the end of a sentence: a whole talk may stand in one paragraph."""
    text = line.fold
    # Every label ends with one of these: what comes after the last of them need not be read.
    last = max(text.rfind(":"), text.rfind("]"), text.rfind("】"))
    if last <= 0:
        return []
    found = []
    for match in _INLINE.finditer(text, 0, min(last + 20, len(text))):
        group = "bracket" if match["bracket"] else "plain"
        name = squeeze(line.text[match.start(group) : match.end(group)])
        if match.start(group) > 0 and name:
            found.append(Label(name, match.start(group), match.end(), "colon"))
    return found


def _finish(line: Line, start: int, end: int, after: int, style: str, *, timed: bool) -> Label | None:
    name = line.text[start:end]
    trail = trailing_time(line.fold, start, end)
    if trail and trail.start() > start:
        name, timed = name[: trail.start() - start], True
    name = _AROUND.sub("", squeeze(name))
    rest = _AFTER_LABEL.match(line.fold, after)
    body = rest.end() if rest else after
    timed = timed or bool(rest and (rest["time"] or rest["later"]))
    return Label(name, start, body, style, timed) if name else None


_ADDRESS = r"(?!.*(?:您好|你好|大家|各位|朋友|们$))"
_HOST = re.compile(
    rf"^{_ADDRESS}(?:访谈|节目|本期|现场|特约|特邀|嘉宾|本台|电视台|男|女)?(?:主持人|主持(?!人)|主播|节目主持人)(?:[A-Da-d甲乙丙丁12])?(?P<verb>提?问|说|答)?(?P<name>\S{{2,8}}(?:[(（]\S{{2,20}}[)）])?)?$"
)
#: ``李青（主持人）``, ``A（记者）``.
_ROLE_BEHIND = re.compile(r"^(?P<name>[^()（）]{1,8})[(（](?P<role>主持人|主持|主播|记者|嘉宾|网友|市民)[)）]$")
_NETIZEN = re.compile(
    r"^(?P<from>现场|热心|微信|微博|匿名|手机|一位|某|新浪|腾讯|在线|[\u4e00-\u9fff]{0,3})?(?P<word>网友|网民|手机用户|用户|市民代表|群众代表|企业代表|家长代表|市民|观众|听众|群众|村民|居民|热线听众|游客|学生家长|家长|来电人|咨询人|提问人|提问者)(?P<rest>.{0,16})$"
)
_AFTER_NICK = re.compile(r"(?:的?(?:提问|问题|问|说|留言|咨询|反映|来信)|[(（].{0,12}[)）]|[\s_\-·:])*")
_REMARK = re.compile(r"[(（](?:来电|电话|短信|微信|现场|热线|提问|留言|[男女])[)）]$")
_PEOPLE = frozenset(["群众", "村民", "居民", "游客", "学生家长", "家长", "用户"])
_PRESENT = re.compile(r"现场|热心|微信|微博|匿名|手机|一位|某|在线")
#: Words before 网友 that make it a mention: 刚才网友…问, 有网友, 许多市民.
_MENTIONED = re.compile(
    r"[有些多少对让请被给是与和为向由像将把使另也就]|刚才|方才|刚刚|这位|那位|还|广大|各位|个别|部分|据|以上"
)
_NOT_NETIZEN = re.compile(
    r"朋友|们|关心|反映|关注|普遍|最|可以|如何|什么|怎么|需要|应当|应该|必须|认为|表示|说$|满意|利益|诉求|办事|生活|提供|带来"
)
_REPORTER = re.compile(r"^(?P<outlet>[^有答向对各]{0,16}?)(?:本报|本网|本台)?记者(?P<rest>.{0,10})$")
_QUESTION = re.compile(
    r"^(?:问|Q|提问|追问|问题|咨询|网友提问|网民提问|群众提问|现场提问|观众提问|提问者|咨询问题|热点问题)(?:[\d一二三四五六七八九十]{1,3})?$",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"^(?:答|A|答复|回答|回复|解答|嘉宾回复|嘉宾回答|官方回复|答复内容|回复内容|单位回复|部门回复)(?:[\d一二三四五六七八九十]{1,3})?$",
    re.IGNORECASE,
)
_GUEST = re.compile(
    r"^(?:众|全体|各位|特邀|现场|访谈|做客|本期|两位|三位|几位)?嘉宾(?:们|[A-Ea-e甲乙丙丁一二三四五\d])?(?P<name>[(（].{2,20}[)）]|\S{2,8})?$"
)
_ANSWERED_BY = re.compile(
    rf"^(?:[\u4e00-\u9fff]{{1,16}}(?:{ORGANISATION_END})|[\u4e00-\u9fff]{{0,12}}{TITLE})(?:答复|回复|回答|解答|答)$"
)
_SPOKESPERSON = re.compile(r"(?:新闻发言人|发言人)(?:\S{2,4})?$")
_NARRATOR = re.compile(
    r"^(?:编者按?|旁白|画外音|解说词?|解说员|字幕|短片|VCR|直播员|图文直播|导播|同期声|配音|工作人员|管理员|小编|片头|片尾|短片解说)$",
    re.IGNORECASE,
)
_SITE = re.compile(r"^[^。,，]{2,24}(?:网|网站|政府网|在线|直播间|频道|客户端)(?:、[^。,，]{2,12}网)*$")
_ORGANISATION = re.compile(rf"^[\u4e00-\u9fff]{{2,16}}(?:{ORGANISATION_END})$")
_WEAK_WORDS = frozenset(
    [
        "问题",
        "咨询",
        "解答",
        "回答",
        "回复",
        "答复",
        "提问",
        "热点问题",
        "工作人员",
        "管理员",
        "小编",
        "短片",
        "家长",
        "游客",
        "学生家长",
        "群众",
        "居民",
        "村民",
        "观众",
        "听众",
        "市民",
    ]
)


@dataclass(frozen=True, slots=True)
class Voice:
    """Who a label may be: role, how sure its form alone makes us, and the full name when known."""

    role: str
    strong: bool
    person: str | None = None


def _named(rest: str) -> bool:
    return is_name(rest, strict=False) and rest not in ("提问", "您好", "你好", "介绍", "提示", "寄语", "点评", "开场")


def _netizen(name: str) -> Voice | None:
    match = _NETIZEN.match(name)
    if not match or _MENTIONED.search(match["from"] or ""):
        return None
    rest = _REMARK.sub("", match["rest"]).strip(_QUOTES + "-_·:")
    quoted = any(c in match["rest"] for c in _QUOTES)
    if quoted and not _AFTER_NICK.fullmatch(re.split(f"[{_QUOTES}]", match["rest"])[-1]):
        return None  # 网友“老王”说得对: a mention
    if not quoted and (_NOT_NETIZEN.search(rest) or len(rest) > 12):
        return None
    # 普通居民, 困难群众: kinds of people that a list of rules names, unless they are said to be there.
    kind_of_people = match["word"] in _PEOPLE and bool(match["from"]) and not _PRESENT.fullmatch(match["from"])
    if match["word"] == "用户" and not re.search(r"\d", rest):
        return None
    if match["word"] in ("网友", "网民") or not rest or quoted or re.fullmatch(r"(?:提问|问|留言)?[\d*]{0,12}", rest):
        return Voice("netizen", name not in _WEAK_WORDS and not kind_of_people)
    person = re.fullmatch(
        r"(?:代表)?(?:[\u4e00-\u9fff]{1,3}(?:先生|女士|小姐|同学|大爷|大妈|阿姨|师傅|老师|某+)|[老小][\u4e00-\u9fff]|\S{1,3}[*×]{1,3})",
        rest,
    )
    return Voice("netizen", True) if person or is_name(rest) else None


@lru_cache(maxsize=8192)
def _by_word(name: str, style: str) -> Voice | None:
    """What the label's own words say."""
    if role := _ROLE_BEHIND.match(name):
        voice = _by_word(role["role"], style)
        return voice and (replace(voice, person=role["name"]) if _named(role["name"]) else voice)
    host = _HOST.match(name)
    if host and (
        not host["name"]
        or re.fullmatch(r"[(（].{1,12}[)）]", host["name"])
        or _named(re.sub(r"[(（].*", "", host["name"]))
        or host["name"] == "提问"
    ):
        person = re.sub(r"(?<=.)[(（].*|[()（）]", "", host["name"] or "")
        return Voice("host", True, person if _named(person) else None)
    if _QUESTION.match(name):
        return Voice("netizen" if name[:2] in ("网友", "网民", "群众", "观众") else "unknown", name not in _WEAK_WORDS)
    if _ANSWER.match(name):
        return Voice("guest", name not in _WEAK_WORDS)
    guest = _GUEST.match(name)
    if guest and (not guest["name"] or guest["name"][0] in "(（" or _named(guest["name"])):
        return Voice("guest", True, guest["name"])
    if _ANSWERED_BY.match(name):
        return Voice("guest", True)
    reporter = _REPORTER.match(name)
    if reporter and re.fullmatch(r"|提问|问|[(（].{1,10}[)）]|[A-Z\d]|\S{2,4}", reporter["rest"]):
        rest = reporter["rest"]
        if not rest or rest in ("提问", "问") or rest[0] in "(（" or len(rest) == 1 or is_name(rest):
            return None if reporter["outlet"] == "答" else Voice("reporter", True)
    if _SPOKESPERSON.search(name) and len(name) <= 20:
        return Voice("unknown", True)
    if _NARRATOR.match(name) or (style == "bracket" and _SITE.match(name)):
        return Voice("narrator", style == "bracket" or (style != "own" and name not in _WEAK_WORDS))
    return _netizen(name)


def _ends_with(label: str, person: str) -> bool:
    """Whether a label ends with a name, brackets left out."""
    return re.sub(r"[(（][^()（）]{0,24}[)）]$", "", label).endswith(person) or label.startswith(("嘉宾", person + "("))


def _of_office(name: str) -> bool:
    """``县教育局王强``: an office with a name and no title between them."""
    return any(
        len(name) > size + 2
        and is_name(name[-size:])
        and re.search(rf"^[\u4e00-\u9fff]{{2,14}}(?:{_OFFICE})$", name[:-size])
        for size in (3, 2)
    )


#: ``县商务局局长``: an office with a title and no name.
_OFFICER = re.compile(rf"^[\u4e00-\u9fff]{{1,16}}(?:{ORGANISATION_END}){TITLE}$")
#: ``院长``: a title and nothing else, of those that people are called by (主办 is a rank, too).
_TITLE_ALONE = re.compile(rf"^(?=(?:\S{{1,4}}长|副?主任|副?书记|副?总?经理|副?主席|\S{{0,2}}教授|主任医师)$){TITLE}$")
_FIRM = ("colon", "bracket", "cell")
#: ``寿康（县民政局党组书记、局长）``
_NAME_AND_POST = re.compile(r"\S{1,4}[(（].{1,30}(?:长|任|记|员|师)[)）]")
_OFFICE = "局|委|委员会|办|办公室|院|厅|中心|政府|大队|支队|医院|街道|镇|乡|残联|妇联|团委|总工会|公司|协会"
_ANSWERED = re.compile(r"(?<=.)(?:回答|答复|回复|解答|答)$")
_REPORTED = re.compile(r"[”\"’](?:的?网友)?(?:问|说|提问|留言|留言说|反映|咨询|表示|提出)$")


def is_reported(line: Line, label: Label) -> bool:
    """``网友“山泉”问：“…”``: a question read aloud, part of the turn in which it is read."""
    return bool(_REPORTED.search(label.name)) and line.fold[label.body : label.body + 1] in ("“", '"', "‘", "「")


class Lexicon:
    """The speakers of one page, induced in two passes.

    :param guests: the guests the page names (header, list, opening sentence)
    :param hosts: named hosts
    :param reporters: those whom a header names as the ones who ask (采访人)
    """

    def __init__(self, guests: list[Guest], hosts: list[str], reporters: Collection[str] = ()) -> None:
        self.guests = guests
        self.hosts = list(hosts)
        self.reporters = frozenset(reporters)
        self.voices: dict[str, Voice] = {}
        self.rejected: Counter[str] = Counter()
        self._strong: dict[tuple[str, str], Voice | None] = {}
        self._resolved: dict[str, str | None] = {}

    def resolve(self, label: str) -> str | None:
        """The one guest that a label names, as :func:`parsers.aliases.resolve`; each label is worked out once."""
        if label not in self._resolved:
            self._resolved[label] = resolve(label, self.guests)
        return self._resolved[label]

    def strong(self, label: Label) -> Voice | None:
        """The voice of a label whose form or roster entry alone proves it."""
        key = (label.name, label.style)
        if key not in self._strong:
            self._strong[key] = self._prove(label)
        return self._strong[key]

    def _prove(self, label: Label) -> Voice | None:
        voice = self._known(label) or _by_word(label.name, label.style)
        if label.style == "loose" and voice and not (voice.role == "host" or voice.person == label.name):
            return None
        return voice if voice and voice.strong else None

    def _host(self, name: str) -> str | None:
        """The named host that a label means: by the whole name, or by its first part where that has a dot."""
        if name in self.hosts:
            return name
        short = [host for host in self.hosts if "·" in fold(host) and fold(host).split("·")[0] == name]
        return short[0] if len(short) == 1 else None

    def _headed(self, name: str) -> Voice | None:
        """Whom a header names as host or as the one who asks."""
        if host := self._host(name):
            return Voice("host", True, host)
        return Voice("reporter", True) if name in self.reporters else None

    def _one_of_many_posts(self, label: Label) -> bool:
        """Whether the commas of a label stand between the posts of one person, not between persons."""
        return label.style in _FIRM and post_and_name(label.name) is not None and not is_name(label.name.split("、")[0])

    def _known(self, label: Label) -> Voice | None:
        name = label.name
        if headed := self._headed(name):
            return headed
        if label.style in _FIRM and _NAME_AND_POST.fullmatch(name):
            return Voice("guest", True, self.resolve(name))
        if re.search(r"[、,，]", name) and not self._one_of_many_posts(label):
            parts = re.split(r"[、,，]", name)
            return Voice("guest", True) if len(parts) > 1 and all(self.resolve(p) for p in parts) else None
        if label.style in ("own", "inline") and len(name) > 16:
            return None
        said = _ANSWERED.sub("", name) if label.style in ("colon", "bracket") else name
        if re.search(r"(?:说|问|指出|表示|认为|强调|介绍|补充|讲|答)$", said):
            return None
        person = self.resolve(said or name)
        if person and label.style == "own" and person in name and not _ends_with(name, person):
            return None  # 图为县长张伟接听热线: a line that speaks of somebody
        if person:
            return Voice("guest", True, person)
        if any(name == squeeze(g.organization or "") for g in self.guests):
            return Voice("guest", True)
        if _SPOKESPERSON.search(name):
            return None
        if label.style in _FIRM and post_and_name(name):
            return Voice("guest", True)
        if label.style in ("colon", "bracket") and surname_and_title(name):
            return Voice("guest", True)
        return None

    def induce(self, labels: Iterable[Label | None]) -> None:
        """Fix the page's speakers from its candidates in printed order."""
        sequence = [label for label in labels if label]
        for label in sequence:
            voice = self.strong(label)
            if voice:
                self.voices.setdefault(label.name, voice)
                if voice.role == "host" and voice.person and voice.person not in self.hosts:
                    self.hosts.append(voice.person)
                    self._strong.clear()
        self._weak(sequence)

    def _weak(self, sequence: list[Label]) -> None:
        """Bare names and soft words: accepted when they answer, recur and alternate."""
        placed = ("colon", "bracket", "cell")
        own = Counter(label.name for label in sequence if label.style == "own")
        names = [
            label.name
            for label in sequence
            if label.style in placed
            or label.name in self.voices
            or (own[label.name] >= 2 and (is_name(label.name) or post_and_name(label.name)))
        ]
        counts = Counter(names)
        stamped = {label.name for label in sequence if label.style == "bracket" and label.timed}
        # Where a host is labelled as such, a named speaker who is neither host nor netizen is a guest.
        hosted = any(v.role == "host" for v in self.voices.values())
        asking = {n for n, v in self.voices.items() if v.role in ("host", "netizen", "reporter", "unknown")}
        for name, count in counts.items():
            if name in self.voices:
                continue
            soft = _by_word(name, "colon")
            posted = post_and_name(name) is not None or (hosted and _OFFICER.match(name) is not None)
            titled = hosted and _TITLE_ALONE.match(name) is not None
            plausible = soft or is_name(name) or _ORGANISATION.match(name) or _of_office(name) or posted or titled
            if not plausible:
                self.rejected[name] += count
                continue
            before = [names[i - 1] if i else "" for i, n in enumerate(names) if n == name]
            after = [names[i + 1] if i + 1 < len(names) else "" for i, n in enumerate(names) if n == name]
            answers = sum(b in asking for b in before) / count
            partners = {n for n in before + after if n in self.voices or (n != name and counts[n] >= 2 and is_name(n))}
            alternates = sum(b != name for b in before) / count
            # Whom guests follow each time he has spoken asks: a host who is called by nothing but a name.
            led = sum(a in self.voices and self.voices[a].role == "guest" for a in after) / count
            if (
                (name in stamped and is_name(name))
                or (count >= 2 and partners and (answers >= 0.5 or (not asking and alternates >= 0.5)))
                or (count >= 2 and is_name(name) and led >= 0.6 and alternates == 1)
                or (count == 1 and (is_name(name) or _ORGANISATION.match(name)) and answers == 1 and len(asking) > 0)
                or (soft is not None and soft.role == "netizen" and led == 1)
                or ((_of_office(name) or _OFFICER.match(name)) and hosted)
            ):
                self.voices[name] = Voice(
                    soft.role
                    if soft
                    else "guest"
                    if posted
                    or titled
                    or (answers == 1 and _ORGANISATION.match(name))
                    or (hosted and (is_name(name) or _of_office(name)))
                    else "unknown",
                    True,
                )
            else:
                self.rejected[name] += count

    def voice(self, label: Label | None) -> Voice | None:
        """The accepted voice of a candidate, ``None`` for everything that is no speaker here."""
        if label is None:
            return None
        return self.voices.get(label.name)

    def person(self, label: str, voice: Voice) -> str | None:
        """The full name when the label resolves to exactly one known guest or named host."""
        if voice.role == "host":
            if voice.person:
                return voice.person
            return self.hosts[0] if len(self.hosts) == 1 else None
        if voice.role not in ("guest", "unknown"):
            return None
        found = self.resolve(label) or self.resolve(_ANSWERED.sub("", label))
        if found:
            return found
        named = [g.name for g in self.guests if g.name]
        numbered = re.fullmatch(r"嘉宾([1-9一二三四五六七八九])", label)
        if numbered and len(named) == len(self.guests) > 1:
            place = int(numbered[1]) if numbered[1].isdecimal() else "一二三四五六七八九".index(numbered[1]) + 1
            return named[place - 1] if place <= len(named) else None
        single = re.fullmatch(r"(?:特邀|访谈|做客|本期)?嘉宾|答|A|回答|答复|回复|解答|嘉宾回复|嘉宾回答", label)
        return named[0] if single and len(named) == 1 and len(self.guests) == 1 else None
