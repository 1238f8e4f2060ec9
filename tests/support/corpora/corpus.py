"""A corpus with gold by construction: contents × templates × header styles × label styles × date styles × noise.

Two content sets that share no name, office, sentence or topic: ``dev`` is for writing rules, ``held`` only for measuring.
Every page is a pure function of (set, seed, number).
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

SETS = {
    "dev": {
        "county": "云岭县",
        "names": ["赵一鸣", "钱慧", "孙立", "李青", "周云", "吴海波", "郑小东", "王建国", "冯雪梅", "陈思远", "欧阳明", "蒋文", "沈国强", "韩冰"],
        "posts": [("县司法局", "党组成员、副局长"), ("县人社局", "局长"), ("县林草局", "副局长"), ("县医疗保障局", "党组书记、局长"), ("县教育局", "四级调研员"), ("县就业服务中心", "主任"), ("县公安局交警大队", "大队长"), ("云岭镇", "党委书记"), ("县人民医院", "党委副书记、院长"), ("县住房和城乡建设局", "局长")],
        "topics": ["扎实推进法治建设", "冬季供暖怎么保", "医保缴费问答", "义务教育招生政策", "筑牢森林防火墙", "耕地补贴怎么领", "让老人吃上热乎饭", "优化营商环境"],
        "questions": ["请您介绍一下这项工作的总体情况。", "群众最关心的是办理流程，请问需要哪些材料？", "下一步还有哪些打算？", "有网友留言问，外地户口能不能办？", "目前取得了哪些成效？", "请问标准是怎么确定的？"],
        "answers": ["今年以来，我们坚持问题导向，共排查整改隐患二百一十三处。", "需要身份证、户口簿和申请表三样材料，当天就能办结。", "一是抓好宣传，二是抓好落实，三是抓好监督，确保政策不走样。", "可以办。政策对本地和外地户籍一视同仁。", "根本目的是为民：让数据多跑路，让群众少跑腿。", "全县建成示范点十二个，群众满意度达到百分之九十六。"],
        "extra": ["具体来说，分为三个阶段推进。", "目标：到年底前全部完成。", "第一步：登记；第二步：公示；第三步：发放。", "（一）压实责任。各部门各负其责。", "咨询电话：0999-1234567。", "数据显示：办件量比去年增长了两成。"],
        "netizens": ["山里人", "清风徐来", "老李"],
        "outlets": ["云岭日报", "县融媒体中心"],
    },
    "held": {
        "county": "白石县",
        "names": ["罗晓峰", "卓玛", "何雨桐", "祁连", "白雪莹", "马占海", "田野", "高原", "司马南星", "尤小刚", "庞博", "傅秋月", "鲁大川", "贺兰"],
        "posts": [("县应急管理局", "党委书记、局长"), ("县文化旅游局", "副局长"), ("县税务局", "党委委员、总经济师"), ("县乡村振兴局", "局长"), ("县疾病预防控制中心", "主任"), ("县供销合作社联合社", "理事会主任"), ("白石县自然资源局", "党组成员、副局长"), ("县消防救援大队", "大队长"), ("县行政审批局", "二级主任科员"), ("城关镇", "镇长")],
        "topics": ["汛期安全怎么防", "乡村旅游新图景", "退税减税进行时", "防返贫监测答疑", "疫苗接种那些事", "不动产登记一窗办", "消防通道别堵塞", "农资保供稳价"],
        "questions": ["能否先谈谈今年的形势？", "老百姓遇到这种情况应该找哪个窗口？", "请问补助资金什么时候到账？", "网上有人说要交手续费，是真的吗？", "基层干部有什么体会？", "接下来的重点放在哪里？"],
        "answers": ["总体平稳，但局部地区短时强降雨的风险依然存在。", "到政务大厅三号窗口，工作人员会一次性告知。", "资金按季度拨付，九月底前到账，请大家留意短信。", "不是真的，全程不收取任何费用，请不要上当。", "干部进村入户，摸清底数，建立台账，销号管理。", "重点有两个：项目和环境，项目要快，环境要优。"],
        "extra": ["这里我再多说两句。", "原则：应纳尽纳、应帮尽帮。", "其一：看收入；其二：看支出。", "二、关于资金安排。今年共安排一千二百万元。", "网址：http://www.baishi.example/fw", "文件指出：要切实减轻基层负担。"],
        "netizens": ["河畔杨柳", "一路向北", "小芳"],
        "outlets": ["白石融媒", "陇上晨报"],
    },
}  # fmt: skip

BRANDS = [
    "全球领先体育平台",
    "Betway必威体育官网",
    "乐鱼体育app下载",
    "九游会官网",
    "金沙娱乐官网登录",
    "开云体育官方网站",
]


@dataclass
class Gold:
    kind: str
    title: str
    published_at: str | None
    source: str | None
    theme: str | None
    time: tuple | None
    guests: list
    turns: list  # (speaker, person, role, text)
    flags: list = field(default_factory=list)  # (text, where)
    tags: set = field(default_factory=set)


@dataclass
class Case:
    url: str
    data: bytes
    content_type: str
    gold: Gold


class Maker:
    """One page."""

    def __init__(self, which, seed, number):
        self.c = SETS[which]
        self.r = random.Random(f"{which}-{seed}-{number}")
        self.tags = set()
        self.day = date(2012, 1, 1) + timedelta(days=self.r.randrange(4500))

    def pick(self, dimension, options):
        value = self.r.choice(options)
        self.tags.add(f"{dimension}={value}")
        return value

    # ── facts ───────────────────────────────────────────────────────────────
    def people(self):
        count = self.r.choices([1, 2, 3], [6, 3, 1])[0]
        names = self.r.sample(self.c["names"], count)
        posts = self.r.sample(self.c["posts"], count)
        return [(n, o, t) for n, (o, t) in zip(names, posts, strict=True)]

    def guest_text(self, people):
        style = self.pick(
            "guest",
            ["joined", "space", "bracket", "name_first", "colon"]
            if len(people) == 1
            else ["joined", "space", "bracket"],
        )
        if style == "bracket":
            return "、".join(f"{n}（{o}{t}）" for n, o, t in people)
        if style == "name_first":
            return "、".join(f"{n} {o}{t}" for n, o, t in people)
        gap = {"joined": "", "space": " ", "colon": "："}[style]
        separator = self.r.choice(["、", "；", "，"])
        return separator.join(f"{o}{t}{gap}{n}" for n, o, t in people)

    def time_text(self):
        d = self.day
        week = "一二三四五六日"[d.weekday()]
        iso = d.isoformat()
        forms = {
            "day": (f"{d.year}年{d.month}月{d.day}日", (iso, None, "day")),
            "range": (
                f"{d.year}年{d.month}月{d.day}日(星期{week})上午10:00-11:00",
                (f"{iso}T10:00", f"{iso}T11:00", "minute"),
            ),
            "dash": (f"{iso} 15：00", (f"{iso}T15:00", None, "minute")),
            "double": (f"{iso} 15:00:00--{iso} 15:30:00", (f"{iso}T15:00", f"{iso}T15:30", "minute")),
            "hour": (f"{d.year}年{d.month:02d}月{d.day:02d}日 16时(星期{week})", (f"{iso}T16", None, "hour")),
            "dots": (f"{d.year}.{d.month:02d}.{d.day:02d}", (iso, None, "day")),
            "half": (f"{d.year}年{d.month}月{d.day}日上午9点半至11点", (f"{iso}T09:30", f"{iso}T11:00", "minute")),
            "pm": (f"{d.year}年{d.month}月{d.day}日 下午2:30—3:30", (f"{iso}T14:30", f"{iso}T15:30", "minute")),
        }
        text, value = forms[self.pick("date", list(forms))]
        return text, (text, *value)

    def labels(self, people, host_name):
        host = self.pick("host", ["主持人", "主持", "记者", "named", "主 持 人"])
        printed_host = f"主持人{host_name}" if host == "named" else host
        host_role = "reporter" if host == "记者" else "host"
        style = (
            self.pick("who", ["name", "surname_title", "post_name", "word"])
            if len(people) == 1
            else self.pick("who", ["name", "post_name"])
        )
        printed = {}
        for n, o, t in people:
            last = t.split("、")[-1]
            bare = (
                last.removeprefix("副")
                .removeprefix("四级")
                .removeprefix("二级")
                .removeprefix("党委")
                .removeprefix("理事会")
            )
            surname = n[:2] if n[:2] in ("欧阳", "司马") else n[0]
            printed[n] = {"name": n, "surname_title": surname + bare, "post_name": last + n, "word": "嘉宾"}[style]
        return printed_host, host_role, printed

    # ── dialogue ────────────────────────────────────────────────────────────
    def dialogue(self, people, printed_host, host_role, printed, host_name):
        squeezed = printed_host.replace(" ", "")
        host_person = host_name if host_name in printed_host else None
        turns = [
            (
                squeezed,
                host_person,
                host_role,
                f"各位网友，大家好！欢迎收看{self.c['county']}在线访谈，今天的话题是民生。",
            )
        ]
        first = people[0][0]
        turns.append((printed[first], first, "guest", "主持人好，各位网友好！"))
        for n in range(self.r.randrange(2, 6)):
            asker = (squeezed, host_person, host_role)
            if self.r.random() < 0.2:
                asker = (f"网友{self.r.choice(self.c['netizens'])}", None, "netizen")
            turns.append((*asker, self.r.choice(self.c["questions"])))
            name = people[n % len(people)][0]
            text = [self.r.choice(self.c["answers"]), *self.r.sample(self.c["extra"], self.r.choice([0, 0, 1, 2]))]
            turns.append((printed[name], name, "guest", "\n".join(text)))
        if self.r.random() < 0.5:
            turns.append((squeezed, host_person, host_role, "由于时间关系，今天的访谈就到这里，再见！"))
        return turns

    def render(self, turns, printed_host):
        style = self.pick(
            "label",
            [
                "plain",
                "strong",
                "strong_colon",
                "lenticular",
                "square",
                "own",
                "br",
                "table",
                "dl",
                "div_span",
                "stamped",
                "split",
                "section",
            ],
        )
        colon = self.pick("colon", ["：", ":", "∶", "︰", "﹕", " ："])
        indent = self.pick("indent", ["", "　　", "&nbsp;&nbsp;&nbsp;&nbsp;", "&emsp;&emsp;"])
        rows, minute = [], datetime(2020, 1, 1, 10, 0)
        for speaker, _, _, text in turns:
            shown = printed_host if speaker == printed_host.replace(" ", "") else speaker
            first, *rest = text.split("\n")
            more = [f"<p>{indent}{p}</p>" for p in rest]
            minute += timedelta(seconds=self.r.randrange(20, 90))
            if style == "plain":
                rows += [f"<p>{indent}{shown}{colon}{first}</p>", *more]
            elif style == "strong":
                rows += [f"<p>{indent}<strong>{shown}</strong>{colon}{first}</p>", *more]
            elif style == "strong_colon":
                rows += [f"<p>{indent}<b>{shown}{colon}</b>{first}</p>", *more]
            elif style == "lenticular":
                rows += [f"<p>{indent}【{shown}】{first}</p>", *more]
            elif style == "square":
                rows += [f"<p>{indent}[{shown}]{first}</p>", *more]
            elif style == "own":
                rows += [f"<p><strong>{shown}{colon}</strong></p>", f"<p>{indent}{first}</p>", *more]
            elif style == "br":
                rows.append("<br>".join([f"{indent}{shown}{colon}{first}", *(indent + p for p in rest)]) + "<br>")
            elif style == "table":
                rows.append(f"<tr><td width='80'>{shown}</td><td>{'<br>'.join([first, *rest])}</td></tr>")
            elif style == "dl":
                rows.append(f"<dl><dt>{shown}{colon}</dt><dd>{'<br>'.join([first, *rest])}</dd></dl>")
            elif style == "div_span":
                rows += [
                    f"<div class='item'><span class='name' style='color:#c00'>{shown}{colon}</span>{first}",
                    *(f"<br>{p}" for p in rest),
                    "</div>",
                ]
            elif style == "stamped":
                rows.append(f"<p>[{shown}] {'<br>'.join([first, *rest])} [{minute:%m-%d %H:%M}]</p>")
            elif style == "split":
                rows += [
                    f"<p>{indent}<b>{shown[:1]}</b><b>{shown[1:]}</b><span lang='EN-US'>{colon}</span><span style='font-family:宋体;mso-ascii-font-family:Calibri'>{first}</span></p>",
                    *more,
                ]
            else:
                rows += [f"<section><section>{indent}{shown}{colon}{first}</section></section>", *more]
        if style == "table":
            return "<table>" + "".join(rows) + "</table>"
        if style == "br":
            return "<p>" + "".join(rows) + "</p>"
        return "".join(rows)

    # ── header and page ─────────────────────────────────────────────────────
    def header(self, values):
        style = self.pick("header", ["lines", "bold", "one_line", "table", "next_line"])
        names = {
            "theme": ["访谈主题", "本期主题", "本期话题", "访谈话题"],
            "guests": ["访谈嘉宾", "做客嘉宾", "本期嘉宾", "嘉宾"],
            "time": ["访谈时间", "直播时间", "播出时间"],
            "host": ["主持人"],
        }
        rows = [(self.r.choice(names[k]), v) for k, v in values]
        if style == "lines":
            return "".join(f"<p>{k}：{v}</p>" for k, v in rows)
        if style == "bold":
            return "".join(f"<p><b>{k}：</b>{v}</p>" for k, v in rows)
        if style == "one_line":
            return "<p>" + "　".join(f"{k}：{v}" for k, v in rows) + "</p>"
        if style == "table":
            return (
                "<table>"
                + "".join(
                    f"<tr><td>{k}</td><td>{v}</td></tr>"
                    if len(k) > 2 and k != "主持人"
                    else f"<tr><td>{k}：</td><td>{v}</td></tr>"
                    for k, v in rows
                )
                + "</table>"
            )
        return "".join(f"<p>{k}：</p><p>{v}</p>" for k, v in rows)

    def page(self, title, published, source, body, head_title=None):
        template = self.pick(
            "template", ["trs", "ucap", "hanweb", "vsb", "lonsun", "powereasy", "gkmlpt", "dede", "bare"]
        )
        noise = self.pick("noise", ["none", "sidebar", "chrome", "related"])
        day = published[:10]
        clock = f" {published[11:16]}" if len(published) > 10 else ""
        title_tag = head_title or f"{title}-{self.c['county']}人民政府"
        meta = ""
        if self.r.random() < 0.5:
            meta = f'<meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="{day}{clock}"><meta name="ContentSource" content="{source}">'
            self.tags.add("meta=yes")
        crumb = "<div class='position'>当前位置：<a href='/'>首页</a> &gt; <a href='/hdjl/'>互动交流</a> &gt; <a href='./'>在线访谈</a></div>"
        side = ""
        if noise == "sidebar":
            side = "<div class='right'><h3>往期访谈</h3><ul><li><a href='/a1.html'>其他访谈一</a><p>访谈嘉宾：县某局局长张三丰</p><p>访谈时间：2001年1月1日</p></li><li><a href='/a2.html'>其他访谈二</a><p>访谈嘉宾：县某局局长李四光</p><p>访谈时间：2002年2月2日</p></li></ul></div>"
        tail = ""
        if noise == "chrome":
            tail = "<div class='ewm'>扫一扫在手机打开当前页</div><div>【我要纠错】责任编辑：管理员</div><div>您访问的链接即将离开“政府”门户网站 是否继续?</div>"
        if noise == "related":
            tail = "<div class='xgyd'><h3>相关阅读</h3><ul><li><a href='/x1.html'>县政府召开常务会议</a> 2020-01-01</li><li><a href='/x2.html'>全县安全生产会议召开</a> 2020-01-02</li></ul></div>"
        info = f"来源：{source}　发布时间：{day}{clock}"
        layouts = {
            "trs": f"<h1>{title}</h1><div class='xx'><span>{info}</span><span>字体：【<a>大</a> <a>中</a> <a>小</a>】</span></div><div id='zoom'><div class='TRS_Editor'>{body}</div></div>",
            "ucap": f"<h1 class='title'>{title}</h1><div class='pages-date'>{day}{clock} <span class='font'>来源：{source}</span></div><div class='pages_content' id='UCAP-CONTENT'>{body}</div>",
            "hanweb": f"<table id='c'><tr><td class='title'>{title}</td></tr><tr><td>发布日期：{day}{clock}&nbsp;来源：{source}&nbsp;浏览次数：<script>1</script></td></tr><tr><td><div id='zoom'>{body}</div></td></tr></table>",
            "vsb": f"<form name='_newscontent_fromname'><h1 align='center'>{title}</h1><div>来源：{source}&nbsp;时间：{day}{clock}&nbsp;点击：[<script>_showDynClicks('wbnews',1,2)</script>]</div><div id='vsb_content_2'><div class='v_news_content'>{body}</div></div></form>",
            "lonsun": f"<h1 class='newstitle'>{title}</h1><div class='newsinfo'><span>发布时间：{day}{clock}</span><span>信息来源：{source}</span><span>阅读次数：12</span></div><div class='j-fontContent newscontnet'>{body}</div>",
            "powereasy": f"<table width='98%'><tr><td align='center'><h2 class='title'>{title}</h2></td></tr><tr><td>作者：佚名 文章来源：{source} 点击数：99 更新时间：{day}{clock}</td></tr><tr><td id='fontzoom'>{body}</td></tr></table>",
            "gkmlpt": f"<div class='article'><h1 class='title document-number'>{title}</h1><div class='date-row'>来源：{source} 发布日期：{day}{clock} 浏览量：-</div><div class='article-content'>{body}</div></div>",
            "dede": f"<div class='viewbox'><div class='title'><h2>{title}</h2></div><div class='info'><small>时间:</small>{day}{clock} <small>来源:</small>{source} <small>点击:</small>12次</div><div class='content'>{body}</div></div>",
            "bare": f"<h1>{title}</h1><p>来源：{source} 日期：{day}{clock}</p>{body}",
        }
        html = f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title_tag}</title>{meta}</head><body>{crumb}{side}{layouts[template]}{tail}<div class='footer'>主办单位：{self.c['county']}人民政府 网站标识码：6299990001</div></body></html>"
        if self.pick("charset", ["utf-8", "utf-8", "gbk"]) == "gbk":
            return html.replace("charset='utf-8'", "charset='gb2312'").encode("gb18030")
        return html.encode()


def make(which, seed, number):
    """The page of that number."""
    m = Maker(which, seed, number)
    kind = m.r.choices(["transcript", "notice", "video", "summary", "plan", "attachment"], [12, 1, 1, 1, 0.5, 0.5])[0]
    title = m.r.choice(m.c["topics"]) + m.r.choice(["", "——在线访谈", "（第三期）"])
    published = (m.day + timedelta(days=m.r.randrange(0, 20))).isoformat()
    if m.r.random() < 0.6:
        published += f"T{m.r.randrange(8, 19):02d}:{m.r.randrange(60):02d}:00+08:00"
    source = m.c["county"] + m.r.choice(["司法局", "人民政府网", "融媒体中心"])
    people = m.people()
    url = f"http://www.{which}.example/zxft/t{m.day:%Y%m%d}_{number}.html"
    if kind == "transcript":
        body, gold = transcript(m, title, people)
    else:
        body, gold, title = other(m, kind, title, people, published)
    gold.title, gold.published_at, gold.source, gold.kind = title, published, source, kind
    data = m.page(title, published, source, body)
    gold.tags = m.tags | {f"kind={kind}"}
    return Case(url, data, "text/html", gold)


def transcript(m, title, people):
    host_name = "江南" if m.c["county"] == "云岭县" else "苏叶"
    printed_host, host_role, printed = m.labels(people, host_name)
    turns = m.dialogue(people, printed_host, host_role, printed, host_name)
    where = m.pick("guests_in", ["header", "header", "header", "intro"])
    text, time = m.time_text()
    guest_text = m.guest_text(people)
    values = [("time", text), ("guests", guest_text), ("theme", title)]
    m.r.shuffle(values)
    guests = list(people)
    if where == "intro":
        values = [v for v in values if v[0] != "guests"]
        o, t, n = people[0][1], people[0][2], people[0][0]
        first = turns[0]
        turns[0] = (*first[:3], f"各位网友，大家好！今天我们邀请到了{o}{t}{n}同志，与大家交流。")
        if len(people) > 1 or printed[people[0][0]] == "嘉宾":
            people = people[:1]
            guests = list(people)
            turns = [x for x in turns if x[2] != "guest" or x[1] == n]
            turns = [(printed[n] if x[2] == "guest" else x[0], *x[1:]) for x in turns]
    header = m.header(values)
    caption = ""
    if m.r.random() < 0.4:
        n, o, t = people[0]
        caption = f"<p align='center'><img src='a.jpg'></p><p align='center'>{o}{t}{n}</p>"
        m.tags.add("caption=yes")
    flags, shown = [], turns
    if m.r.random() < 0.15:
        index = m.r.choice([i for i, x in enumerate(turns) if x[2] == "guest"])
        brand = m.r.choice(BRANDS)
        sentence = f"按照《{brand}加强基层工作的意见》要求推进。"
        turns = [(*x[:3], x[3] + "\n" + sentence) if i == index else x for i, x in enumerate(turns)]
        shown = turns
        flags.append((brand, f"turns[{index + 1}]"))
        m.tags.add("tamper=slot")
    body = header + caption + m.render(shown, printed_host)
    if m.r.random() < 0.3:
        body += m.r.choice(
            ["<p>（完）</p>", "<p>责任编辑：王小二</p>", "<p align='center'>图为访谈现场  王小二 摄</p>"]
        )
    persons = {n for n, _, _ in people}
    gold_turns = [(s, p if p in persons or r == "host" else None, r, t) for s, p, r, t in turns]
    if any(s.startswith("主持人") and len(s) > 3 for s, *_ in turns):
        pass
    return body, Gold("transcript", "", None, None, title, time, guests, gold_turns, flags)


def other(m, kind, title, people, published):
    n, o, t = people[0]
    if kind == "notice":
        title = f"访谈预告：{title}"
        d = date.fromisoformat(published[:10]) + timedelta(days=2)
        while d.year != int(published[:4]):
            d -= timedelta(days=3)
        when = f"{d.month}月{d.day}日下午3:00-4:00"
        body = f"<p>我县政府网站将于{when}邀请{o}{t}{n}做客在线访谈，欢迎广大网友提前留言。</p>"
        return (
            body,
            Gold(
                kind,
                "",
                None,
                None,
                None,
                (when, f"{d.isoformat()}T15:00", f"{d.isoformat()}T16:00", "minute"),
                [(n, o, t)],
                [],
            ),
            title,
        )
    if kind == "video":
        body = f"<p>访谈主题：{title}</p><video src='/v/1.mp4' poster='/v/1.jpg'></video>" + m.r.choice(
            ["<p>暂无文字实录</p>", ""]
        )
        return body, Gold(kind, "", None, None, title, None, [], []), title
    if kind == "summary":
        body = f"<p>{m.day.month}月{m.day.day}日，{o}{t}{n}做客在线访谈直播间，就网友关心的问题进行解答。{n}表示：“今年将继续加大投入，把实事办好、把好事办实，让群众看得见、摸得着、能受益。”</p><p>记者：{m.c['names'][-1]} 编辑：{m.c['names'][-2]}</p>"
        when = (f"{m.day.month}月{m.day.day}日", f"{published[:4]}-{m.day:%m-%d}", None, "day")
        return body, Gold(kind, "", None, None, None, when, [(n, o, t)], []), title
    if kind == "plan":
        title = f"{m.c['county']}{m.day.year}年在线访谈计划安排表"
        body = "<table><tr><td>序号</td><td>承办单位</td><td>上线时间</td><td>备注</td></tr><tr><td>1</td><td>司法局、信访局</td><td>4月份</td><td rowspan='2'>另行通知</td></tr><tr><td>2</td><td>教育局</td><td>5月份</td></tr></table>"
        return body, Gold(kind, "", None, None, None, None, [], []), title
    body = "<p>访谈实录详见附件。</p><p><a href='./W020.docx'>附件：访谈实录.docx</a></p>"
    return body, Gold(kind, "", None, None, None, None, [], []), title


def compare(record, gold):
    """Field → right or wrong."""
    time = (record.time.text, record.time.start, record.time.end, record.time.precision) if record.time else None
    return {
        "kind": record.kind == gold.kind,
        "title": record.title == gold.title,
        "published_at": record.published_at == gold.published_at,
        "source": record.source == gold.source,
        "theme": record.theme == gold.theme,
        "time": time == gold.time,
        "guests": [(g.name, g.organization, g.title) for g in record.guests] == list(gold.guests),
        "turns": [(t.speaker, t.person, t.role, t.text) for t in record.turns] == list(gold.turns),
    }
