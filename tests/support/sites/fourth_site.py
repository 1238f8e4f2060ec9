"""A fourth site, written after the parsers were frozen: 博达 VSB templates, other texts, other ways of typing a talk.

Gold by construction: ``SITE.planted``. The figures of its first run stand in the closing note of the change that added it.
"""

from crawler.demo.county import DemoSite, Planted, Reply, png

COUNTY = "青石县"
# date, title, guests as printed, guests, host label, {printed label: (person, role)}, dialogue
TALKS = [
    ("2023-04-18", "春耕备耕看墒情", "青石县农业技术推广中心主任 罗晓峰", [("罗晓峰", "青石县农业技术推广中心", "主任")], [
        ("主持人", None, "host", "罗主任，今年春天雨水偏少，对播种有没有影响？"),
        ("罗晓峰", "罗晓峰", "guest", "影响是有的。\n我们对二十六个监测点作了测定：川水地墒情适宜，旱地表墒偏差。"),
        ("主持人", None, "host", "那农户应当怎样应对？"),
        ("罗晓峰", "罗晓峰", "guest", "建议分三步走：第一步，顶凌耙耱保墒；第二步，适当深播；第三步，覆膜抗旱。种子质量有疑问的，请到中心免费检测。"),
    ]),
    ("2023-05-09", "护士节里话护理", "县人民医院护理部主任卓玛、县中医院护士长何雨桐", [("卓玛", "县人民医院护理部", "主任"), ("何雨桐", "县中医院", "护士长")], [
        ("主持人", None, "host", "两位好！先请卓主任介绍一下全县护理队伍的情况。"),
        ("卓玛", "卓玛", "guest", "全县注册护士四百一十二名，其中本科以上学历占百分之六十三。"),
        ("何雨桐", "何雨桐", "guest", "我补充一点，中医护理技术现在已经推广到乡镇卫生院。"),
        ("网友“河畔杨柳”", None, "netizen", "上门护理怎么预约？"),
        ("卓玛", "卓玛", "guest", "通过医院公众号预约，次日就能上门。"),
        ("主持人", None, "host", "祝所有护士节日快乐！"),
    ]),
    ("2023-06-20", "汛期到了，水库安全吗", "县水务局局长 祁连生", [("祁连生", "县水务局", "局长")], [
        ("记者", None, "reporter", "全县有多少座水库需要度汛？"),
        ("祁连生", "祁连生", "guest", "大小水库十一座，全部落实了三个责任人和三个重点环节。"),
        ("记者", None, "reporter", "预警信息怎样传到村里？"),
        ("祁连生", "祁连生", "guest", "大喇叭、手摇报警器、短信三种方式同时使用，确保户户知晓。"),
    ]),
    ("2023-07-11", "暑期未成年人保护", "团县委书记白雪莹", [("白雪莹", None, "团县委书记")], [
        ("主持人", None, "host", "暑假里最让家长揪心的是什么？"),
        ("白雪莹", "白雪莹", "guest", "溺水。我们和教育、水务部门一起，在四十三处危险水域安装了警示牌和救生设施。"),
        ("主持人", None, "host", "有没有适合孩子去的地方？"),
        ("白雪莹", "白雪莹", "guest", "青少年宫、图书馆和六个社区的希望小屋都免费开放。"),
    ]),
    ("2023-08-02", "退役军人就业创业", "县退役军人事务局党组书记、局长 马占海", [("马占海", "县退役军人事务局", "党组书记、局长")], [
        ("问", None, "unknown", "退役士兵参加技能培训要交钱吗？"),
        ("答", "马占海", "guest", "不交。学费、住宿费由财政承担，还发放生活补助。"),
        ("问", None, "unknown", "创业贷款最多能贷多少？"),
        ("答", "马占海", "guest", "个人最高三十万元，合伙创业最高一百一十万元，财政全额贴息。"),
    ]),
    ("2023-09-14", "网络安全为人民", "县委网信办副主任　田　野", [("田野", "县委网信办", "副主任")], [
        ("主持人", None, "host", "请用一句话告诉大家，什么是个人信息？"),
        ("田野", "田野", "guest", "凡是能识别到您本人的信息，都是个人信息。"),
        ("主持人", None, "host", "收到陌生链接怎么办？"),
        ("田野", "田野", "guest", "不点、不填、不转发，第一时间删除。"),
    ]),
]  # fmt: skip


def _page(title, inner):
    return (
        f"<HTML><HEAD><TITLE>{title}-{COUNTY}融媒政务</TITLE><META Name='keywords' Content='{COUNTY}'><meta name='pageTitle' content='{title}'>"
        "<link href='/css/main.css' rel='stylesheet'><meta charset='UTF-8'></HEAD><BODY><div class='wrap'><div class='nav'><ul><li><a href='/index.htm'>网站首页</a></li>"
        f"<li><a href='/zmhd/zwft.htm'>政务访谈</a></li><li><a href='/zwgk.htm'>政务公开</a></li></ul></div>{inner}</div><div class='foot'>{COUNTY}融媒体中心承办</div></BODY></HTML>"
    ).encode()


def _speech(number, turns):
    rows = []
    for label, _, _, text in turns:
        first, *rest = text.split("\n")
        if number % 3 == 0:
            rows.append(
                f"<p style='text-indent: 2em;'><span style='font-family: 仿宋'><strong>{label}</strong>：{first}</span></p>"
            )
        elif number % 3 == 1:
            rows.append(f"<div><span style='color: rgb(0,112,192)'>{label}：</span>{first}</div>")
        else:
            rows.append(f"<section><section>{label} ： {first}</section></section>")
        rows += [f"<p style='text-indent: 2em;'>{p}</p>" for p in rest]
    return "".join(rows)


