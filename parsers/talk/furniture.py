"""Lines that are page furniture, not speech, each with the reason it is left out.

Only short lines are furniture: a long sentence that mentions 主办单位 is content.
"""

from __future__ import annotations

import re

from parsers.page.lines import Line
from parsers.words import pattern

_MAX = 80
_EDITOR = re.compile(
    r"^[(（\[【]?\s*(?:本[期版文篇]|栏目|节目)?(?:责任编辑|责编|值班编辑|编辑|审核|审签|校对|录入|初审|复审|终审|一审|二审|三审|作者|撰稿|供稿|摄影|图片|图/文|文/图|文字"
    r"|文字整理|记者|通讯员|信息来源|文章来源|稿件来源|来源|编审|监制|签发|整理|摄像|实习生|供图|制作)\s*(?:人|单位)?\s*[:：/|].{0,60}$"
)
_NAMES = r"[^。,，;；:：?？!！()（）]{1,24}"
#: （记者 李青）, （文/图 李青）, （通讯员李青）; （记者提问） and （图片展示） are stage directions.
_SIGNED = re.compile(
    rf"^[(（【\[]\s?(?:(?:\S{{0,8}}(?:记者|通讯员)(?:[\s:：/]{{1,2}}{_NAMES}|(?!提|发|问|采|代|现)[\u4e00-\u9fff]{{2,3}})"
    rf"|(?:作者|编辑|实习生|摄影|图片|文字|图|文|图文|文图|供稿|来源|整理|报道|审核|校对)[\s:：/]{{1,2}}{_NAMES})\s?){{1,4}}[)）】\]]$"
)
#: （柏青 整理）
_COMPILED = pattern(r"^[(（][\u4e00-\u9fff·]{2,4}(?:[\s、][\u4e00-\u9fff·]{2,4}){0,2}\s{COMPILED}[)）]$")
_END = re.compile(
    r"^[\s\-=*—_(（\[【]*(?:THE\s*END|END|全文完|本文完|访谈完|完|全文结束)(?:\s?/\s?\d{4}\D.{0,24})?[\s\-=*—_)）\]】]*$",
    re.IGNORECASE,
)
_CLOSE = re.compile(
    r"^[\s\-=*—_(（\[【]{0,12}(?:本期|本次|今天的?|此次)?(?:在线|网络|政务)?(?:访谈|直播|节目|访谈节目)(?:直播|活动)?(?:到此|至此|已经?|圆满)*(?:结束"
    r"|完毕)了?[\s\-=*—_)）\]】。!！]*$"
)
_CAPTION = re.compile(
    r"^(?:▲|△|◀|▼|图为|图[:：]|图\s?[一二三四五六七八九十\d]{1,2}[:：]|[(（]图为|资料图|访谈现场(?:图|照片)?$)|.{2,40}\s(?:摄|/摄)[)）]?$"
    r"|^[(（]?(?:资料图片|图片来源.*|摄影.*)[)）]?$"
)
_TERMINAL = re.compile(
    r"^(?:上一篇|下一篇|上一条|下一条|上篇|下篇|相关阅读|相关链接|相关新闻|相关报道|相关文章|相关信息|相关访谈|推荐阅读|延伸阅读|热门推荐|往期回顾|往期访谈|更多访谈|返回顶部|版权所有"
    r"|主办(?:单位|[:：])|承办(?:单位|[:：])|网站标识码|政府网站标识码|[\u4e00-\u9fff]{1,3}ICP备|[\u4e00-\u9fff]?公网安备|附件下载|分享到|扫一扫|扫码"
    r"|打印本页|关闭窗口|网站地图|联系我们|关于我们|网友评论|发表评论|热点排行|点击排行)"
)
#: What stands below the last turn: whose page it is, and how to reach the house.
_FOOT = pattern(r"copyright|all\s?rights?\s?reserved|[©®]|\(c\)\s?\d{4}|{FOOT}", re.IGNORECASE)
#: Alone in its line.
_PLACE = pattern(r"^[(【\[]?\s?{SCENE}\s?[)】\]]?$", re.IGNORECASE)
_BUTTON = pattern(r"{BUTTON}")
#: Heads a list of other talks.
RELATED = re.compile(
    r"^[\s【\[■◆●>»]{0,4}(?:相关|往期|更多|历史|推荐|热门|精彩|其他|近期|延伸)(?:的)?(?:访谈|阅读|链接|新闻|报道|文章|信息|推荐|回顾|内容|专题|视频|直播)(?:推荐"
    r"|回顾|列表)?[\s】\]:：>»…]{0,4}$"
)
_CHROME = re.compile(
    r"扫一扫在手机打开当前页|扫描二维码|^【?我要纠错|^\[?(?:打印|关闭|收藏|分享|顶部|返回)\]?$|打印本页|关闭窗口|【?字体[:：]|【?字号[:：]|视力保护色|浏览次数|点击数[:：]"
    r"|您访问的链接即将离开|是否继续\?|^更多[>》»…]*$|^[×xX]$|^[0-9a-f]{32}$"
    r"|^暂无(?:网友)?(?:提问|留言)|^(?:点击)?进入(?:文字|图文)实录|^点击观看|^点击进入|^\$\(|^[.#]?\w+\s*\{.*\}$|^img#|本站已支持IPv6|无障碍|关怀版"
    r"|^分享[:：]?|^微信|^微博$|^当前位置|^您(?:的|现在|当前)?.{0,4}位置"
)
_PAGER = re.compile(
    r"^(?:(?:\[?\(?\d{1,4}\)?\]?|共\s?\d+\s?页|首页|上一页|下一页|上页|下页|尾页|末页|第\s?\d+\s?页|跳转|转到|页|[<>«»|·\s])\s*)+$"
)
_FILE = re.compile(
    r"^附件\s?\d{0,2}\s?[:：.、]?.{0,70}\.(?:docx?|pdf|xlsx?|zip|rar|wps|ofd|ceb)(?:\s?[(（].{0,20})?$", re.IGNORECASE
)
_ANSWER_UNIT = re.compile(
    r"^(?:答复|回复|办理|承办|受理|责任)(?:单位|部门|时间|日期)\s*[:：]?.{0,40}$|^(?:提问|留言|咨询)(?:时间|日期|编号)\s*[:：].{0,30}$"
)


def skip_reason(line: Line) -> str | None:
    """Why a line inside the dialogue's container is no speech; ``None`` when it is."""
    text = line.fold
    if len(text) > _MAX:
        return None
    for found, reason in (
        (_END, "end"), (_CLOSE, "end"), (_EDITOR, "editor"), (_SIGNED, "editor"), (_COMPILED, "editor"),
        (_CAPTION, "caption"), (_TERMINAL, "furniture"),
        (_CHROME, "furniture"), (_PAGER, "pager"), (_FILE, "attachment"), (_ANSWER_UNIT, "answer_unit"),
        (_PLACE, "stage"),
        (_BUTTON, "furniture"),
    ):  # fmt: skip
        if found.search(text):
            return reason
    if line.link_share > 0.8 and re.search(r"\d{4}-\d{1,2}-\d{1,2}|^[·•>»]", text):
        return "related"
    return None


def is_foot(line: Line) -> bool:
    """Whether a line below the last label belongs to the page's foot."""
    return len(line.text) <= _MAX and bool(_FOOT.search(line.fold))


def is_terminal(line: Line) -> bool:
    """Whether nothing of the talk follows this line (unless another accepted label does)."""
    return len(line.text) <= _MAX and bool(
        _TERMINAL.search(line.fold) or _END.search(line.fold) or _CLOSE.search(line.fold)
    )
