"""Offers of invoices and the like between true sentences, and scripts that show search engines' visitors something else."""

import pytest
from support.reading import read

import parsers
from parsers.integrity.cloaking import plain

URL = "http://www.yunling.gov.cn/bmdt/202105/t20210509_1.html"
BODY = "<p>5月8日，县交通运输局召开养护工作会议，安排汛期养护任务。{}会议要求各乡镇落实责任。</p><p>养护资金专款专用，接受审计监督。</p>"


def alarms(record, rule):
    return [f.text for f in record.flags if f.rule == rule and f.severity != "info"]


def article(words="", script=""):
    page = (
        "<html><head><meta charset='utf-8'><title>县交通运输局召开养护工作会议</title>"
        f"{f'<script>{script}</script>' if script else ''}</head><body><h1>县交通运输局召开养护工作会议</h1>"
        f"<p>来源：县交通运输局 发布时间：2021-05-09 10:20</p><div class='TRS_Editor'>{BODY.format(words)}</div></body></html>"
    )
    return parsers.parse([parsers.Payload(URL, page.encode(), "text/html; charset=utf-8")])


OFFERS = [
    "代开各类发票，微信13912345678，点数优惠。",
    "代开发票加薇信fapiao8866，先验后付，",
    "有餐饮、住宿、建材发票可开，联系QQ：1234567890，",
    "开增值税专票普票，电话１３７１２３４５６７８李经理，",
    "代開發票 加V信 kp13900001111 保真可驗，",
    "长期代开正规税票，税点低，可验真伪，量大从优，",
    "办证刻章，微信电话同号13512345678。",
    "代办各种文凭驾照加扣扣88776655，无需到场，",
    "出售增值税普通发票139 1234 5678，",
    "无抵押小额贷款，当天放款，微信daikuan666，",
    "信用卡套现低手续费加VX：tx998877。",
    "代开增值税专用发票加V信piao6688验后付款街上的小广告都是骗人的。",
]


@pytest.mark.parametrize("words", OFFERS)
def test_an_offer_between_true_sentences_is_found(words):
    found = alarms(article(words), "unlawful_offer")
    assert len(found) == 1
    assert found[0][:3] in words


def test_an_offer_in_a_turn_has_its_span():
    record = read("<p>主持人：请介绍。</p><p>孙立：养护资金专款专用。代开发票加微信kp13900001111。接受监督。</p>")
    flag = next(f for f in record.flags if f.rule == "unlawful_offer")
    turn = next(t for t in record.turns if f"turns[{t.seq}]" == flag.where)
    assert turn.text[flag.start : flag.end] == flag.text == "代开发票加微信kp13900001111"


@pytest.mark.parametrize(
    "words",
    [
        "个体户可以到办税服务厅代开发票，咨询电话0999-6621234。",
        "临时经营者代开发票，请拨打12366，或者找窗口的李会计，电话13912345678。",
        "开具增值税专用发票有疑问的，加纳税人QQ群123456789。",
        "自然人可以在电子税务局申请代开普通发票，微信公众号yunlingsw有教程。",
        "警惕短信里“代开发票，加微信kp13900001111”的骗局，已查处三起。",
        "“代开发票加微信kp13900001111”都是骗局，千万别信。",
        "出售发票加QQ1234567890这类小广告多是诈骗。",
        "公安机关打击虚开发票团伙，其在网上发布代开发票加QQ1234567890的信息。",
        "消费者可以索要发票，商户拒开发票的，请拨打12366举报。",
        "发票可以在网上查验真伪，开具之后不得涂改。",
        "刻章须到公安机关备案，县刻章店电话6621234。",
        "办理毕业证遗失证明，请联系学校教务处QQ87654321。",
        "县农商银行推出无抵押小额贷款，联系客户经理13912345678。",
        "发票抬头写云岭县交通运输局，联系人李某13912345678。",
        "残疾人办理驾照，请联系县残联小王，微信同号13912345678。",
    ],
)
def test_honest_words_about_invoices_are_no_offer(words):
    assert alarms(article(words), "unlawful_offer") == []