def build():
    """Six talks, a notice and a report, two list pages numbered downwards."""
    site = DemoSite(COUNTY)
    entries = []
    for n, (day, title, printed, guests, turns) in enumerate(TALKS):
        path = f"/info/1046/{5200 + n}.htm"
        y, m, d = day.split("-")
        head = f"<p>时&nbsp;&nbsp;&nbsp;&nbsp;间：{y}年{int(m)}月{int(d)}日下午3点</p><p>嘉&nbsp;&nbsp;&nbsp;&nbsp;宾：{printed}</p>"
        if n % 2:
            head = f"<p>本期话题：{title}</p><p>直播时间：{y}年{int(m)}月{int(d)}日15:00—16:00</p><p>做客嘉宾：{printed}</p>"
        body = (
            f"<div class='dqwz'>您所在的位置： <a href='/index.htm'>网站首页</a> >> <a href='/zmhd/zwft.htm'>政务访谈</a> >> 正文</div>"
            f"<form name='_newscontent_fromname'><h2 class='title'>{title}</h2><div class='xx'>发布日期：{day} 17:0{n}　作者：　来源：{COUNTY}融媒体中心　点击：[<script>_showDynClicks('wbnews', 1, {n})</script>]</div>"
            f"<div id='vsb_content_{2 + n % 3}'><div class='v_news_content'>{head}<p style='text-align:center'><img src='/__local/{n}.png'></p>{_speech(n, turns)}</div></div>"
            f"<p>附件【<a href='/system/_content/download.jsp?wbfileid={n}'>实录.docx</a>】</p><p>上一条：<a href='1.htm'>其他访谈</a></p></form>"
        )
        site.replies[path] = Reply(_page(title, body))
        site.replies[f"/__local/{n}.png"] = Reply(png(n * 30, 90, 60), "image/png")
        site.replies[f"/system/_content/download.jsp?wbfileid={n}"] = Reply(
            b"PK\x03\x04" + title.encode(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        )
        entries.append((path, title, day))
        if n % 2:
            time = (f"{y}年{int(m)}月{int(d)}日15:00—16:00", f"{day}T15:00", f"{day}T16:00", "minute")
        else:
            time = (f"{y}年{int(m)}月{int(d)}日下午3点", f"{day}T15", None, "hour")
        theme = title if n % 2 else None
        site.planted.append(
            Planted(
                path,
                "transcript",
                title,
                f"{day}T17:0{n}:00+08:00",
                f"{COUNTY}融媒体中心",
                theme,
                time,
                tuple(guests),
                tuple(turns),
            )
        )
    _others(site, entries)
    entries.sort(key=lambda e: e[2], reverse=True)
    for path, rows, following in (("/zmhd/zwft.htm", entries[:5], "zwft/1.htm"), ("/zmhd/zwft/1.htm", entries[5:], "")):
        items = "".join(
            f"<li id='line_u9_{i}'><span>{day}</span><a href='{'../..' if 'zwft/' in path else '..'}{p}'>{t}</a></li>"
            for i, (p, t, day) in enumerate(rows)
        )
        next_link = (
            f"<span class='p_next'><a href='{following}'>下页</a></span>"
            if following
            else "<span class='p_next_d'>下页</span>"
        )
        site.replies[path] = Reply(
            _page(
                "政务访谈",
                f"<div class='list'><ul>{items}</ul></div><div class='pb_sys_common'><span class='p_t'>共{len(entries)}条</span>{next_link}</div>",
            )
        )
    site.replies["/"] = Reply(_page("首页", "<p>欢迎来到青石县。</p>"))
    return site


def _others(site, entries):
    title, day = "“青石有约”访谈预告：秋粮收购那些事", "2023-10-08"
    text = "“青石有约”定于10月12日上午10:00邀请县粮食和物资储备局局长韩春晖做客直播间，欢迎广大网友踊跃留言提问。"
    site.replies["/info/1046/5290.htm"] = Reply(
        _page(
            title,
            f"<form name='_newscontent_fromname'><h2 class='title'>{title}</h2><div class='xx'>发布日期：{day} 来源：青石县融媒体中心</div><div id='vsb_content'><div class='v_news_content'><p>{text}</p></div></div></form>",
        )
    )
    site.planted.append(
        Planted(
            "/info/1046/5290.htm",
            "notice",
            title,
            day,
            "青石县融媒体中心",
            None,
            ("10月12日上午10:00", "2023-10-12T10:00", None, "minute"),
            (("韩春晖", "县粮食和物资储备局", "局长"),),
            (),
        )
    )
    entries.append(("/info/1046/5290.htm", title, day))
    title, day = "县长走进直播间 回应群众关切", "2023-11-03"
    text = "11月3日，县委副书记、县长高原做客“青石有约”直播间，就群众关心的供暖、上学、就医等问题与网友互动交流。高原表示，群众的每一条留言都会有回音，县政府将对直播中收集的六十八条意见逐条研究，限期办理。"
    site.replies["/info/1046/5291.htm"] = Reply(
        _page(
            title,
            f"<form name='_newscontent_fromname'><h2 class='title'>{title}</h2><div class='xx'>发布日期：{day} 来源：青石县融媒体中心</div><div id='vsb_content'><div class='v_news_content'><p>{text}</p><p>（记者：丁一 编辑：石磊）</p></div></div></form>",
        )
    )
    site.planted.append(
        Planted(
            "/info/1046/5291.htm",
            "summary",
            title,
            day,
            "青石县融媒体中心",
            None,
            ("11月3日", "2023-11-03", None, "day"),
            (("高原", None, "县委副书记、县长"),),
            (),
        )
    )
    entries.append(("/info/1046/5291.htm", title, day))
