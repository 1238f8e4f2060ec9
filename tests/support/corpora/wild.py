"""A second corpus with gold by construction, for what :mod:`corpus` does not vary.

Abbreviated names, several guests one a line, minority and padded names, organisations only, hosts by their own name, talks
in one paragraph, lists, bare text nodes, stamps before the label, newest first, two streams with a copy, numbered questions,
captions, stage directions, editor's notes, sign-offs, missing labels, false labels, every hijack kind, parts, list context.
"""

import random
from datetime import date, timedelta

from support.corpora.corpus import Case, Gold

import parsers

FULL_COLON = "："
SETS = {
    "dev": {
        "county": "青禾县",
        "host": "方晴",
        "guests": [("林致远", "青禾县交通运输局", "党委书记、局长", "林局长"), ("阿依古丽·买买提", "青禾县民政局", "副局长", None), ("欧阳静", "青禾县卫生健康局", "党组成员、副局长", "欧阳局长"), ("段 毅", "青禾县气象局", "局长", "段局长"), ("许诺", "县发展和改革局", "二级调研员", None), ("童嘉木", "河口镇", "镇长", "童镇长"), ("郝运来", "青禾县第一中学", "校长", "郝校长"), ("水青山", "青禾县水务局", "总工程师", None), ("苗苗", "共青团青禾县委", "书记", "苗书记"), ("尉迟恭礼", "县退役军人事务局", "党组书记、局长", "尉迟局长")],
        "topics": ["农村公路养护这件事", "养老服务有温度", "家庭医生签约服务", "气象灾害防御", "守护一江清水", "青年创业帮扶"],
        "pairs": [
            ("请问我县农村公路养护的现状如何？", "目前全县列养里程一千八百公里，列养率百分之百。"),
            ("那么具体的申报条件是什么呢？", "主要看三条：户籍、年龄、收入。符合条件的都可以申报。"),
            ("刚才网友“田间小路”问：“我家门口的路什么时候修？”请您回答。", "这位网友问得好。我在这里明确答复：列入了明年计划。"),
            ("基层反映手续多，怎么解决？", "我们把原来的七个环节压减为三个，时间从十五天缩短到三天。"),
            ("您能举个例子吗？", "比如说，张大爷说：“现在看病不用跑县城了。”这就是变化。"),
            ("资金从哪里来？", "中央：地方=6:4，县里配套部分已列入年初预算，电话是0999-7654321。"),
        ],
        "more": ["首先：摸清底数。", "其次，建立台账。", "保障措施：人、财、物同步到位。", "时间：每年10月至12月。", "9:00开始受理，17:30结束。", "林致远同志还走访了三个村。", "总书记指出：“民生无小事。”", "第二，关于奖补标准。", "详情见http://www.qinghe.example/a?b=1:2", "注：以上数据截至上月底。"],
        "netizen": ["田间小路", "qinghe_88", "丽丽妈妈"],
    },
    "held": {
        "county": "松岭县",
        "host": "白露",
        "guests": [("邱少安", "松岭县商务局", "党组书记、局长", "邱局长"), ("次仁卓嘎", "松岭县科技局", "副局长", None), ("诸葛明远", "松岭县审计局", "党组成员、总审计师", None), ("芦 苇", "松岭县统计局", "局长", "芦局长"), ("步惊云", "县市场监督管理局", "三级主任科员", None), ("容若谷", "石门乡", "乡长", "容乡长"), ("简单", "松岭县中医医院", "院长", "简院长"), ("危思安", "松岭县信访局", "四级调研员", None), ("查良才", "松岭县残联", "理事长", "查理事长"), ("上官云", "县生态环境局", "党组书记、局长", "上官局长")],
        "topics": ["家电以旧换新怎么换", "中医药就在身边", "把信访问题解决在家门口", "经济普查为谁查", "小作坊怎么管", "蓝天保卫战"],
        "pairs": [
            ("能不能先介绍一下活动的背景？", "好的。这次活动从五月开始，持续到年底，补贴总额四百万元。"),
            ("消费者怎么参与？", "分两步走：线上领券，线下核销。每人每类限领一张。"),
            ("网上有人问：“外地身份证能领吗？”", "能领。只要在我县门店消费，我们一视同仁。"),
            ("如果商家先涨价再打折怎么办？", "发现一起，查处一起。大家可以拨打12315，我们会说到做到。"),
            ("请说说您印象最深的一件事。", "有位老人对我说：“你们没骗我。”我当时特别感动。"),
            ("最后，请您给大家提个醒。", "提醒三点：看资质、留票据、早投诉。"),
        ],
        "more": ["再次：强化监管。", "这里要说明的是，名额先到先得。", "目标任务：全年办结率98%以上。", "地点：政务大厅二楼。", "第一阶段：宣传发动；第二阶段：集中整治。", "同时，我们还建了微信群。", "有人问：“会不会走过场？”我的回答是：不会。", "（三）抓督导。", "比例为3:2:1。", "联系人：小王。"],
        "netizen": ["松涛阵阵", "user2019", "石门老张"],
    },
    "fresh": {
        "county": "沙河区",
        "host": "郎朗",
        "guests": [("艾力·吐尔逊", "沙河区文体广电和旅游局", "党组副书记、局长", "艾力局长"), ("屈 原平", "区城市管理综合执法局", "党委书记、局长", "屈局长"), ("岳海燕", "沙河区妇女联合会", "主席", "岳主席"), ("鱼跃", "区财政局", "副局长", None), ("皇甫嵩", "沙河区公安分局", "党委委员、副分局长", None), ("才让卓玛", "区民族宗教事务局", "局长", "才让局长"), ("令狐冲和", "沙河区第三小学", "党支部书记、校长", "令狐校长"), ("闻人杰", "区人民法院", "审判委员会专职委员", None), ("曲径通", "东关街道办事处", "主任", "曲主任"), ("佘诗曼", "区疾控中心", "副主任医师", None)],
        "topics": ["老旧小区改造如何推进", "暑期文旅活动多", "家门口的就业服务站", "电动自行车上牌登记", "反家暴就在你我身边", "春季学校传染病防控"],
        "pairs": [
            ("欢迎来到直播间，先跟大家打个招呼吧。", "大家好，很高兴有机会通过网络与各位见面。"),
            ("咱们区今年要改造多少个小区？", "计划改造四十六个，涉及居民一万一千户。资金：中央补助六成，地方配套四成。"),
            ("居民不同意加装电梯怎么办？", "我们的做法是“一楼一策”：先协商，再公示，最后施工。"),
            ("请问什么样的车辆可以办理上牌？", "符合新国标的都可以。办理地点：各交警中队；办理时间：周一至周五9:00-17:00。"),
            ("遇到困难该打哪个电话？", "请拨打12338，二十四小时有人接听。"),
            ("群众最担心的是施工噪音，您怎么看？", "这确实是个问题。我们要求：中午十二点到两点半必须停工。"),
        ],
        "more": ["具体讲三点：", "第一是摸底；第二是排队；第三是实施。", "举个例子：东关街道的李大妈说：“冬天再也不冷了。”", "责任单位：区住建局。", "一句话：让群众满意。", "曲径通同志补充介绍了情况。", "（一）政策依据", "网上流传的“一律拆除”是谣言。", "完成率由年初的30%：提高到现在的80%。", "再有就是，材料要带齐。"],
        "netizen": ["沙河边的风", "东关老王", "cat_2020"],
    },
}  # fmt: skip
CLOSE = [
    "由于时间关系，今天的访谈就到这里，感谢各位嘉宾，感谢网友的参与，再见！",
    "好的，谢谢您的解答。本期访谈到此结束，我们下期再会。",
]
DIRECTIONS = ["（掌声）", "（播放宣传片）", "【插播短片】"]


