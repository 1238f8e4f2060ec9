"""Exact spans for injected words, no alarm on words that belong there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reading import GUEST, HEAD, read

import parsers
from parsers.integrity.identity import _CODE, marks_of


def alarms(record):
    return [(f.rule, f.text, f.where) for f in record.flags if f.severity != "info"]


def talk(sentence):
    return read(f"<p>主持人：请介绍。</p><p>孙立：{sentence}</p>")


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("按照《全球领先体育平台加强法治建设的意见》办理。", ["全球领先体育平台"]),
        ("Betway必威体育官网印发了方案。", ["Betway必威体育官网"]),
        ("作出乐鱼体育app下载全面推进改革的决定。", ["乐鱼体育app下载"]),
        ("印发《金沙娱乐官网重大行政决策程序规定》《金沙娱乐官网工作规则》。", ["金沙娱乐官网", "金沙娱乐官网"]),
        ("下发了《天马行空站台开展案卷评查工作的通知》和《天马行空站台加强执法监督的通知》。", ["天马行空站台", "天马行空站台"]),
    ],
)  # fmt: skip
def test_injected_words_are_found_with_their_span(sentence, words):
    record = talk(sentence)
    assert [text for _, text, _ in alarms(record)] == words
    for flag in record.flags:
        turn = next(t for t in record.turns if f"turns[{t.seq}]" == flag.where)
        assert turn.text[flag.start : flag.end] == flag.text


@pytest.mark.parametrize(
    "sentence",
    [
        "县体育局举办全民健身运动会，体育彩票公益金投入三百万元。", "我们严厉打击网络赌博，捣毁百家乐、六合彩等窝点。", "请登录县政府官方网站查询。",
        "印发《乡村振兴战略规划》《乡村振兴促进法》宣传册。", "认真落实《中华人民共和国民法典》和《中华人民共和国宪法》。", "依托政务服务平台一网通办。",
        "作出关于全面推进依法治国若干重大问题的决定。", "福利彩票销售网点注册手续从简。", "下载国家反诈中心APP，警惕博彩平台。", "面积为3平方米(m)，共12个(ge)。",
        "金沙江流域禁渔，皇冠梨喜获丰收，银河社区服务中心建成。",
    ],
)  # fmt: skip
def test_ordinary_words_raise_no_alarm(sentence):
    assert alarms(talk(sentence)) == []


def test_a_hijacked_title():
    page = (
        HEAD.replace("</head>", "<title>Betway必威体育官网-关于民生的访谈</title></head>")
        + GUEST
        + "<p>主持人：请。</p><p>孙立：好。</p></div></body></html>"
    )
    record = parsers.parse([parsers.Payload("http://a.example/", page.encode())])
    assert record.title == "关于民生的访谈"
    assert alarms(record) == [("title_mismatch", "Betway必威体育官网", "title")]


def test_hidden_links():
    record = talk(
        "好。</p><div style='position:absolute;left:-9999px'><a href='http://bet.example/'>乐鱼体育</a></div><p>"
    )
    assert ("hidden_link", "乐鱼体育", "html") in alarms(record)


def test_pinyin_between_characters():
    record = talk("當(dāng)前位置，辦(bàn)公廳發(fā)布。")
    assert [t for _, t, _ in alarms(record)] == ["當(dāng)", "辦(bàn)", "發(fā)"]


@given(st.lists(st.sampled_from(["网站标识码", "SiteIDCode", "sitecode", "SITECODE", "：", "=", '"', "content=", " ", "6207240001", "bm12345678", "İ", "号", "1"]), max_size=14).map("".join))  # fmt: skip
def test_the_site_code_is_what_the_pattern_alone_would_find(source):
    found = _CODE.search(source)
    assert marks_of(source).site_code == (found["code"] if found else None)


@pytest.mark.parametrize(
    "text",
    [
        "我们打击网络赌博，关闭“某某娱乐城”“澳门百家乐”等赌博网站12个，抓获涉赌人员30人。",
        "登录县政府官方网站下载“清河办”APP，点击注册；国家反诈中心APP要注册。",
        "县体育局与福彩中心、体育彩票管理站联合开展全民健身活动。",
        "印发《清河县全面推进依法行政实施方案》《清河县加强法治政府建设意见》《清河县规范执法办法》。",
        "米兰时装、欧冠农业科技公司、开云集团落户；亚博会展中心建成；“乐鱼”直播带货基地投产。",
        "全球领先的光伏平台项目，国际体育赛事，IM即时通讯，真人秀节目。",
        "《“十四五”规划》《“一网通办”实施方案》作出“四个全面”推进决定，《“一网通办”工作方案》。",
        "《2035年远景目标推进方案》《2035年远景目标建设意见》印发。",
        "莘（shēn）县与浚县。",
    ],
)
def test_what_is_no_tampering(text):
    assert alarms(talk(text)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("印发《新葡京官网登录加强道路安全的通知》，作出新葡京官网登录推进专项行动的决定。", ["新葡京官网登录"] * 2),
        ("县公安局im电竞将开展行动。", ["im电竞"]),
        ("联系金沙娱乐场，金沙娱乐场官网的公告。", ["金沙娱乐场", "金沙娱乐场官网"]),
        ("《半岛·体育中国官方网站加强社区治理的意见》印发。", ["半岛·体育中国官方网站"]),
        ("《开云全站app下载全面推行林长制的意见》。", ["开云全站app下载"]),
        ("作出凯发k8国际首页全面推进乡村振兴的部署。", ["凯发k8国际首页"]),
        ("好。</p><marquee width=1 height=1><a href='http://bet.example/'>赌场</a></marquee><p>", ["赌场"]),
        ("前位（wei）置，办（ban）公（gong）厅。", ["位（wei）", "办（ban）", "公（gong）"]),
    ],
)
def test_injected_words_are_found_whole(text, words):
    assert [found for _, found, _ in alarms(talk(text))] == words


@pytest.mark.parametrize(
    "host",
    ["www.yabovip88.com", "YABOVIP88.com", "www.ｙａｂｏvip88.com", "www.%79abovip88.com", "www.ya\tbovip88.com"],
)
def test_a_host_of_the_lexicon_is_known_however_it_is_written(host):
    record = talk(f"好。</p><p><a href='http://{host}/'>友情链接</a>")
    assert [found for found in alarms(record) if found[0] == "advertised_link"] == [
        ("advertised_link", "友情链接", "html")
    ]
