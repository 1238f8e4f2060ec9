"""What keeps a reader from a page: anti-bot pages, a firewall's refusal, a notice of maintenance.

A status, a vendor's mark in the source, the page's form or the words that address its reader tell it. Only short pages
are looked at, and none that speaks of a talk.
"""

from __future__ import annotations

import re

from parsers.page.addresses import Base
from parsers.page.dom import Element
from parsers.page.standing_in import demand, own_words
from parsers.page.text import fold
from parsers.words import pattern

#: Characters; whatever shows more is a page of its own.
SHORT = 400
_STATUS = (521, 512, 412)
#: With these a page without words asks for something; with the others the server is only busy.
_WORDLESS, _REFUSING = (202, 403, 405), (202, 403, 405, 429, 503)
_GONE = (404, 410)
_SOURCE = re.compile(
    r"__jsluid|__jsl_clearance|请开启JavaScript并刷新该页|WZWSREL|wzwsquestion|cf-browser-verification|cf_chl_"
    r"|acw_sc__v\d|_guard/(?:auto|html|slide)"
)
#: Marks that an ordinary page may have, too, unless it has no words at all.
_SOURCE_BARE = re.compile(r"\$_ts\b|_\$[a-z0-9]{2}\s*=|\bdynamicurl\b|_Incapsula_Resource|/cdn-cgi/challenge")
_TEXT = re.compile(
    r"请开启\s?JavaScript|人机(?:验证|识别|校验)|滑动验证|访问验证|正在进行安全检查|浏览器安全检查|请完成(?:安全)?验证|(?:请|进行|需要|通过|完成)安全验证|^安全验证$"
    r"|(?:拖动|移动)(?:下方)?滑块|checking\s?your\s?browser|are\s?you\s?(?:a\s?)?(?:human|robot)"
    r"|verify\s?you\s?are\s?(?:a\s?)?human",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"(?:请求|访问|操作|行为|IP|网络|连接|会话).{0,24}?(?:拦截|阻断|阻止|拒绝|封禁|封锁|禁止|屏蔽|限制|拉黑|黑名单)"
    r"|(?:禁止|拒绝|限制|无权|没有权限|阻止)(?:您|你)?的?(?:访问|请求)|访问(?:过于|太|较为|次数过)?(?:频繁|过快|受限|异常|过多)|频率(?:过高|过快|太快|超限)"
    r"|请求(?:中|内容)?.{0,6}(?:存在|包含|含有).{0,12}(?:风险|威胁|攻击|恶意|异常|非法|可疑|不合法|不合规)"
    r"|access\s?(?:is\s?|was\s?)?denied|request\s?(?:has\s?been\s?|was\s?|is\s?)?(?:blocked|rejected|denied)"
    r"|been\s?blocked|too\s?many\s?requests|unusual\s?traffic|^(?:403)?forbidden",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"您|你|本次|当前(?:访问|请求|IP)|(?:事件|拦截|请求|错误|追踪)(?:ID|编号|号码?)|(?:event|request|incident|reference|trace"
    r"|ray)\s?(?:id|#)|\byou\b|your"
    r"|(?:客户端|来源|访问者?)IP|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
    re.IGNORECASE,
)
_MAINTAINED = re.compile(
    r"(?:系统|网站|本站|服务器?|平台|栏目|页面|数据库).{0,6}?(?:正在|进行|处于|停机|例行|紧急)?.{0,6}?(?:维护|升级|检修|改版|维修|迁移)(?:中|期间|通知|公告|完成|，"
    r"|。|！|$|请|暂|,|!)"
    r"|(?:正在|停机|例行)(?:进行)?.{0,8}?(?:维护|升级|检修|改版)|(?:维护|升级|检修|改版|建设)中(?:[，。！,!.…]|请|敬请|$)|暂停(?:访问|服务|开放)"
    r"|服务(?:器)?(?:暂时|暂)?(?:不可用|繁忙|关闭)"
    r"|(?:系统|网络|服务器)(?:繁忙|忙)|(?:under|scheduled)\s?maintenance|(?:service"
    r"|temporarily)\s?(?:is\s?)?(?:temporarily\s?)?unavailable",
    re.IGNORECASE,
)
#: A page that speaks of a talk, a letter or the like is none of these.
_OWN_MATTER = re.compile(
    r"嘉宾|访谈时间|主持人|做客|直播时间|访谈主题|发布(?:时间|日期)|信息来源|来源[:：]|来信|信件|诉求|投诉|申请|答复|作者[:：]|点击数|浏览次数|问[:：]|答[:：]"
)
_BRIEF = 60
#: What a server says that fails while it makes a page, and answers 200 all the same.
_FAILED = pattern("{SERVER_FAILED}", re.IGNORECASE)
_NOTHING = pattern("{NOTHING_HERE}", re.IGNORECASE)


def challenge(
    root: Element, base: Base, source: str, status: int, visible: int, refresh: str | None = None
) -> str | None:
    """The rule by which a page is an anti-bot page or a firewall's refusal; ``None`` when it is none.

    :param source: the decoded source
    :param visible: how many characters a reader sees
    :param refresh: its ``Refresh`` header
    """
    if found := by_status(status):
        return found
    if visible > SHORT or status in _GONE:
        return None
    words = own_words(root)
    head = source[:60_000]
    if marked := _SOURCE.search(head) or (len(words) < _BRIEF and _SOURCE_BARE.search(head)):
        return f"source:{marked[0][:30]}"
    if (status in _WORDLESS and not visible) or (status in _REFUSING and _TEXT.search(source[:20_000])):
        return f"status:{status}"
    if form := demand(root, base, refresh):
        return f"form:{form}"
    return _by_words(words, visible)


def _by_words(words: str, visible: int) -> str | None:
    """The rule by which words ask a reader to prove himself, or refuse him; none for a page with its own matter."""
    if _OWN_MATTER.search(words):
        return None
    if told := _TEXT.search(words) if visible < SHORT // 2 else None:
        return f"text:{told[0]}"
    refused = _REFUSED.search(words)
    if refused and (len(words) <= _BRIEF or _ADDRESSED.search(words)):
        return f"ban:{refused[0]}"
    return None


def by_status(status: int) -> str | None:
    """The statuses that only anti-bot pages have."""
    return f"status:{status}" if status in _STATUS else None


def wordless(status: int) -> str | None:
    """The rule by which an answer without any content is an anti-bot page."""
    return f"status:{status}" if status in (*_STATUS, *_WORDLESS) else None


def maintained(root: Element, visible: int) -> str | None:
    """The words with which a short page says that the site, or its server, is not at work now."""
    words = own_words(root) if visible <= SHORT else ""
    found = _MAINTAINED.search(words)
    return found[0] if found and not _OWN_MATTER.search(words) else None


def failed(words: str) -> str | None:
    """The words of a server that fails; ``None`` where it says that there is nothing to show.

    :param words: a short page's own, or the message of an answer of data
    """
    text = fold(words)
    found = _FAILED.search(text)
    return found[0] if found and not _NOTHING.search(text) and not _OWN_MATTER.search(text) else None


def nothing_here(root: Element) -> bool:
    """Whether a page says that there is nothing to show."""
    return _NOTHING.search(fold(own_words(root))) is not None