AWAY = "http://www.ag8858.example/"
LOCATED = f"if(/baidu/.test(document.referrer))location='{AWAY}'"
SENDS_ON = [
    f"if(/baidu|sogou|so\\.com/i.test(document.referrer)){{location.href='{AWAY}';}}",
    f"var s=document.referrer;if(s.indexOf('baidu')>0||s.indexOf('sogou')>0||s.indexOf('soso')>0){{self.location='{AWAY}'}}",
    f'var r=/\\.(sogou|soso|baidu|google|bing)(\\.[a-z0-9\\-]+){{1,2}}\\//ig;if(r.test(document.referrer))window.location.replace("{AWAY}")',
    f"var to='{AWAY}';if(document.referrer.match(/baidu|360|sm\\.cn/)){{top.location=to}}",
    f"if(!/spider|bot/i.test(navigator.userAgent)){{window.location.assign('{AWAY}')}}",
    f"var ua=navigator.userAgent.toLowerCase();if(ua.indexOf('baiduspider')==-1)document.location.href='{AWAY}';",
    f"if(document.referrer.indexOf('www.baidu.com')!=-1)document.write('<iframe src=\"{AWAY}\" width=100% height=2000></iframe>')",
    f"if(document.referrer.indexOf('bai'+'du')>-1||document.referrer.indexOf('toutiao')>-1)window['location']['href']='{AWAY}'",
    "if(/\\x62\\x61\\x69\\x64\\x75/.test(document.referrer)){location.href='\\x68\\x74\\x74\\x70://www.ag8858.example/'}",
    f"eval(String.fromCharCode({','.join(str(ord(c)) for c in LOCATED)}))",
    f"eval(unescape('{''.join(f'%{ord(c):02x}' for c in LOCATED)}'))",
]


@pytest.mark.parametrize("script", SENDS_ON)
def test_a_script_that_sends_visitors_of_search_engines_elsewhere_is_found(script):
    assert alarms(article(script=script), "cloaking") == [AWAY]


@pytest.mark.parametrize(
    "script",
    [
        "eval(function(p,a,c,k,e,d){return p}('0(1.2.3(\"4\")>0){5.6=\"7://8.9\"}',10,10,'if|document|referrer|indexOf|baidu|window|location|http|ag8858|example'.split('|')))",
        "if(navigator.userAgent.toLocaleLowerCase().indexOf('baidu')==-1){document.title='县交通运输局召开养护工作会议'}",
    ],
)
def test_packed_scripts_and_titles_for_engines_are_found(script):
    assert len(alarms(article(script=script), "cloaking")) == 1


@pytest.mark.parametrize(
    "script",
    [
        "var _hmt=_hmt||[];(function(){var hm=document.createElement('script');hm.src='https://hm.baidu.com/hm.js?1';var s=document.getElementsByTagName('script')[0];s.parentNode.insertBefore(hm,s);})();",
        "(function(){var bp=document.createElement('script');var p=window.location.protocol.split(':')[0];if(p==='https'){bp.src='https://zz.bdstatic.com/linksubmit/push.js';}else{bp.src='http://push.zhanzhang.baidu.com/push.js';}})();",
        "if(/Android|iPhone/i.test(navigator.userAgent)){window.location.href='http://m.yunling.gov.cn/bmdt/1.html';}var u='//hm.baidu.com/hm.js';",
        "if(document.referrer.indexOf('baidu')>-1){highlight(document.referrer)}",
        "if(document.referrer.indexOf('baidu.com')>-1&&location.hash==''){location.href='/bmdt/index.html'}",
        "if(document.referrer.indexOf('sogou')>-1)location.href='http://www.yunling.gov.cn/bmdt/'",
        "if(!/spider/i.test(navigator.userAgent)){lazyload()}",
        "document.write('<img src=\"http://count.stat-soft.example/c.php?r='+escape(document.referrer)+'\">');function go(u){location.href=u}",
        "var from=document.referrer;if(from==''){location.href='http://www.yunling.gov.cn/'}",
        "function search(){window.open('https://www.so.com/s?q='+q+'&site='+location.host)}var r=document.referrer;",
        "if(/micromessenger/i.test(navigator.userAgent)){wx.miniProgram.navigateTo({url:'/pages/1'})}else{location.href='https://mp.weixin.qq.com/s/1'}",
        "var isBaidu=/baiduboxapp/i.test(navigator.userAgent);if(isBaidu){document.body.className='baidu'}",
    ],
)
def test_ordinary_scripts_are_no_cloaking(script):
    assert alarms(article(script=script), "cloaking") == []


def test_escapes_are_read_and_broken_ones_left():
    assert plain("'\\x62\\u0061'+unescape('%69')+String.fromCharCode(100, 117)") == "'ba'+unescape('i')+du"
    assert plain("\\xZZ%9String.fromCharCode(99999999999)") == "\\xZZ%9String.fromCharCode(99999999999)"
