"""Clean pages in the mark-up of real hosts: what stands on nearly every government page and means nothing.

A page is a vendor's template, a content of a known kind, and furniture from ``FURNITURE`` or, for the second batch, ``LATER``.
None of them was tampered with.
"""

from dataclasses import dataclass

HOST = "www.yunling.gov.cn"


@dataclass(frozen=True)
class Clean:
    """A page with what it is; ``pieces`` names the furniture that it carries."""

    url: str
    data: bytes
    kind: str
    pieces: tuple[str, ...]


def tags(title, column, day, kind=""):
    """The national meta tags."""
    return (
        '<meta name="SiteName" content="云岭县人民政府"><meta name="SiteDomain" content="www.yunling.gov.cn">'
        f'<meta name="SiteIDCode" content="6299990001"><meta name="ColumnName" content="{column}">'
        f'<meta name="ColumnType" content="{kind or column}"><meta name="ArticleTitle" content="{title}">'
        f'<meta name="PubDate" content="{day} 10:20"><meta name="ContentSource" content="云岭县融媒体中心">'
    )


# fmt: off
#: A vendor's article page: {t} title, {c} column, {d} day, {b} body, {meta} tags, {top} {side} {end} furniture.
VENDORS = {
    "hanweb": ("/art/2024/5/16/art_701_90001.html", "<html><head><title>{t}</title>{meta}</head><body>{top}<table><tr><td><table><tr><td>当前位置：</td></tr></table><table><tr><td><a href='/'>首页</a> > <a href='/col/col701/index.html'>{c}</a></td></tr></table></td></tr></table><div class='sp_title'>{t}</div><p class='source'>信息来源：</p><p class='source'>云岭县融媒体中心 <font>发布日期：{d} 10:20</font></p><div id='zoom'><!-- ZJEG_RSS.content.begin -->{b}<!-- ZJEG_RSS.content.end --></div>{side}{end}</body></html>"),
    "trs": ("/zwyw/202405/t20240516_900001.html", "<html><head><title>{t}_云岭县人民政府</title>{meta}</head><body>{top}<div class='position'>当前位置：<a class='CurrChnlCls' href='/'>首页</a> &gt; <a class='CurrChnlCls' href='../'>{c}</a></div><h1>{t}</h1><span class='source'>来源：云岭县融媒体中心\n\t\t发布时间：{d} 10:20</span><div class='trs_editor_view TRS_UEDITOR trs_paper_default'>{b}</div><div id='NewsArticleTitle' style='display:none'>{t}</div><div id='NewsArticlePubDay' style='display:none'>{d}</div>{side}{end}</body></html>"),
    "ucap": ("/yunling/zwyw/202405/0123456789abcdef0123456789abcdef.shtml", "<html><head>{meta}<meta name='template,templategroup,version' content='12,default,5.8'><meta name='others' content='页面生成时间 {d} 10:20:41'><title>{t}-{c}-云岭县人民政府门户网站</title></head><body>{top}<h3 class='title'><ucaptitle>{t}</ucaptitle></h3><ul><li>{d} 10时20分</li><li>来源: 云岭县融媒体中心</li></ul><div id='UCAP-CONTENT'><ucapcontent>{b}</ucapcontent></div>{side}{end}</body></html>"),
    "vsb": ("/info/1068/9001.htm", "<html><head><title>{t}-云岭县人民政府</title>{meta}<meta name='pageType' content='3'><!--Announced by Visual SiteBuilder 9--></head><body>{top}<form name='_newscontent_fromname'><h1>{t}</h1><p>发布日期：{d} 作者：李青 来源：云岭县融媒体中心</p><div id='vsb_content_2'><div class='v_news_content'>{b}</div></div></form>{side}{end}</body></html>"),
    "lonsun": ("/zwyw/bmdt/27361961.html", "<html><head><title>{t}_云岭县人民政府</title>{meta}</head><body>{top}<div class='m-dettitle' style='display:none'>{t}</div><h1 class='newstitle'>{t}</h1><div class='newsinfo'><span>阅读次数：<b class='j-info-hit'>12</b></span><span>来源：云岭县融媒体中心</span><span>发布时间：{d} 10:20</span></div><div id='zoom' class='j-fontContent newscontnet'>{b}</div>{side}{end}</body></html>"),
    "epoint": ("/zwyw/20240516/1c0f8a2e-0a3b-4c1d-9e2f-8b7a6c5d4e3f.html", "<html><head><title>{t}</title>{meta}</head><body>{top}<div class='ewb-location'><a href='/'>首页</a>&gt;<a href='/zwyw/'>{c}</a></div><h1 class='title'>{t}</h1><p>时间发布：{d} <span id='laiyuan'>来源：云岭县融媒体中心</span></p><div class='content'>{b}</div><div class='ewb-file'><ul id='fujian'></ul></div>{side}{end}</body></html>"),
    "phpcms": ("/html/2024/zwyw_0516/901.html", "<html><head><title>{t} - {c} - 云岭县政府网</title></head><body>{top}<table><tr><td class='NewsTitle'>{t}</td></tr><tr><td>发布日期：{d}  来源：云岭县融媒体中心  浏览次数：12</td></tr><tr><td id='czfxcontent' class='NewsContent'>{b}</td></tr></table>{side}{end}</body></html>"),
    "powereasy": ("/Item/9001.aspx", "<html><head><title>{t}</title>{meta}</head><body>{top}<h2 class='articleTitle'>{t}</h2><span>{d}</span><span>来源: 《云岭日报》</span><span>作者: 李青</span><div id='fontzoom'>{b}</div><div class='next'><span>下一篇：</span><a href='/Item/9002.aspx'>县教育局通报开学情况</a></div>{side}{end}</body></html>"),
    "nfcms": ("/zwyw/bmdt/content/post_900001.html", "<html><head><title>{t} - 云岭县人民政府门户网站</title>{meta}<script>window.NFCMS_SITE_ID=1;window.NFCMS_PUB_TYPE='post'</script></head><body>{top}<div class='sticky' style='display:none'><h1 class='content_title'>{t}</h1></div><h1 class='content_title'>{t}</h1><ul><li class='date'>时间  :  {d} 10:20</li><li><span id='laiyuan'>来源  :  云岭县融媒体中心</span></li></ul><div id='zoomcon'>{b}</div>{side}{end}</body></html>"),
    "huilan": ("/web/zwyw/1234567/index.html", "<html><head><title>{t}</title>{meta}<meta name='version' content='7.9.12.3'><meta name='createDate' content='{d} 10:20:41'></head><body><div style='display:none'><input id='eprotalCurrentPageId' value='9'><input id='currentLoginMemberName' value=''></div>{top}<h2>{t}</h2><p>来源：云岭县融媒体中心  更新时间：{d} 10:20</p><div id='easysiteText'>{b}</div>{side}{end}</body></html>"),
    "ivs": ("/nw4411/20240516/0123456789abcdef0123456789abcdef.html", "<html><head><title>{t}_{c}_云岭区人民政府</title>{meta}</head><body>{top}<h2 id='ivs_title'>{t}<small id='ivs_date'>( {d})</small></h2><div id='ivs_content'>{b}</div>{side}{end}</body></html>"),
    "modules": ("/xwzx/pnidpv900001.html", "<html><head><title>云岭县人民政府门户网站-{c}-{t}</title></head><body>{top}<div class='Core3MdlInfo'><div class='article'><p class='tit'>{t}</p><p>日期：{d} 来源：云岭县融媒体中心</p>{b}</div></div>{side}{end}</body></html>"),
}

