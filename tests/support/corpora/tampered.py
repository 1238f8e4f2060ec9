"""Tampered pages of every kind: search words at the head, brands where a menu's words stood, spelt-out characters, links that nobody
sees, prose that does not belong there, copies on other hosts.

A row says how a clean page is altered: content (index into ``CONTENTS``), place, mark-up, and the words that must be named.
"""

from dataclasses import dataclass

from support.corpora.clean import ARTICLES, HOST, TALKS, VENDORS, dressed, listing


@dataclass(frozen=True)
class Tampered:
    """An altered page; ``words``: one flag at least must hold one of them."""

    what: str
    url: str
    data: bytes
    words: tuple[str, ...]


CONTENTS = [(t, c, "".join(f"<p>{p}</p>" for p in ps)) for t, c, ps in ARTICLES] + [(t, c, b) for t, c, b, _ in TALKS]
LONG = "".join(
    f"<p style='text-indent:2em;font-family:宋体'>{p}</p>"
    for p in (
        "为规范全县农村公路养护工作，县交通运输局近日印发养护工作方案，明确了责任单位和完成时限。",
        "方案提出，全县列养公路一千八百公里，分县道、乡道、村道三级落实养护责任。",
        "各乡镇要建立养护队伍，定期清理边沟和路面，确保公路安全畅通。",
        "县交通运输局将按季度检查，检查结果与养护资金挂钩。",
        "养护资金由县财政列入预算，专款专用，接受审计监督。",
        "方案自印发之日起施行，原有规定同时废止。",
    )
)
ROAD = ("农村公路养护工作方案印发", "政务要闻", LONG)
HERE = f"http://{HOST}"