class Wild:
    """One page."""

    def __init__(self, which, seed, number):
        self.c = SETS[which]
        self.which = which
        self.r = random.Random(f"wild-{which}-{seed}-{number}")
        self.tags = set()
        self.number = number
        self.day = date(2013, 3, 1) + timedelta(days=self.r.randrange(4300))

    def pick(self, dimension, options):
        value = self.r.choice(options)
        self.tags.add(f"{dimension}={value}")
        return value

    def people(self):
        return self.r.sample(self.c["guests"], self.r.choices([1, 2, 3], [5, 3, 2])[0])

    def guests(self, people):
        """Printed guests, as header lines, with their gold."""
        style = self.pick("wguests", ["one_a_line", "semicolon", "spaces", "paren", "name_org", "org_bracket"])
        squeezed = [(n.replace(" ", ""), o, t) for n, o, t, _ in people]
        if style == "one_a_line":
            return "<br>".join(f"{o}{t} {n}" for n, o, t, _ in people), squeezed
        if style == "semicolon":
            return "；".join(f"{o}{t}{n}" for n, o, t, _ in people), squeezed
        if style == "spaces":
            return "　".join(f"{o}{t}{n.replace(' ', '')}" for n, o, t, _ in people), squeezed
        if style == "paren":
            return "、".join(f"{n.replace(' ', '')}（{o}{t}）" for n, o, t, _ in people), squeezed
        if style == "name_org":
            return "；".join(f"{n.replace(' ', '')}，{o}{t}" for n, o, t, _ in people), squeezed
        return "，".join(f"【{o}】{t}{n.replace(' ', '')}" for n, o, t, _ in people), squeezed

    def time(self):
        d, y = self.day, self.day.year
        iso = d.isoformat()
        after = (d + timedelta(days=2)).isoformat()
        cn = "".join("〇一二三四五六七八九"[int(x)] for x in str(y))
        months = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
        tens = ["", "十", "二十", "三十"]
        day = (tens[d.day // 10] if d.day >= 10 else "") + (months[d.day % 10 - 1] if d.day % 10 else "")
        forms = {
            "chinese": (f"{cn}年{months[d.month - 1]}月{day}日", (iso, None, "day")),
            "full": (
                f"{y}年{d.month}月{d.day}日".translate({ord(str(i)): chr(0xFF10 + i) for i in range(10)}),
                (iso, None, "day"),
            ),
            "hhmm": (f"{y}年{d.month}月{d.day}日上午9时30分", (f"{iso}T09:30", None, "minute")),
            "range_hh": (f"{y}年{d.month}月{d.day}日15时至16时", (f"{iso}T15", f"{iso}T16", "hour")),
            "slash": (f"{y}/{d.month:02d}/{d.day:02d} 09:12:00", (f"{iso}T09:12", None, "minute")),
            "month": (f"{y}年{d.month}月", (iso[:7], None, "month")),
            "tilde": (f"{iso} 14:30～15:30", (f"{iso}T14:30", f"{iso}T15:30", "minute")),
            "pm": (f"{y}年{d.month}月{d.day}日下午3点", (f"{iso}T15", None, "hour")),
            "days": (f"{iso}至{after}", (iso, after, "day")),
        }
        text, value = forms[self.pick("wdate", list(forms))]
        return text, (text, *value)

    def noise(self):
        return self.r.random() < 0.25

    # ── the talk ────────────────────────────────────────────────────────────────────────────────────────────────────
    def talk(self, people, squeezed, *, header_guests):
        host_label, host_role, host_person = {
            "word": ("主持人", "host", None),
            "own": (self.c["host"], "host", self.c["host"]),
            "both": (f"主持人（{self.c['host']}）", "host", self.c["host"]),
        }[self.pick("whost", ["word", "word", "own", "both"])]
        abbreviated = self.pick("later", ["full", "short"])
        turns = [[host_label, host_person, host_role, [f"各位网友大家好，欢迎走进{self.c['county']}在线访谈。"]]]
        if not header_guests:
            n, o, t = squeezed[0]
            turns[0][3].append(f"今天我们邀请到的嘉宾是{o}{t}{n}。")
        seen = set()
        for index, (ask, answer) in enumerate(self.r.sample(self.c["pairs"], self.r.randrange(2, 5))):
            (n, _, _, short), name = people[index % len(people)], squeezed[index % len(people)][0]
            del n
            if self.r.random() < 0.2:
                net = self.r.choice(self.c["netizen"])
                turns.append([f"网友{net}", None, "netizen", [ask]])
            else:
                turns.append([host_label, host_person, host_role, [ask]])
            label = short if (short and abbreviated == "short" and name in seen) else name
            seen.add(name)
            words = [answer, *self.r.sample(self.c["more"], self.r.choice([0, 0, 1, 2, 3]))]
            if self.noise():
                words.append(self.r.choice(DIRECTIONS))
            turns.append([label, name, "guest", words])
        if self.r.random() < 0.7:
            turns.append([host_label, host_person, host_role, [self.r.choice(CLOSE)]])
        return turns, host_label

    def rows(self, turns):
        style = self.pick(
            "wlabel",
            ["p", "span_bold", "bracket_colon", "li", "bare", "lead_stamp", "bold_part", "word", "h4", "chat", "one_p", "pre", "h_bracket", "reverse", "tr_one"],
        )  # fmt: skip
        colon = self.r.choice(["：", ":", " :", "： "])
        out, second = [], 0
        for speaker, _, _, words in turns:
            first, *rest = words
            paragraphs = "".join(f"<p>　　{w}</p>" for w in rest)
            second += self.r.randrange(30, 200)
            stamp = f"{9 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            if style == "p":
                out.append(f"<p>　　{speaker}{colon}{first}</p>{paragraphs}")
            elif style == "span_bold":
                out.append(
                    f"<p style='text-indent:2em'><span style='font-weight:bold;color:rgb(0,0,255)'>{speaker}{colon}</span><span>{first}</span></p>{paragraphs}"
                )
            elif style == "bracket_colon":
                out.append(f"<div>【{speaker}】{colon}{first}</div>{paragraphs.replace('p>', 'div>')}")
            elif style == "li":
                out.append(f"<li><b>{speaker}</b>{colon}{'<br/>'.join(words)}</li>")
            elif style == "bare":
                out.append("<br/>\r\n".join(["", f"　　{speaker}{colon}{first}", *("　　" + w for w in rest)]))
            elif style == "lead_stamp":
                out.append(f"<p>[{stamp}] {speaker}{colon}{first}</p>{paragraphs}")
            elif style == "bold_part":
                out.append(f"<p><strong>　　{speaker}{colon}{first[:6]}</strong>{first[6:]}</p>{paragraphs}")
            elif style == "word":
                out.append(
                    f"<p class='MsoNormal' style='mso-pagination:widow-control'><b><span style='font-family:宋体'>{speaker}<span lang=EN-US>{colon}<o:p></o:p></span></span></b><span>{first}</span></p>"
                    + "".join(f"<p class='MsoNormal'><span>{w}<span lang=EN-US><o:p></o:p></span></span></p>" for w in rest)
                )  # fmt: skip
            elif style == "h4":
                out.append(f"<h4>{speaker}{colon}</h4><div>{'</div><div>'.join(words)}</div>")
            elif style == "chat":
                out.append(
                    f"<div class='msg'><div class='who'><em>{speaker}</em> <i>{stamp}</i></div><div class='say'>{'<br>'.join(words)}</div></div>"
                )
            elif style == "one_p":
                out.append(f"{speaker}{colon}{''.join(words)}")
            elif style == "pre":
                out.append("\n".join([f"{speaker}{colon}{first}", *rest]))
            elif style == "h_bracket":
                out.append(f"<p>〔{speaker}〕{first}</p>{paragraphs}")
            elif style == "reverse":
                out.append(f"<p>[{speaker}]{'<br>'.join(words)}[{self.day:%m-%d} {stamp[:5]}]</p>")
            else:
                out.append(f"<tr><td colspan=2><b>{speaker}{colon}</b>{'<br>'.join(words)}</td></tr>")
        if style == "one_p":
            for turn in turns:
                turn[3] = ["".join(turn[3])]
            return f"<p>{''.join(out)}</p>", style
        if style == "reverse":
            out.reverse()
        whole = "".join(out)
        return {
            "li": f"<ul class='list'>{whole}</ul>",
            "pre": "<pre>" + "\n".join(out) + "</pre>",
            "tr_one": f"<table width='100%'>{whole}</table>",
        }.get(style, whole), style

    def header(self, text, guest_text, theme):
        rows = [("访谈时间", text), ("访谈主题", theme)] + ([("访谈嘉宾", guest_text)] if guest_text else [])
        self.r.shuffle(rows)
        style = self.pick("wheader", ["dl", "bracket", "span", "th", "br", "nocolon"])
        if style == "dl":
            return "<dl class='ft'>" + "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in rows) + "</dl>"
        if style == "bracket":
            return "".join(f"<p>【{k}】{v}</p>" for k, v in rows)
        if style == "span":
            return (
                "<div class='ftxx'>" + "".join(f"<div><span>{k}：</span><em>{v}</em></div>" for k, v in rows) + "</div>"
            )
        if style == "th":
            return "<table>" + "".join(f"<tr><th>{k}</th><td>{v}</td></tr>" for k, v in rows) + "</table>"
        if style == "br":
            return "<p>" + "<br/>".join(f"{k}：{v}" for k, v in rows) + "</p>"
        return "<ul>" + "".join(f"<li><label>{k}</label><span>{v}</span></li>" for k, v in rows) + "</ul>"

    def shell(self, title, published, source, body):
        style = self.pick(
            "wtemplate", ["epoint", "jpaas", "phpcms", "siteserver", "dnn", "wechat", "old_table", "mobile"]
        )
        day, clock = published[:10], published[11:16]
        when = f"{day} {clock}".strip()
        side = ""
        if self.noise():
            side = "<div class='rightbox'><dl><dt><a href='/zx/991.html'>上期回顾：另一场访谈</a></dt><dd>嘉宾：县某局局长 关山月</dd><dd>时间：2001-01-01</dd></dl><dl><dt><a href='/zx/992.html'>第二场别的访谈</a></dt><dd>嘉宾：县另局局长 马行空</dd><dd>时间：2002-02-02</dd></dl></div>"
            self.tags.add("sidebar")
        nav = "<ul class='nav'><li><a href='/'>首页</a></li><li><a href='/zw/'>政务公开</a></li><li><a href='/hd/'>政民互动</a></li></ul>"
        pages = {
            "epoint": f"<div class='ewb-location'>您当前的位置：<a href='/'>首页</a> &gt; <a>访谈</a></div><div class='ewb-article'><h3 class='ewb-article-tt'>{title}</h3><div class='ewb-article-sources'><p>【信息时间：{when}】&nbsp;【信息来源：{source}】&nbsp;【阅读次数：<span id='t'></span>】</p></div><div class='ewb-article-info'>{body}</div></div>",
            "jpaas": f"<div class='bt-content'><div class='title'>{title}</div><div class='info'><i>发布日期：{when}</i><i>来源：{source}</i><i>浏览次数：</i></div><div class='article-body'>{body}</div></div>",
            "phpcms": f"<div class='crumbs'><a href='/'>首页</a><span> &gt; </span><a>访谈</a> &gt; 正文</div><div id='Article'><h1>{title}<br/><span>{when}&nbsp;&nbsp;&nbsp;来源：{source}&nbsp;&nbsp;评论：<a>0</a>&nbsp;点击：</span></h1><div class='content'>{body}</div></div>",
            "siteserver": f"<div class='wzy'><h2 class='wzbt'>{title}</h2><div class='wzxx'>发布日期：{when} | 来源：{source} | 点击数：<script>document.write(1)</script></div><div class='wznr'>{body}</div></div>",
            "dnn": f"<table><tr><td><!--TitleStart--><b>{title}</b><!--TitleEnd--></td></tr><tr><td>来源：{source}　　时间：{when}</td></tr><tr><td><span id='zoom'>{body}</span></td></tr></table>",
            "wechat": f"<div id='img-content'><h2 class='rich_media_title'>{title}</h2><div class='rich_media_meta_list'><span>来源：{source}</span> <em>发布时间：{when}</em></div><div class='rich_media_content' id='js_content'>{body}</div></div>",
            "old_table": f"<table width=960 align=center><tr><td colspan=2 align=center><font size=5><b>{title}</b></font></td></tr><tr><td colspan=2 align=center>发布时间：{when}　信息来源：{source}　【字体：<a>大</a> <a>中</a> <a>小</a>】</td></tr><tr><td>{body}</td></tr></table>",
            "mobile": f"<header><a href='/'>返回</a></header><article><h1>{title}</h1><p class='meta'><time>{when}</time> <span>来源：{source}</span></p><div class='art-main'>{body}</div></article>",
        }
        head = (
            f"<meta name='ColumnType' content='在线访谈'><meta name='SiteName' content='{self.c['county']}人民政府'>"
            if self.noise()
            else ""
        )
        tail = self.r.choice(
            [
                "",
                "<div class='share'>分享到：</div><div class='prev'>上一篇：<a href='a.html'>某某会议召开</a></div><div class='next'>下一篇：没有了</div>",
                "<div class='print'><a>打印本页</a> <a>关闭窗口</a></div>",
            ]
        )
        footer = f"<div class='footer'><p>主办：{self.c['county']}人民政府办公室　承办：{self.c['county']}大数据中心</p><p>备案号：陇ICP备12345678号　网站标识码：6299990002</p></div>"
        return f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}_{self.c['county']}人民政府门户网站</title>{head}</head><body>{nav}{side}{pages[style]}{tail}{footer}</body></html>"

    def page(self):
        people = self.people()
        title = self.r.choice(self.c["topics"])
        header_guests = self.r.random() < 0.8
        if not header_guests:
            people = people[:1]
        guest_text, squeezed = self.guests(people)
        text, time = self.time()
        turns, host_label = self.talk(people, squeezed, header_guests=header_guests)
        published = (self.day + timedelta(days=self.r.randrange(0, 12))).isoformat()
        if self.noise():
            published += f"T{self.r.randrange(8, 19):02d}:{self.r.randrange(60):02d}:00+08:00"
        flags = self.tamper(turns)
        rows, style = self.rows(turns)
        if style == "reverse":
            self.tags.add("reverse")
        pre = ""
        if host_label == self.c["host"]:
            pre += f"<p>主持人：{self.c['host']}</p>"
        lead = ""
        if self.noise():
            lead = "<p>编者按：本期访谈围绕群众关切展开，现将访谈实录整理如下。</p>"
            self.tags.add("lead")
        body = self.header(text, guest_text if header_guests else "", title) + pre + lead + rows
        if self.noise():
            body += self.r.choice(
                ["<p>（完）</p>", "<p>- THE END -</p>", "<p>编辑：小李　审核：老王</p>", "<p>（责任编辑：王某）</p>"]
            )
        source = self.c["county"] + self.r.choice(["融媒体中心", "人民政府办公室", "广播电视台"])
        html = self.shell(title, published, source, body)
        gold_turns = [(s.replace(" ", ""), p, r, "\n".join(w)) for s, p, r, w in turns]
        gold = Gold("transcript", title, published, source, title, time, squeezed, gold_turns, flags, self.tags)
        return Case(
            f"http://www.{self.which}.example/zmhd/zxft/{self.number}.html",
            html.encode(),
            "text/html; charset=utf-8",
            gold,
        )

    def tamper(self, turns):
        if self.r.random() > 0.12:
            return []
        index = self.r.choice([i for i, x in enumerate(turns) if x[2] == "guest"])
        kind = self.pick("hijack", ["known", "pinyin"])
        if kind == "pinyin":
            turns[index][3].append("當(dāng)前，我們正在推進(jìn)這項工作。")
            return [("當(dāng)", f"turns[{index + 1}]"), ("進(jìn)", f"turns[{index + 1}]")]
        brand = self.r.choice(["开云体育官网", "华体会app下载", "im电竞官方网站", "亚博体育登录"])
        turns[index][3].append(f"县政府印发了《{brand}进一步加强工作的意见》。")
        return [(brand, f"turns[{index + 1}]")]


def make(which, seed, number):
    """The page of that number."""
    return Wild(which, seed, number).page()


def record(case):
    """What the parsers say of it."""
    return parsers.parse([parsers.Payload(case.url, case.data, case.content_type)])