FURNITURE = {
    "visit counter": ("end", "<iframe src='/module/visitcount/visit.jsp?type=3&i_webid=9&i_columnid=701&i_articleid=90001' name='vishidden' id='vishidden' style='width:0;height:0;display:none'></iframe>"),
    "weather": ("top", "<iframe width='220' height='36' frameborder='0' scrolling='no' src='https://tianqi.weather.example/plugin/widget/small.html?city=yunling'></iframe>"),
    "weather in styles": ("top", "<div class='tq'><iframe style='width:280px;height:25px' src='//i.tianqi.example/index.php?c=code&id=34'></iframe></div>"),
    "comment box": ("end", "<h3>网友评论</h3><iframe src='https://changyan.example/comment?topic=9' width='100%' height='420'></iframe>"),
    "correction form": ("end", "<div class='pop' style='display:none'><iframe width='460' height='410' src='https://jiucuo.example/form'></iframe></div>"),
    "side column": ("side", "<div class='right'><h3>最新信息</h3><iframe src='/col/col702/index.html' width='460' height='200' frameborder='0'></iframe></div>"),
    "footer frame": ("end", "<iframe src='/col/col703/index.html' width='100%' height='120px' scrolling='no'></iframe>"),
    "header frame": ("top", "<iframe src='/columns/1c0f8a2e-0a3b-4c1d-9e2f-8b7a6c5d4e3f/index.html' width='100%' height='80' scrolling='no'></iframe>"),
    "search frame": ("top", "<div class='ss'><iframe id='sousuo' src='/columns/2c0f8a2e-0a3b-4c1d-9e2f-8b7a6c5d4e3f/index.html' width='100%' height='150'></iframe></div>"),
    "empty frame": ("side", "<iframe src='' width='600' height='400'></iframe><iframe name='hits'></iframe>"),
    "player without film": ("side", "<div style='display:none'><video src='' controls></video></div>"),
    "player shell": ("side", "<video id='my-video' class='video-js' preload='auto'></video>"),
    "hanweb credit": ("end", "<a href='http://www.hanweb.com' style='display:none'>Produced By 大汉网络 大汉版通发布系统</a>"),
    "vendor credit": ("end", "<div style='display:none'>技术支持：<a href='http://www.softwell.example/'>云岭软维科技有限公司</a></div>"),
    "correction at an address": ("end", "<a href='http://192.0.2.17:8080/exposure/jiucuo.html?site_code=6299990001' style='display:none'><img src='/images/jiucuo.png'></a>"),
    "correction widget": ("end", "<script id='_jiucuo_' sitecode='6299990001' src='https://zfwzgl.www.gov.cn/exposure/jiucuo.js'></script>"),
    "share panel": ("side", "<div id='bsPanel' style='display:none'><a href='http://www.bshare.cn/intro'>bShare</a><a href='http://service.weibo.example/share.php?u=1'>新浪微博</a><a href='http://sns.qzone.example/s'>QQ空间</a><a href='http://www.douban.example/recommend/'>豆瓣</a><a href='http://share.renren.example/s'>人人网</a><a href='http://www.kaixin001.example/r'>开心网</a></div>"),
    "statistics": ("end", "<div style='display:none'><a href='https://www.cnzz.example/stat/website.php?web_id=9' target='_blank' title='站长统计'>站长统计</a></div>"),
    "statistics picture": ("end", "<span style='display:none'><a href='http://tongji.counter51.example/?9'><img src='/t.gif'></a></span>"),
    "logged-in menu": ("top", "<div class='user' style='display:none'><a href='https://uc.zwfw.example/center'>个人中心</a><a href='https://uc.zwfw.example/out'>退出登录</a></div>"),
    "friendly drop-down": ("end", "<div class='links'><h4>友情链接</h4><ul class='drop' style='display:none'><li><a href='http://www.cas.example/'>中国科学院</a></li><li><a href='http://www.cass.example/'>中国社会科学院</a></li><li><a href='http://www.cae.example/'>中国工程院</a></li><li><a href='http://www.xhs.example/'>新华社</a></li><li><a href='http://www.rmw.example/'>人民网</a></li><li><a href='http://www.gmw.example/'>光明网</a></li><li><a href='http://www.cnr.example/'>央广网</a></li><li><a href='http://www.ylrb.example/'>云岭日报</a></li><li><a href='http://www.ylnews.example/'>云岭新闻</a></li><li><a href='http://www.clss.example/'>国家图书馆</a></li><li><a href='http://www.chsi.example/'>学信网</a></li><li><a href='http://www.ncss.example/'>大学生就业服务平台</a></li></ul></div>"),
    "navigation's second level": ("top", "<ul class='nav'><li><a href='/zwgk/'>政务公开</a><dl style='display:none'><dd><a href='http://www.ylagri.example/'>云岭农业研究所</a></dd><dd><a href='http://www.ylhosp.example/'>县中医医院</a></dd><dd><a href='http://www.ylschool.example/'>县第一中学</a></dd><dd><a href='http://www.ylwater.example/'>县自来水公司</a></dd><dd><a href='http://www.yltour.example/'>云岭旅游</a></dd></dl></li></ul>"),
    "newspaper in a menu": ("top", "<div class='sub' style='visibility:hidden'><a href='http://epaper.ylrb.example/'>今日云岭</a></div>"),
    "pictures without blanks": ("end", "<div style='font-size:0'><a href='http://www.hlj.example/'><img src='/1.jpg'></a><a href='http://topic.ylnews.example/2024'><img src='/2.jpg' alt='专题'></a><a href='http://www.dcs.example/'><img src='/3.jpg'></a></div>"),
    "font size given back": ("end", "<ul style='font-size:0'><li style='font-size:14px'><a href='http://www.ylrb.example/'>云岭日报社</a></li><li style='font-size:14px'><a href='http://www.ylgdj.example/'>云岭广电</a></li></ul>"),
    "logo by indent": ("top", "<h2 style='text-indent:-9999px;background:url(/logo.png)'><a href='http://yunling.gov.cn/'>云岭县人民政府</a></h2>"),
    "leaving note": ("end", "<div class='tc' style='display:none'>您访问的链接即将离开“云岭县人民政府门户网站” 是否继续？<a href='http://www.ylrb.example/'>继续访问</a><a href='javascript:;'>放弃</a></div>"),
    "browser note": ("top", "<div id='ie' style='display:none'>您的浏览器版本过低，请<a href='http://browsehappy.osfipin.example/'>升级浏览器</a></div>"),
    "robot": ("end", "<div style='display:none'>hi！我是智能问答机器人 <a href='http://robot.zwfw.example/'>很高兴为您服务</a></div>"),
    "floating window": ("end", "<div id='piao' style='position:absolute;left:-300px'><a href='http://zt.ylnews.example/2024lh/'><img src='/lh.jpg'></a></div>"),
    "police colon": ("end", "<p>陇ICP备05000001号 陇公网安备:62999902000101 网站标识码：6299990001</p>"),
    "police number sign": ("end", "<p>陇公网安备号62999902000101 政府网站标识码 6299990001</p>"),
    "police of another province": ("end", "<p>京公网安备 11010102000001号 标识码 ：6299990001</p>"),
    "chrome words": ("end", "<p>【打印文章】 听全文 扫码浏览 匿名评论： 提交留言 信息系统安全等级保护备案证明 本站支持IPV6访问 总访问量：12345 今日访问量：67</p>"),
    "lottery links": ("end", "<div class='yqlj'><a href='http://www.sport.example/'>国家体育总局</a> <a href='http://www.lottery.example/'>中国体彩网</a> <a href='http://www.cwl.example/'>中国福彩网</a></div>"),
    "hot words": ("top", "<div>热词：营商环境 医保 公积金</div><div>设为首页 | 加入收藏 | 联系我们 | 无障碍</div>"),
    "anti-gambling banner": ("side", "<p>国家反诈中心APP下载  警惕网络赌博，远离“百家乐”“时时彩”</p>"),
    "rare characters": ("side", "<p>邻县：浚（xùn）县、莘（shēn）县</p>"),
}
LATER = {
    "counter in a cell": ("end", "<table><tr><td>访问量：<iframe src='http://count.ylweb.example/c.asp?id=7' width='90' height='18' scrolling='no'></iframe></td></tr></table>"),
    "calendar": ("side", "<div class='sidebar'><iframe src='/inc/calendar.html' width='240' height='260'></iframe></div>"),
    "map of the place": ("end", "<div class='lxwm'><iframe src='https://map.dt.example/?q=yunling' width='300' height='220'></iframe></div>"),
    "player of the side": ("side", "<div class='leftside'><audio controls></audio><video poster='/p.jpg'></video></div>"),
    "favourites": ("top", "<div style='display:none'><a href='http://shoucang.example/add'>加入收藏</a></div>"),
    "trs credit": ("end", "<a style='visibility:hidden' href='http://www.trs.example/'>Powered by TRS WCM 拓尔思信息技术股份有限公司</a>"),
    "plug-in credit": ("end", "<div style='display:none'><a href='http://www.jqplugin.example/'>jQuery插件库</a></div>"),
    "phone menu": ("top", "<div class='m-menu' style='display:none'><a href='http://m.ylrb.example/'>云岭融媒</a><a href='http://www.ylzx.example/'>县政协</a><a href='http://www.ylrd.example/'>县人大</a><a href='http://www.yljw.example/'>清风云岭</a><a href='http://www.ylgh.example/'>县总工会</a><a href='http://www.ylqn.example/'>云岭青年</a></div>"),
    "banks": ("end", "<div class='links'><div style='display:none'><a href='http://www.b1.example/'>云岭农商银行</a><a href='http://www.b2.example/'>中国人民银行</a><a href='http://www.b3.example/'>国家开发银行</a><a href='http://www.b4.example/'>云岭县担保公司</a><a href='http://www.b5.example/'>县供销社</a></div></div>"),
    "off-screen skip link": ("top", "<a style='position:absolute;left:-9999px' href='http://wza.example/help'>跳转到无障碍帮助</a>"),
    "police in brackets": ("end", "<p>（陇公网安备：62999902000101号） 网站标识码62999900 01</p>"),
    "award": ("end", "<div style='opacity:0'><a href='http://www.wlwm.example/'>网络文明单位</a></div>"),
    "sports news": ("side", "<ul><li><a href='/1.htm'>我县举办全民健身体育大会</a></li><li><a href='/2.htm'>国际娱乐设施安全检查通报</a></li><li><a href='/3.htm'>县文旅局开展娱乐场所专项整治</a></li></ul>"),
    "app": ("end", "<p>云岭通APP下载 政务服务网登录入口 用户注册</p>"),
}
ARTICLES = (
    ("做好冬季供暖", "政务要闻", ("本报讯 5月15日，县住建局召开冬季供暖准备会，部署管网检修工作。", "会议要求，各供热企业要在九月底前完成管网改造，确保居民按时用上暖气。", "县住建局负责人介绍，今年改造老旧管网十二公里，惠及居民三千户。")),
    ("关于举办2024年读书活动的通知", "通知公告", ("各乡镇人民政府，县直各部门：", "为推动全民阅读，经研究，定于6月举办读书活动。现将有关事项通知如下。", "请各单位于5月30日前将报名表报县文化馆。")),
    ("县体育局举办全民健身运动会", "部门动态", ("5月12日，县体育局在体育中心举办全民健身运动会，八百名群众参加。", "运动会由体育彩票公益金支持，设广播体操、拔河等六个项目。")),
    ("警方通报打击网络赌博情况", "警务公开", ("今年以来，县公安局严厉打击网络赌博违法犯罪，捣毁百家乐、时时彩等窝点三处。", "警方提醒市民警惕博彩平台和所谓“官网登录”链接，防范诈骗。")),
    ("我县召开防汛工作会议", "乡镇动态", ("会议通报了今年汛期天气形势，要求各乡镇落实24小时值班制度。", "水务局、应急局分别作了发言。")),
)
TALKS = (
    ("县水务局局长谈节水", "在线访谈", "<p>访谈嘉宾：县水务局局长赵一鸣</p><p>访谈时间：2024年5月15日</p><p>主持人：网友们好，请问今年节水工作有哪些安排？</p><p>赵一鸣：主持人好。今年改造灌区三万亩。</p><p>主持人：群众怎么参与？</p><p>赵一鸣：可以拨打热线反映漏水。</p>", "transcript"),
    ("短访谈", "在线访谈", "<p>主持人：您好。</p><p>钱慧：您好。</p><p>主持人：请讲。</p><p>钱慧：好的，谢谢。</p>", "transcript"),
    ("县医保局局长钱慧做客县政府网在线访谈", "在线访谈", "<p>5月15日，县医保局局长钱慧做客县政府网在线访谈，就医保缴费与网友交流，回答了网友提出的九个问题。</p><p>钱慧表示，今年缴费截止到年底，参保群众可在手机上办理。</p>", "summary"),
    ("访谈预告：森林防火", "访谈预告", "<p>5月20日上午10时，县林草局局长孙立将做客在线访谈，敬请关注，欢迎网友提前留言。</p>", "notice"),
)
# fmt: on