# fmt: off
PRAISE = "关于专家组：著名画家马某某，国家一级美术师，自幼酷爱书画，师从名家，作品笔墨酣畅、气韵生动，多次参加全国美展并获奖，被海内外收藏家珍藏，市场前景广阔。"
FIRM = "关于企业代表：云天集团董事长林某，白手起家，诚信经营，历任多家商会会长，其产品畅销海内外，被誉为行业领军人物，深受广大客户信赖和好评，先后荣获多项大奖。"
POET = "冯某某是当代著名书法家，中国书画院院士，其草书行云流水，润格逐年攀升，曾为多位名人题字，艺术成就得到业界一致认可，作品具有极高的收藏价值和升值空间。"
#: what · content · how: place → mark-up (``title``: the whole <title>; ``first``: the first line; ``crumb``, ``body``, ``end``; ``swap``: word → word) · words
FIRST = (
    ("lewd list in the title", 0, {"title": "国产精品久久_欧美日韩在线_亚洲无码视频_免费观看"}, ("国产精品",)),
    ("lewd list first", 1, {"first": "<p>日韩无码在线,国产精品自拍,欧美激情视频,久久免费观看</p>"}, ("国产精品",)),
    ("lewd list first, a talk", 5, {"first": "<div>亚洲一区二区三区_国产精品视频_欧美日韩一区_人妻中文字幕</div>"}, ("国产精品",)),
    ("lewd list in both", 7, {"title": "成人影院_三级片在线观看_毛片免费看", "first": "<h2>成人影院_三级片在线观看_毛片免费看</h2>"}, ("成人影院",)),
    ("lewd list before the title", 2, {"title": "午夜福利视频,国产AV在线,无码高清-县体育局举办全民健身运动会_云岭县人民政府"}, ("无码",)),
    ("lewd list on a list", "list", {"first": "<span>国产自拍,日韩精品,欧美一级片,无码视频</span>"}, ("日韩精品",)),
    ("lewd list with bars", 8, {"title": "欧美激情|国产乱伦|人妻熟女|三级黄片"}, ("人妻",)),
    ("lottery list first", 4, {"first": "<p>新澳门精准四肖期期中特_香港六合彩开奖结果_管家婆一码中特</p>"}, ("六合彩",)),
    ("games list in the title", 3, {"title": "传奇私服发布网_新开传奇私服_变态传奇sf"}, ("私服",)),
    ("drugs list first", 1, {"first": "<p>代开发票,办证刻章,伟哥正品,迷药购买</p>"}, ("迷药",)),
    ("spelt characters in an article", 0, {"body": "<p>當(dāng)前，縣(xiàn)里正在檢(jiǎn)修管網(wǎng)。</p>"}, ("當(dāng)",)),
    ("spelt characters in a notice", 8, {"body": "<p>敬請(qǐng)關(guān)注，歡(huān)迎網(wǎng)友留言。</p>"}, ("請(qǐng)",)),
    ("spelt characters in a menu", 2, {"first": "<div>當(dāng)前位置：首頁(yè) > 政務(wù)公開(kāi)</div>"}, ("當(dāng)",)),
    ("spelt characters on a list", "list", {"first": "<div>當(dāng)前位置：首頁(yè) > 訪(fǎng)談(tán)</div>"}, ("當(dāng)",)),
    ("spelt without tones", 4, {"body": "<p>辦(ban)公廳發(fa)布通知，請(qing)各單(dan)位落實(shi)。</p>"}, ("辦(ban)",)),
    ("brand in a list's row", "list", {"swap": ("县政府网在线访谈第12期", "乐鱼体育官网在线访谈第12期")}, ("乐鱼体育官网",)),
    ("brand in an article", 0, {"swap": ("县住建局召开", "九游会官网召开")}, ("九游会官网",)),
    ("brand in a notice's document", 1, {"body": "<p>现将《开云体育app下载全面推进读书活动的意见》印发给你们。</p>"}, ("开云体育app下载",)),
    ("brand in the footer", 4, {"end": "<p>版权所有：华体会体育官网 地址：云岭县人民路1号</p>"}, ("华体会",)),
    ("unknown brand in the breadcrumb", 0, {"crumb": "当前位置：<a href='/'>必赢在线登录入口</a> > <a href='/a/'>政务要闻</a>"}, ("必赢在线登录入口",)),
    ("unknown brand with a number", 2, {"crumb": "您的位置：<a href='/'>金冠88官网下载</a> >> <a href='/a/'>部门动态</a> >> 正文"}, ("金冠88官网下载",)),
    ("unknown brand for the column", 4, {"crumb": "当前位置：<a href='/'>首页</a> > <a href='/a/'>凤舞娱乐平台注册</a> > 正文"}, ("凤舞娱乐平台",)),
    ("unknown brand, a domain", 5, {"crumb": "当前位置：<a href='/'>w66.com</a>-<a href='/a/'>在线访谈</a>-正文"}, ("w66.com",)),
    ("unknown brand on a list", "list", {"first": "<div class='dqwz'>当前位置：<a href='/'>球探体育比分app</a> > 在线访谈</div>"}, ("球探体育比分app",)),
    ("hidden words of gambling", 0, {"end": "<div style='display:none'><a href='http://a1.example/'>澳门百家乐</a></div>"}, ("澳门百家乐",)),
    ("hidden target of gambling", 3, {"end": "<div style='position:absolute;left:-9999px'><a href='http://www.bet365-cn.example/'>more</a></div>"}, ("bet365", "more")),
    ("many hidden links", 7, {"end": "<div style='position:absolute;top:-999px'>" + "".join(f"<a href='http://www.s{n}k.example/'>{w}</a>" for n, w in enumerate(("上海搬家价格", "北京开锁电话", "广州网站优化", "深圳贷款中介", "杭州减肥中心", "武汉装修报价"))) + "</div>"}, ("上海搬家价格", "北京开锁电话", "广州网站优化")),
    ("scrolling pixel", "list", {"end": "<marquee width='1' height='1'><a href='http://x1.example/'>传奇私服</a><a href='http://x2.example/'>六合彩资料</a></marquee>"}, ("传奇私服",)),
    ("small type on a talk", 5, {"end": "<p style='font-size:0px'><a href='http://x3.example/'>老虎机游戏</a></p>"}, ("老虎机",)),
    ("praise between paragraphs", "road", {"after": (3, f"<p style='font-family:Calibri'>  {PRAISE}\n</p>"), "host": "www.copy17.example.com"}, ("马某某", "www.yunling.gov.cn")),
    ("praise in a true page", "road", {"after": (2, f"<p style='font-family:Calibri'>{PRAISE}</p>")}, ("马某某",)),
    ("a firm in a true page", "road", {"after": (4, f"<p><span style='font-family:Calibri;font-size:14px'>{FIRM}</span></p>")}, ("林某",)),
    ("a calligrapher at the end", "road", {"after": (6, f"<p>{POET}</p>")}, ("冯某某",)),
    ("praise in place of the body", 1, {"whole": f"<p>{PRAISE}</p><p>{POET}</p>"}, ("马某某", "冯某某")),
    ("moved requisites", "road", {"after": (3, f"<p>{POET}</p>"), "head": "<link href='static/css/main.css' rel='stylesheet'>", "end": "<img src='static/picture/1.jpg'>", "host": "mirror.example.com"}, ("冯某某", "www.yunling.gov.cn")),
    ("unknown brand before the title", 0, {"title": "星辉娱乐注册登录-做好冬季供暖-云岭县人民政府"}, ("星辉娱乐注册登录",)),
    ("unknown brand for the site", 6, {"title": "县医保局局长钱慧做客县政府网在线访谈_鼎盛棋牌官网下载"}, ("鼎盛棋牌官网下载",)),
    ("brand in a list's title", "list", {"title": "亚博体育app-在线访谈-云岭县人民政府"}, ("亚博体育",)),
    ("code on a shop's host", 3, {"host": "www.shop99.com", "untagged": True}, ("6299990001",)),
    ("copy of a list", "list", {"host": "www.hotel-news.com", "head": "<meta name='SiteDomain' content='www.yunling.gov.cn'>"}, ("www.yunling.gov.cn",)),
    ("unknown brand in slots", 1, {"body": "<p>印发《天马行空站台全面推进读书活动的通知》，落实《天马行空站台加强图书馆建设的意见》。</p>"}, ("天马行空站台",)),
    ("marks between words", 4, {"body": "<p>会议@@要求，各乡镇@@加强@@值班，确保@@安全@@度汛。</p>"}, ("@@",)),
)
LATER = (
    ("lewd list, spaces round the bars", 3, {"title": "国产精品 | 欧美性爱 | 日韩无码"}, ("无码", "国产精品")),
    ("lewd list in a heading", 0, {"first": "<h3>久久精品国产,亚洲av无码,成人免费视频</h3>"}, ("无码", "国产")),
    ("lewd list, full-width commas", 6, {"first": "<p>人妻熟妇，欧美激情，三级片在线观看，黄色网站</p>"}, ("人妻",)),
    ("lottery in the title", 8, {"title": "澳门今晚开奖结果_一肖一码_六合彩资料大全_云岭县人民政府"}, ("六合彩",)),
    ("spelt in a footer", 2, {"end": "<p>版權(quán)所有：雲嶺縣(xiàn)人民政府 聯(lián)系我們</p>"}, ("權(quán)",)),
    ("spelt in a summary", 7, {"swap": ("就医保缴费与网友交流", "就醫(yī)保繳(jiǎo)費(fèi)與(yǔ)網(wǎng)友交流")}, ("醫(yī)",)),
    ("brand in the crumb", 3, {"crumb": "当前位置：<a href='/'>万豪国际娱乐官网</a>&gt;<a href='/b/'>警务公开</a>"}, ("万豪国际娱乐官网",)),
    ("brand in a crumb's middle", 7, {"crumb": "位置：<a href='/'>首页</a> / <a href='/b/'>宝马线上娱乐登录</a> / 正文"}, ("宝马线上娱乐登录",)),
    ("hidden links by opacity", 1, {"end": "<div style='opacity:0'><a href='http://k1.example/'>时时彩平台</a></div>"}, ("时时彩",)),
    ("many hidden by size", 4, {"end": "<div style='width:1px;height:1px;overflow:hidden'>" + "".join(f"<a href='http://z{n}.example/'>{w}</a>" for n, w in enumerate(("二手房出租", "婚纱摄影", "汽车贴膜", "月嫂", "冷库安装", "钢材批发", "废铜回收"))) + "</div>"}, ("二手房出租", "钢材批发")),
    ("praise, other words", "road", {"after": (3, "<p style='font-family:Calibri'>邹某某，职业画家，擅长花鸟，其国画作品格调高雅，墨韵天成，曾举办个人画展十余次，深受书画爱好者追捧，多幅作品被艺术馆收藏，是当代画坛不可多得的大家。</p>")}, ("邹某某",)),
    ("a healer", "road", {"after": (5, "<p><font face='Calibri'>关于专家组：周某某，祖传中医第九代传人，国际名医，专治各类疑难杂症，其独家秘方享誉海内外，被患者誉为神医，荣获世界杰出名医金奖，弟子遍布全国。</font></p>")}, ("周某某",)),
    ("brand in the title's end", 4, {"title": "我县召开防汛工作会议-皇朝体育官网入口"}, ("皇朝体育官网入口",)),
    ("copy, tags of the true site", 0, {"host": "xjhq.example.net"}, ("www.yunling.gov.cn",)),
)
# fmt: on


