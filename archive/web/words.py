"""The words of the pages, in English and Chinese."""

from __future__ import annotations

from datasette.utils.asgi import Request

WORDS: dict[str, tuple[str, str]] = {
    "archive": ("Interview archive", "政务访谈档案"), "search": ("Search", "检索"), "tables": ("Tables and SQL", "数据表与 SQL"), "other": ("中文", "English"),
    "interviews": ("Interviews", "访谈"), "turns": ("Turns", "发言"), "sites": ("Sites", "网站"), "captures": ("Captures", "抓取"), "people": ("People", "人物"),
    "per_year": ("Interviews a year", "各年访谈数"), "year": ("Year", "年份"), "count": ("Count", "数量"), "site": ("Site", "网站"), "latest": ("Latest", "最近"), "title": ("Title", "题名"), "date": ("Date", "日期"),
    "broke": ("What needs a look", "需要留意"), "nothing_broke": ("Every last run was complete.", "最近各次抓取均完整。"), "gone": ("gone from the web", "已从网上消失"), "verdict": ("Verdict", "结论"),
    "status": ("Status", "运行状况"), "last_good": ("Last good run", "最近一次正常"), "next_run": ("Next run", "下次抓取"), "what_helps": ("What helps", "处理建议"), "no_sites": ("No site yet.", "尚无网站。"),
    "h_ok": ("ok", "正常"), "h_incomplete": ("incomplete", "不完整"), "h_blocked": ("blocked", "被拦截"), "h_tampered": ("tampered", "疑似篡改"), "h_layout changed": ("layout changed", "版面变更"),
    "h_new": ("not crawled yet", "尚未抓取"), "h_late": ("late", "逾期"), "h_broken": ("broken site file", "站点文件有误"), "s_paused": ("paused", "已暂停"), "s_running": ("running", "抓取中"), "s_on demand": ("on demand", "按需"), "s_broken": ("–", "–"),
    "reason": ("Reason", "原因"), "query": ("Words", "检索词"), "query_help": ('AND OR NOT "phrases" NEAR(a b, 10); several words must all occur; put words with brackets in "quotes"', '可用 AND OR NOT "短语" NEAR(甲 乙, 10)；多个词须同时出现；含括号的词请加引号'),
    "role": ("Role", "角色"), "any": ("any", "不限"), "since": ("Since", "起"), "until": ("Until", "止"), "go": ("Find", "查找"), "found": ("turns match", "段发言符合"), "understood": ("Understood as", "检索式理解为"), "shown": ("shown", "显示"),
    "queries": ("Saved queries", "已保存的检索"), "queries_help": ("The command fangtan search WORDS --save NAME saves a query as a file of the archive. Each has a feed; a watch sends its new turns by mail.", "用命令 fangtan search 词 --save 名称 可将检索存为档案中的一个文件；每个检索都有订阅源，也可设为关注，有新发言时发邮件。"), "no_queries": ("Nothing is saved yet.", "尚未保存检索。"), "queries_wrong": ("file(s) cannot be used; the command fangtan doctor says why.", "个文件无法使用，原因可用命令 fangtan doctor 查看。"), "feed": ("Atom feed", "Atom 订阅"), "feed_changes": ("Atom feed of changes", "变动的 Atom 订阅"),
    "codings": ("Codes", "编码"), "complete_talk": ("complete talk", "整场访谈"), "earlier_turn": ("turn of an earlier version", "较早版本中的发言"),
    "review": ("Review", "待核"), "organizations": ("Organisations", "单位"), "posts": ("Posts", "职务"), "method": ("Taken for one person because", "归为同一人的依据"), "questions_n": ("Answers", "回答"), "runs": ("Runs", "抓取运行"), "started": ("Started", "开始"), "coverage": ("By year", "逐年收录"), "abstained": ("Not asserted", "未断言"), "contested": ("Close calls", "难以取舍"), "why": ("Why", "原因"), "stale": ("Corrections that no longer hold", "已失效的更正"), "nothing_to_review": ("Nothing waits for review.", "没有待核的内容。"), "table": ("Table", "表"), "none": ("Nothing matches.", "没有符合的发言。"), "by_year": ("By year", "按年"), "speaker": ("Speaker", "发言者"), "kind": ("Kind", "类型"), "theme": ("Theme", "主题"), "time": ("Time", "时间"),
    "guests": ("Guests", "嘉宾"), "source": ("Source", "来源"), "published": ("Published", "发布"), "address": ("Address", "网址"), "questions": ("Questions", "问题"), "dialogue": ("Dialogue", "实录"),
    "no_turns": ("This page has no turns.", "此页没有对话实录。"), "flags": ("Remarks and suspicions", "备注与疑点"), "corrected": ("corrected", "已更正"), "parsed": ("read as", "原读取"), "versions": ("Versions", "版本"),
    "changes": ("what changed", "改动"), "evidence": ("Captures behind it", "所依据的抓取"), "cite": ("Cite", "引用"), "captured": ("Captured", "抓取于"), "record": ("fangtan record", "fangtan record"), "suspicious": ("suspicious words", "疑似植入"),
    "home": ("Home", "首页"), "next": ("next question", "下一问"), "no_changes": ("Captured, and the same ever since.", "抓取以来没有变化。"), "low": ("low confidence", "置信度低"),
    "host": ("host", "主持人"), "guest": ("guest", "嘉宾"), "netizen": ("netizen", "网民"), "reporter": ("reporter", "记者"), "narrator": ("narrator", "旁白"), "unknown": ("unknown", "未知"), "skip": ("Skip to content", "跳到正文"),
    "keyness": ("What is said", "词语特征"), "keyness_help": ("Strings of characters that the chosen turns have more often than all others (log-likelihood G²); with a word, its collocates. Strings that overlap are one entry.", "所选发言比其余发言更常用的字串（对数似然 G²）；填入一个词，则列出常在其近旁的字串。相互重叠的字串合为一条。"),
    "near": ("Near the word", "近旁词"), "length": ("Characters", "字数"), "string": ("String", "字串"), "here": ("Here", "所选"), "elsewhere": ("Elsewhere", "其余"), "here_per": ("Here, per 10,000", "所选每万字串"), "elsewhere_per": ("Elsewhere, per 10,000", "其余每万字串"),
    "export": ("Export", "导出"), "export_help": ("A ZIP with the interviews that match, their data sheet and checksums.", "将符合条件的访谈连同数据说明与校验和打包下载。"), "at_most": ("at most", "最多"), "format": ("Format", "格式"), "download": ("Download", "下载"),
    "capture": ("Capture", "抓取"), "interview": ("Interview", "访谈"), "story": ("The full story", "完整来历"), "row": ("row of the table", "数据表中的行"), "replay": ("replay", "回放"), "timegate": ("newest capture", "最近一次抓取"), "timemap": ("all captures (TimeMap)", "历次抓取（TimeMap）"), "head": ("Response headers", "响应头"), "body": ("Body as text", "正文源码"),
    "map": ("Map", "地图"), "country": ("China", "全国"), "nothing_here": ("No interview of a site with a code of this place is held. The code is set in the site file.", "未收录此地有区划代码的网站的访谈。区划代码写在站点文件中。"), "no_code": ("Interviews of sites without a division code", "无区划代码的网站的访谈"), "place": ("Place", "地区"),
    "no_prefecture": ("under the province itself", "省直辖"), "no_prefecture_short": ("direct", "省直辖"),
    "name": ("Name", "姓名"), "namesakes": ("Namesakes to decide on", "待确认的同名者"),
    "namesakes_help": ("Nobody has said yet whether these are one person. Decide with the command beside them; the decision is kept in corrections.jsonl.", "以下同名者是否同一人尚无结论。请用旁边的命令确认，结论记入 corrections.jsonl。"),
    "if_one": ("One person", "同一人"), "if_two": ("Two persons", "不是同一人"),
    "one_id": ("same name on one site, two organisations", "同站同名，两个单位"), "prefecture_and_county": ("same name, prefecture and county", "同名，市级与县级站点"),
    "two_counties": ("same name, two sites of one prefecture", "同名，同一地市的两个站点"), "same_post": ("the same organisation", "单位相同"),
    "at_one_time": ("posts at the same time", "任职时间重叠"), "in_turn": ("one post after the other", "先后任职"),
    "twins": ("Perhaps one talk printed twice", "可能是同一访谈的两处刊载"), "common": ("turns in common", "发言相同"),
    "more": ("More filters", "更多筛选"), "organization": ("Organisation", "单位"), "province": ("Province", "省份"), "by": ("By", "按"), "gaps": ("Gaps", "缺口"), "silence": ("longest silence", "最长间隔"), "days": ("days", "天"), "no_year": ("years without a talk", "没有访谈的年份"), "not_text": ("held without text (video, attachment, offsite)", "没有文字实录（视频、附件、站外）"), "not_gotten": ("runs that did not get everything", "未取全的抓取"), "no_gaps": ("None known.", "未发现。"),
    "older": ("An older version:", "旧版本："), "apart": ("A version of another address:", "另一网址的版本："), "id": ("Id of a talk or turn", "访谈或发言标识"), "newest": ("the newest", "最新版本"), "too_many": ("Too many to count by year in time.", "数量过多，未能及时按年统计。"),
    "transcript": ("transcript", "实录"), "summary": ("summary", "综述"), "notice": ("notice", "预告"), "video": ("video", "视频"), "attachment": ("attachment", "附件"), "offsite": ("offsite", "站外"),
    "and_more": ("and {} more.", "另有 {} 个。"), "undated": ("undated", "日期不详"), "site_help": ("id or name", "标识或名称"), "incomplete": ("This page took too long. Not shown: {}.", "本页未能及时查完，以下部分未显示：{}。"),
    "genre": ("Genre", "体裁"), "press_conference": ("press conference", "记者会"), "hotline": ("hotline", "热线"),
    "exact_case": ("Exact case", "区分大小写"), "sort": ("Order", "排序"), "seed": ("Seed", "种子"), "by_newest": ("newest first", "由新到旧"), "by_oldest": ("oldest first", "由旧到新"), "by_left": ("text before the match", "按左侧文字"), "by_right": ("text behind the match", "按右侧文字"), "by_random": ("random sample", "随机抽样"),
    "unit": ("A row for", "每行"), "unit_lines": ("each match", "每处命中"), "unit_turns": ("each turn", "每段发言"), "unit_talks": ("complete interviews", "整场访谈"), "download_this": ("Download exactly this", "下载此次结果"), "with_sheet": ("All of it, in other formats, too, with data sheet and checksums", "全部结果（可选其他格式），附数据说明与校验和"),
    "lasting": ("Address that lasts", "长期网址"),
    "trends": ("Trends", "词频变化"), "trends_help": ("How often one to five words are said in ten thousand characters. Charts have one scale; a bar or a line of the table leads to the matches.", "一至五个词在每万字发言中出现的次数。各图刻度相同；点击柱形或表中一行即见原文。"), "per_10000": ("Per 10,000", "每万字"), "times": ("Times", "次数"), "month": ("Month", "月份"),
    "before": ("question before", "上一问"), "field": ("field", "字段"), "rule": ("rule", "规则"), "candidates": ("candidates", "候选"), "confidence": ("confidence", "置信度"), "quote": ("quoted", "依据"), "rejected": ("not taken", "未采"),
    "help": ("Help", "使用说明"), "what_this_is": ("Interviews that county governments' sites print with their officials, captured as they were, to search, read, cite and take home.", "县级政府网站刊登的政务访谈，按抓取时的原样保存，供检索、阅读、引用与下载。"), "cite_help": ("Each turn has an address that lasts and an entry for a list of references: choose Cite beside its number.", "每段发言都有长期网址和参考文献条目：点击序号旁的“引用”。"),
    "counting_hits": ("The matches are being counted. This page asks again by itself.", "正在统计命中数，本页会自动刷新。"), "counting": ("Counting: {} % of the turns are read. This page asks again by itself.", "正在统计：已读 {}% 的发言，本页会自动刷新。"), "level": ("Chance at most", "显著性水平"), "compared_with": ("Compared with (all others, if nothing is chosen)", "对照部分（不选则为其余全部）"), "version": ("version", "版本"), "before_change": ("before", "改动前"), "after_change": ("after", "改动后"),
    "happened": ("Changes", "变动"), "e_gone": ("gone from the web", "已从网上消失"), "e_changed": ("changed", "改动"), "e_hijacked": ("suspicious words since", "出现疑似植入文字"), "in_page": ("Marked below", "下文标出"), "see_quote": ("in the page", "原文"),
    "colon": (": ", "："), "since_day": ("since", "自"), "no_interviews": ("No interview yet.", "尚无访谈。"), "export_most": ("At most {} interviews.", "最多 {} 场访谈。"),
    "said_by": ("Words said by this person", "此人说过的词"),
    "family": ("CMS family", "建站系统"), "list_pages": ("List pages", "列表页"), "last_run": ("Last run", "最近抓取"), "list_ends": ("The list ends before this.", "列表到此为止。"), "list_empty": ("Nothing is in this list.", "此列表为空。"),
    "severity": ("Severity", "级别"), "text": ("Text", "文字"), "part": ("Part", "部分"), "http_status": ("Status", "状态码"), "bytes": ("bytes", "字节"),
    "no_word": ("There is no word to look for: give one that is no operator and is not behind NOT.", "没有可检索的词：请填写一个不是运算符、也不在 NOT 之后的词。"), "status_404": ("Nothing here", "没有这一页"), "status_503": ("Not now", "暂时无法回答"), "status_500": ("A fault", "页面出错"), "status_400": ("That cannot be answered", "无法回答"), "status_405": ("Not allowed", "不允许"), "status_413": ("Too long", "过长"),
    "pages": ("Pages", "分页"), "first_page": ("First page", "第一页"), "next_page": ("Next page", "下一页"),
}  # fmt: skip


def language(request: Request) -> str:
    """``en`` or ``zh``: as asked in the address, else as the browser prefers."""
    asked = request.args.get("lang")
    if asked in ("en", "zh"):
        return str(asked)
    accepted = (request.headers.get("accept-language") or "").lower()
    places = {code: accepted.find(code) for code in ("en", "zh")}
    known = {code: at for code, at in places.items() if at >= 0}
    return min(known, key=lambda code: known[code]) if known else "zh"


def words(lang: str) -> dict[str, str]:
    """All words in a language."""
    return {name: pair[lang == "zh"] for name, pair in WORDS.items()}