def dressed(vendor, title, column, body, pieces, names, number):
    """A vendor's page with the body and the named furniture; returns its address and source."""
    path, template = VENDORS[vendor]
    day = f"2024-05-{10 + number % 18:02d}"
    places = {"top": "", "side": "", "end": ""}
    for name in names:
        place, markup = pieces[name]
        places[place] += markup
    source = (
        template.replace("{meta}", tags(title, column, day))
        .replace("{b}", body)
        .replace("{t}", title)
        .replace("{c}", column)
        .replace("{d}", day)
    )
    for place, markup in places.items():
        source = source.replace(f"{{{place}}}", markup)
    return f"http://{HOST}{path}", source.replace("<head>", "<head><meta charset='utf-8'>", 1)


def listing(pieces, names):
    """A section's list with furniture."""
    rows = "".join(
        f"<li><a href='/zxft/202405/t202405{n:02d}_90{n}.html'>县政府网在线访谈第{n}期</a><span>2024-05-{n:02d}</span></li>"
        for n in range(10, 16)
    )
    around = {
        place: "".join(markup for name in names for at, markup in [pieces[name]] if at == place)
        for place in ("top", "side", "end")
    }
    head = "<meta charset='utf-8'><title>在线访谈-云岭县人民政府</title>"
    return (
        f"http://{HOST}/zxft/index.html",
        f"<html><head>{head}</head><body>{around['top']}<ul>{rows}</ul>{around['side']}{around['end']}</body></html>",
    )