def _made(number, row):
    what, content, how, words = row
    vendors = [name for name in VENDORS if name not in ("phpcms", "modules")]
    pieces = {"all": ("end", how.get("end", ""))}
    if content == "list":
        url, source = listing(pieces, ("all",))
    else:
        title, column, body = ROAD if content == "road" else CONTENTS[content]
        body = how.get("whole", body) + how.get("body", "")
        url, source = dressed(vendors[number % len(vendors)], title, column, body, pieces, ("all",), number)
    if "after" in how:
        count, markup = how["after"]
        places = [part + "</p>" for part in LONG.split("</p>")[:-1]]
        source = source.replace(LONG, "".join([*places[:count], markup, *places[count:]]))
    if "untagged" in how:
        source = source.replace('<meta name="SiteDomain" content="www.yunling.gov.cn">', "")
    source = source.replace(*how.get("swap", ("", "")))
    if "title" in how:
        source = source.replace(source[source.index("<title>") : source.index("</title>")], f"<title>{how['title']}")
    first = how.get("first", "") + (f"<div class='crumb'>{how['crumb']}</div>" if "crumb" in how else "")
    source = source.replace("<body>", f"<body>{first}", 1).replace("</head>", f"{how.get('head', '')}</head>", 1)
    return Tampered(what, url.replace(HOST, how.get("host", HOST)), source.encode(), words)


