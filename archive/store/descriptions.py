"""What every public table and column means, in English and Chinese: in the store (``store_meta``), in the web,
in docs/schema.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

#: table → (English, Chinese)
TABLES: dict[str, tuple[str, str]] = {
    "sites": ("A site whose interviews are archived.", "被归档访谈栏目的网站。"),
    "runs": ("A crawl run, as its report says.", "一次抓取运行（取自运行报告）。"),
    "captures": ("A WARC response or revisit record.", "一条 WARC 响应或 revisit 记录。"),
    "interviews": ("The newest version of each interview.", "每次访谈的最新版本。"),
    "versions": ("Each distinct reading of an interview, in time.", "访谈的每一个不同读取版本（按时间）。"),
    "version_captures": ("The captures that a version was read from.", "某一版本所依据的抓取。"),
    "interview_urls": ("Every address of an interview.", "访谈的所有网址。"),
    "interview_ids": (
        "Every id that leads to an interview: its own, and those it had or may have had by its other addresses.",
        "通向某次访谈的所有标识：现用标识，以及因其他网址而曾经（或可能）使用的标识。",
    ),
    "guests": ("A guest of an interview (newest version), in printed order.", "访谈嘉宾（最新版本，按页面顺序）。"),
    "turns": ("A turn of the dialogue (newest version).", "一段发言（最新版本）。"),
    "qa": (
        "A question and one of its answers; a question without an answer has answer_seq 0.",
        "一问一答；没有回答的问题 answer_seq 为 0。",
    ),
    "exchanges": ("Each question once, with how it was answered.", "每个问题一行，以及其回答情况。"),
    "measures": (
        "Of each interview: questions, follow-ups, citizens' questions and those that nobody answered.",
        "每次访谈的问题数、追问数、群众提问数与未获回答数。",
    ),
    "flags": ("A remark or a suspicion about a place in a version.", "对某版本某处的备注或疑点。"),
    "find": (
        "Full text: SELECT … FROM find WHERE q MATCH '\"执 法\"' (a blank between characters, or zh('执法')).",
        "全文检索：字与字之间加空格，或使用 zh('执法')。",
    ),
    "find_ranked": ("As find, with the hit marked and a bm25 score.", "同 find，并带有命中片段与 bm25 得分。"),
    "history": ("The versions of each interview with their capture times.", "每次访谈各版本及其抓取时间。"),
    "provenance": ("From a version to the WARC records behind it.", "由版本追溯到 WARC 记录。"),
    "citation": ("How to cite an interview (GB/T 7714).", "访谈的引用格式（GB/T 7714）。"),
    "coverage": ("What the archive holds of each site.", "各网站的收录情况。"),
    "persons": (
        (
            "A person who was a guest or is named in turns: the same name on the same site is taken for the same "
            "person (column method)."
        ),
        "出现过的人物：同一网站同名视为同一人（见 method 列）。",
    ),
    "participants": (
        "Who took part in an interview, with turns and characters spoken.",
        "访谈参与者及其发言段数与字数。",
    ),
    "corrections": (
        "People's corrections, laid over what was read (corrections.jsonl).",
        "人工更正（corrections.jsonl），叠加在读取结果之上。",
    ),
    "codings": (
        "What coders say of turns and talks (codings.jsonl): of each coder the last code for a unit and a variable.",
        "编码员对发言或访谈的编码（codings.jsonl）：每位编码员对每个单元、每个变量的最新编码。",
    ),
    "announcements": (
        "A notice and the talk that it announced, where both are pages of their own.",
        "预告与其所预告的访谈（两者为不同页面时）。",
    ),
    "organizations": ("An organisation of guests, by site.", "嘉宾所在单位（按网站）。"),
}
#: Those that hold the archive's content, each row of which WARC and the plain files give again.
PUBLIC = (
    "sites", "runs", "captures", "interviews", "versions", "version_captures", "interview_urls", "interview_ids", "guests", "turns", "qa", "exchanges", "measures",
    "flags", "history", "provenance", "citation", "coverage", "persons", "participants", "organizations", "announcements", "corrections", "codings",
)  # fmt: skip
_UID = ("Public id of the interview: hash of its first address.", "访谈公开标识：首个网址的散列。")
_SEQ = ("Position, from 1.", "次序，从 1 开始。")
_CAPTURE = ("Capture it was read from.", "所依据的抓取。")
_SITE = ("Site id: division code or slug.", "网站标识：行政区划代码或短名。")
#: Columns that mean the same everywhere.
COMMON: dict[str, tuple[str, str]] = {
    "interview": _UID, "uid": _UID, "seq": _SEQ, "capture": _CAPTURE, "site": _SITE,
    "notice": ("Public id of the page that announced it.", "预告页面的公开标识。"), "day": ("The day of the talk.", "访谈日期。"),
    "url": ("Address.", "网址。"), "title": ("Heading as found.", "标题（照原样）。"), "kind": ("transcript, summary, notice, video, attachment, offsite.", "类型：实录、综述、预告、视频、附件、站外。"),
    "genre": ("interview, press_conference, hotline, other; null until the page is parsed again.", "体裁：访谈、记者会（新闻发布会）、热线、其他；重新解析前为空。"),
    "theme": ("Theme as printed; null when none is.", "访谈主题；页面未标则为空。"), "published_at": ("Publication, ISO local time.", "发布时间（本地时间）。"),
    "time_start": ("Beginning of the talk, cut to its precision.", "访谈开始时间（按精度截断）。"), "time_end": ("End of the talk; null when not printed.", "访谈结束时间；未标则为空。"),
    "time_precision": ("minute, hour, day, month or year.", "时间精度。"), "time_text": ("The time as printed.", "时间原文。"), "source": ("Source as printed.", "来源（照原样）。"),
    "n_turns": ("Number of turns.", "发言段数。"), "confidence": ("Lowest confidence of the values, 0 to 1.", "各项取值中最低的置信度。"),
    "first_seen": ("First capture with the interview.", "首次抓取时间。"), "last_seen": ("Last capture with the interview.", "最近一次抓取时间。"),
    "gone_at": ("Since when no address answers with it; null while one does.", "消失时间；仍可访问则为空。"), "fetched_at": ("Time of the fetch, UTC.", "抓取时间（UTC）。"),
    "status": ("HTTP status.", "HTTP 状态码。"), "mime": ("Content type as served.", "内容类型。"), "charset": ("Charset as served.", "声明的字符集。"),
    "sha256": ("SHA-256 of the payload (no chunk framing, content coding kept).", "有效载荷的 SHA-256。"), "bytes": ("Size of the payload.", "有效载荷字节数。"),
    "warc_file": ("WARC file in archive/.", "archive/ 中的 WARC 文件。"), "warc_offset": ("Offset of the record in the file.", "记录在文件中的偏移。"), "warc_length": ("Length of the record in the file.", "记录在文件中的长度。"),
    "record_id": ("WARC-Record-ID.", "WARC 记录号。"), "run": ("Crawl run; null when imported.", "抓取运行；导入的为空。"), "family": ("CMS family.", "CMS 类型。"), "parser": ("Version of the parser.", "解析器版本。"),
    "version": ("Version id: uid.number.", "版本标识。"), "version_no": ("Number of the version, from 1.", "版本号，从 1 开始。"), "content_sha256": ("Digest of the reading's fixed keys.", "读取内容的摘要。"),
    "speaker": ("Label as printed.", "发言者标签（照原样）。"), "person": ("Full name the label resolves to; null when it does not.", "对应的真实姓名；无法确定则为空。"),
    "role": ("host, guest, netizen, reporter, narrator, unknown.", "角色。"), "text": ("The words, paragraphs joined by a line feed.", "文字，段落以换行相连。"), "name": ("Name.", "名称。"),
    "organization": ("Organisation as printed.", "单位（照原样）。"), "province": ("Province.", "省。"), "prefecture": ("Prefecture.", "市（州）。"), "county": ("County.", "县（区）。"), "host": ("Host.", "主机名。"), "code": ("Division code (GB/T 2260); null where id, name and host give none.", "行政区划代码（GB/T 2260）；标识、名称、主机名均不能确定时为空。"),
    "reason": ("Why.", "原因。"), "since": ("Since when.", "起始时间。"), "q": ("What MATCH is asked of.", "MATCH 的对象。"), "interviews": ("Number of interviews.", "访谈数。"), "turns": ("Number of turns.", "发言段数。"),
    "id": ("Id of the row, stable.", "行的稳定标识。"), "key": ("Address under which its variants meet.", "归并后的网址键。"), "type": ("response or revisit.", "response 或 revisit。"),
}  # fmt: skip
#: table.column → (English, Chinese), where the common meaning does not fit.
COLUMNS: dict[str, tuple[str, str]] = {
    "captures.method": ("HTTP method.", "HTTP 方法。"), "captures.request_sha256": ("SHA-256 of the request body; null for a plain GET.", "请求正文的 SHA-256；普通 GET 为空。"),
    "captures.truncated": ("WARC-Truncated reason; `segments` for the first of several; null when complete.", "截断原因；分段记录的首段为 `segments`；完整则为空。"), "captures.refers_to": ("Capture that a revisit repeats.", "revisit 所指的抓取。"), "captures.source": ("Address at a web archive that handed the page out; null for what a crawl or an import brought.", "提供该页的网络档案地址；抓取或导入所得的为空。"),
    "versions.newest": ("1 for the newest version.", "最新版本为 1。"), "versions.contested": ("Lowest confidence of the values that another rule contradicts; null when none is.", "与其他规则相左的取值中最低的置信度；没有则为空。"), "versions.encoding": ("Encoding of the page.", "页面编码。"), "versions.evidence": ("JSON: where each value was found, what was abstained from. Left out are what is empty, and `raw` where it is the quote; `payload` is a place in `payloads`, else the first one. `fangtan record TURN` says where a turn was.", "JSON：每个取值的依据与放弃的取值；空项省略，与 quote 相同的 raw 省略；payload 为 payloads 中的序号，省略即首项。发言的依据见 `fangtan record`。"),
    "version_captures.part": ("page, part, list or api.", "页面、分页、列表或接口。"), "interview_urls.reason": ("page, same talk, redirect or part.", "本页、同一访谈、跳转或分页。"),
    "interview_ids.id": ("An id that was or may have been shown.", "曾经（或可能）公布过的标识。"), "interview_ids.interview": ("Public id of the interview today.", "访谈现用的公开标识。"),
    "interview_ids.reason": ("Whose hash it is: page, same talk, redirect, part; earlier rule: of an address as earlier versions made it; takedown: the ledger names it.", "标识来自哪种网址：本页、同一访谈、跳转、分页；earlier rule：按旧版规则归并的网址；takedown：由账本记载。"),
    "turns.time": (
        "When it was said or written, where the page prints it, as precise as printed; a time of day alone where no date is printed.",
        "发言或留言时间（页面标明时），按所标精度；未标日期的只有钟点。",
    ),
    "turns.id": ("Public id of the turn: the interview's id and a name made of its words.", "发言的公开标识：访谈标识加由文字算出的名称。"), "find.id": ("Public id of the turn.", "发言的公开标识。"), "find_ranked.id": ("Public id of the turn.", "发言的公开标识。"),
    "codings.unit": ("Id of the turn or the talk that is coded.", "被编码的发言或访谈的标识。"), "codings.variable": ("What is coded.", "编码变量。"), "codings.coder": ("Who coded it.", "编码员。"),
    "codings.value": ("The code.", "编码值。"), "codings.date": ("When.", "日期。"), "codings.number": ("Line of the file.", "文件中的行。"),
    "corrections.uid": ("The id that the line names; interview is where it leads.", "更正行所写的标识；interview 为其现在所指的访谈。"),
    "corrections.trouble": ("Why it does not hold; null when it does.", "未生效的原因；生效则为空。"),
    "guests.title": ("Post as printed.", "职务（照原样）。"), "qa.question_seq": ("Turn of the question.", "问题所在发言次序。"), "qa.answer_seq": ("Turn of the answer; 0 without an answer.", "回答所在发言次序；无回答为 0。"),
    "qa.kind": ("opening, question, follow-up or closing.", "开场、提问、追问或结束语。"), "qa.relayed": ("1 when a host asks for a citizen.", "主持人转述群众提问为 1。"), "qa.asker_role": ("Role of who asks.", "提问者角色。"),
    "qa.asker_person": ("Person id of who asks; null when the label resolves to nobody.", "提问者人物标识；无法确定则为空。"), "qa.asker_organization": ("Organisation of who asks, as printed.", "提问者单位（照原样）。"), "qa.asker_title": ("Post of who asks.", "提问者职务。"),
    "qa.answerer_person": ("Person id of who answers.", "回答者人物标识。"), "qa.answerer_organization": ("Organisation of who answers, as printed.", "回答者单位（照原样）。"), "qa.answerer_title": ("Post of who answers.", "回答者职务。"),
    "exchanges.kind": ("opening, question, follow-up or closing.", "开场、提问、追问或结束语。"), "exchanges.relayed": ("1 when a host asks for a citizen.", "主持人转述群众提问为 1。"), "exchanges.citizen": ("1 for a netizen's question, and for one that a host relays.", "网民提问或主持人转述的提问为 1。"),
    "exchanges.question_seq": ("Turn of the question.", "问题所在发言次序。"), "exchanges.asker_role": ("Role of who asks.", "提问者角色。"), "exchanges.question_characters": ("Length of the question.", "问题字数。"), "exchanges.answers": ("Turns that answer it.", "回答的发言段数。"),
    "exchanges.answer_characters": ("Length of its answers.", "回答字数。"), "exchanges.answerer_person": ("Person id of who answers; of several the first.", "回答者人物标识；多人时取其一。"), "exchanges.answerer_organization": ("Organisation of who answers; of several the first.", "回答者单位；多人时取其一。"),
    "measures.questions": ("Questions and follow-ups.", "提问与追问数。"), "measures.follow_ups": ("Follow-ups.", "追问数。"), "measures.citizens_questions": ("Citizens' questions, relayed ones too.", "群众提问数（含转述）。"), "measures.unanswered": ("Citizens' questions that nobody answered.", "未获回答的群众提问数。"),
    "measures.unanswered_share": ("Unanswered ones among the citizens' questions, 0 to 1; null without any.", "未获回答所占比例；没有群众提问则为空。"), "measures.answer_characters": ("Mean length of the answers to a question.", "每个问题的平均回答字数。"),
    "qa.question_id": ("Id of the turn that asks.", "提问所在发言的标识。"), "qa.answer_id": ("Id of the turn that answers; null without an answer.", "回答所在发言的标识；无回答则为空。"),
    "qa.question_time": ("When it was asked, as turns.time.", "提问时间，同 turns.time。"), "qa.answer_time": ("When it was answered, as turns.time.", "答复时间，同 turns.time。"),
    "qa.days": ("Days from question to answer; null where the page does not print both dates.", "从提问到答复的天数；页面未同时标明两者日期则为空。"),
    "exchanges.question_id": ("Id of the turn that asks.", "提问所在发言的标识。"), "exchanges.question_time": ("When it was asked, as turns.time.", "提问时间，同 turns.time。"),
    "exchanges.answer_time": ("When it was answered first, as turns.time.", "首次答复时间，同 turns.time。"), "exchanges.days": ("Days until the first answer; null where the page does not print both dates.", "到首次答复的天数；页面未同时标明两者日期则为空。"),
    "measures.dated": ("Questions whose page prints the dates of question and answer.", "页面同时标明提问与答复日期的问题数。"), "measures.days": ("Mean days from question to first answer, of the dated ones.", "标明日期者从提问到首次答复的平均天数。"),
    "qa.asker": ("Who asks.", "提问者。"), "qa.question": ("The question.", "问题。"), "qa.answerer": ("Who answers.", "回答者。"), "qa.answer": ("The answer.", "回答。"),
    "flags.rule": ("Rule that fired.", "触发的规则。"), "flags.severity": ("info, warning (suspected) or alert (certain tampering).", "级别：info 备注，warning 疑似、alert 确定篡改。"), "flags.field": ("title, turns[3] …", "所在字段。"),
    "flags.text": ("The words in question, as found.", "相关文字（照原样）。"), "flags.char_start": ("Where they begin in the field.", "起始字符。"), "flags.char_end": ("Where they end.", "结束字符。"), "flags.suggestion": ("A possible original.", "可能的原文。"),
    "find_ranked.hit": ("The place, marked.", "命中片段。"), "find_ranked.score": ("bm25; smaller is better.", "bm25 得分，越小越相关。"), "provenance.part": ("page, part, list or api.", "页面、分页、列表或接口。"),
    "citation.gbt7714": ("Citation in GB/T 7714.", "GB/T 7714 引用格式。"), "coverage.transcripts": ("With turns.", "有实录的访谈数。"), "coverage.videos": ("Only a video.", "仅视频。"), "coverage.attachments": ("Only a file.", "仅附件。"),
    "coverage.notices": ("Notices of talks to come.", "预告数。"), "coverage.gone": ("Gone from the web.", "已消失数。"), "coverage.earliest": ("Earliest talk.", "最早的访谈。"), "coverage.latest": ("Latest talk.", "最近的访谈。"),
    "runs.site": _SITE, "runs.started_at": ("Start, UTC.", "开始时间。"), "runs.ended_at": ("End, UTC.", "结束时间。"), "runs.verdict": ("ok, incomplete, blocked, tampered, layout changed, running, unreadable.", "结论。"), "runs.pages": ("Responses.", "响应数。"),
    "runs.new": ("New interviews.", "新增。"), "runs.changed": ("Changed interviews.", "变更。"), "runs.gone": ("Gone interviews.", "消失。"), "runs.unchanged": ("Unchanged interviews.", "未变。"), "runs.errors": ("Failed pages.", "失败页数。"),
    "runs.declared": ("List pages that the pager declares.", "翻页器声明的列表页数。"), "runs.got": ("List pages that came.", "实得列表页数。"), "runs.bytes": ("Bytes received.", "接收字节数。"), "runs.exit_code": ("Exit code.", "退出码。"),
    "runs.code_version": ("Versions of crawler and parser.", "程序版本。"), "runs.report": ("The complete report, JSON.", "完整报告（JSON）。"),
    "persons.id": ("site/name.", "网站/姓名。"), "persons.method": ("Why appearances count as one person.", "归为同一人的依据。"), "persons.first": ("Earliest talk.", "最早出现。"), "persons.last": ("Latest talk.", "最近出现。"),
    "persons.posts": ("Organisations and posts as printed, in order of time.", "历次单位与职务（按时间）。"), "participants.person": ("Person id; null for labels that resolve to nobody.", "人物标识；无法对应则为空。"),
    "participants.name": ("Name, or the label as printed.", "姓名或标签。"), "participants.title": ("Post as printed.", "职务（照原样）。"), "participants.characters": ("Characters spoken.", "发言字数。"),
    "corrections.number": ("Line of the file.", "文件中的行。"), "corrections.field": ("Field that is corrected.", "被更正的字段。"), "corrections.old": ("Value that was corrected.", "更正前的值。"),
    "corrections.new": ("Value that is shown.", "更正后的值。"), "corrections.author": ("Who corrected it.", "更正者。"), "corrections.date": ("When.", "日期。"),
    "corrections.parsed": ("What the parser reads there.", "解析器读到的值。"), "corrections.applied": ("1 when it holds; 0 when it does not (see trouble).", "生效为 1；未生效为 0（见 trouble）。"),
    "interviews.date": ("When the talk took place, else when it was published; null when the page says neither.", "访谈时间；不详则为发布时间；页面均未标明则为空。"), "interviews.characters": ("Characters of all turns.", "全部发言字数。"), "versions.characters": ("Characters of all turns.", "全部发言字数。"),
    "announcements.method": ("What the two pages have in common.", "两页的共同点。"),
    "organizations.guests": ("Distinct guests.", "嘉宾人数。"),
}  # fmt: skip


def describe(table: str, column: str | None = None) -> tuple[str, str] | None:
    """English and Chinese; ``None`` when nothing is said."""
    if column is None:
        return TABLES.get(table)
    return COLUMNS.get(f"{table}.{column}") or COMMON.get(column)


def described(db: sqlite3.Connection) -> Iterator[tuple[str, str | None, tuple[str, str]]]:
    """Every public table and column of a store with its meaning, in order."""
    present = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    for table, about in TABLES.items():
        if table not in present:
            continue
        yield table, None, about
        for row in db.execute(f"PRAGMA table_info({table})"):
            if row[1].startswith("corrected_"):
                continue
            yield table, row[1], describe(table, row[1]) or ("", "")