def batch(pieces, count, step):
    """Clean pages: every vendor, every content, every piece of furniture several times."""
    names, vendors = list(pieces), list(VENDORS)
    contents = [(t, c, "".join(f"<p>{p}</p>" for p in ps), "other") for t, c, ps in ARTICLES] + list(TALKS)
    found = []
    for number in range(count):
        worn = tuple(dict.fromkeys(names[(number * step + k * 7) % len(names)] for k in range(4)))
        if number % 9 == 8:
            url, source = listing(pieces, worn)
            kind = "listing"
        else:
            title, column, body, kind = contents[(number * 5 + number // 12) % len(contents)]
            url, source = dressed(vendors[number % len(vendors)], title, column, body, pieces, worn, number)
        found.append(Clean(url, source.encode(), kind, worn))
    return found


def first():
    """The batch that the rules were written against: 90 pages."""
    return batch(FURNITURE, 90, 3)


def later():
    """Thirty pages with furniture that no rule was written for."""
    return batch(LATER, 30, 3)


# fmt: off
#: Written after the rules were frozen.
FRESH = {
    "lecturer": ("side", "<p>讲座邀请张明教授主讲。</p><p>张明，省名中医，祖传中医第五代传人，擅长疑难杂症，曾荣获省级大奖，弟子遍布全省，深受患者好评和信赖，享誉行业内外。</p>"),
    "news menu": ("top", "<div class='all' style='display:none'><a href='http://a.s1.example/'>体育</a><a href='http://b.s2.example/'>股票</a><a href='http://c.s3.example/'>房产</a><a href='http://d.s4.example/'>彩票</a><a href='http://e.s5.example/'>游戏</a><a href='http://f.s6.example/'>汽车</a><a href='http://g.s7.example/'>娱乐</a></div>"),
    "headlines in a closed tab": ("side", "<div style='display:none'><a href='http://n1.example/1'>警方捣毁一处地下赌场抓获十余人</a><a href='http://n2.example/2'>专家谈春季养生要注意的几件事</a><a href='http://n3.example/3'>多地出台措施支持返乡创业</a><a href='http://n4.example/4'>高校毕业生就业季来临之际</a><a href='http://n5.example/5'>今年夏粮有望再获丰收</a><a href='http://n6.example/6'>铁路部门加开临时旅客列车</a></div>"),
    "host like a brand": ("end", "<span style='display:none'><a href='http://www.leyuan.example/'>儿童乐园</a></span>"),
    "phone app in the breadcrumb": ("top", "<div>当前位置：<a href='/'>首页</a> > <a href='/xz/'>云岭通APP下载</a> > <a href='/yh/'>用户登录注册</a> > <a href='/ty/'>体育场馆预约平台</a></div>"),
    "capitals in names of documents": ("side", "<p>《APEC会议安全管理办法》《APEC会议接待工作方案》印发。</p>"),
    "keywords of a report": ("side", "<p>赌场和博彩在我国是违法的，县公安局提醒游客不要到境外赌场参赌，发现线索请拨打110报警电话。</p>"),
    "flag counter": ("end", "<a href='http://s11.flagcounter.example/more/x' style='visibility:hidden'><img src='/c.png' alt='Flag Counter'></a>"),
    "advertisement strip": ("top", "<div class='banner' style='width:1px;height:1px;overflow:hidden'><a href='http://lh.ylnews.example/'>两会专题</a></div>"),
    "tide table": ("end", "<iframe src='/tide/index.html' width='100%' height='60'></iframe><iframe src='about:blank' width='800' height='600'></iframe>"),
}
# fmt: on


def fresh():
    """Thirty pages with furniture that was written after the rules were frozen."""
    return batch(FRESH, 30, 3)