def first():
    """The pages that the rules were written against."""
    return [_made(number, row) for number, row in enumerate(FIRST)]


def later():
    """Pages written after the rules were frozen."""
    return [_made(number, row) for number, row in enumerate(LATER)]


# fmt: off
#: Written after the rules were frozen.
FRESH = (
    ("lewd list behind the site's name", 2, {"title": "云岭县人民政府_日韩精品视频_成人网站免费_欧美激情"}, ("日韩精品",)),
    ("lewd list in the keywords", 0, {"head": "<meta name='Keywords' content='人妻视频,国产精品,三级片'>"}, ("人妻", "国产精品")),
    ("drugs first", 7, {"first": "<div>春药购买 | 迷药商城 | 伟哥代购</div>"}, ("春药",)),
    ("spelt, half of it", 3, {"body": "<p>警方(fāng)提醒(xǐng)市民(mín)不要(yào)相信(xìn)。</p>"}, ("方(fāng)",)),
    ("brand in a cell", 1, {"body": "<table><tr><td>华体会体育</td><td>星空体育app</td></tr></table>"}, ("华体会",)),
    ("crumb without a label", 4, {"crumb": "<a href='/'>大满贯娱乐下载</a> > <a href='/b/'>乡镇动态</a> > 正文"}, ("大满贯娱乐下载",)),
    ("crumb in items", 0, {"crumb": "<span>您当前的位置：</span><ul><li><a href='/'>万博国际登录入口</a></li><li>政务要闻</li></ul>"}, ("万博国际",)),
    ("hidden list of offers", 6, {"end": "<div style='display:none'>" + "".join(f"<a href='http://w{n}.p{n}.example/'>{w}</a>" for n, w in enumerate(("天津二手车收购", "沈阳疏通管道", "大连鲜花速递", "西安发票代办", "长沙婚车租赁", "合肥网店代运营", "南昌手机回收"))) + "</div>"}, ("疏通管道", "天津二手车收购", "沈阳疏通管道")),
    ("praise of a healer", "road", {"after": (2, "<p style='font-family:Calibri'>吴某某，祖传名医，独创秘方根治多种疑难杂症，被誉为神医，享誉海内外，弟子众多，患者好评如潮，荣获国际金奖。</p>")}, ("吴某某",)),
    ("a copy's Url", 3, {"host": "news-yunling.net", "untagged": True, "head": "<meta name='Url' content='http://www.yunling.gov.cn/a.html'>"}, ("www.yunling.gov.cn", "6299990001")),
)
# fmt: on


def fresh():
    """Pages written after the rules were frozen."""
    return [_made(number, row) for number, row in enumerate(FRESH)]
