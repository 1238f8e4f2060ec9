"""Label styles, continuation, order, duplicates; and what must never start a turn."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.growth import exponent
from support.reading import GUEST, HEAD, read

import parsers
from parsers.errors import PageError


def turns(body, **more):
    return [(t.speaker, t.role, t.person, t.text) for t in read(body, **more).turns]


BASIC = [("主持人", "host", None, "请谈谈防火。"), ("孙立", "guest", "孙立", "好的。一是抓制度；二是抓责任。")]
STYLES = {
    "colon": "<p>主持人：请谈谈防火。</p><p>孙立：好的。一是抓制度；二是抓责任。</p>",
    "ratio": "<p>主持人∶请谈谈防火。</p><p>孙立∶好的。一是抓制度；二是抓责任。</p>",
    "presentation": "<p>主持人︰请谈谈防火。</p><p>&#8203;孙立﹕好的。一是抓制度；二是抓责任。</p>",
    "spaced": "<p>　　主 持 人 ：请谈谈防火。</p><p>&nbsp;&nbsp;孙　立：好的。一是抓制度；二是抓责任。</p>",
    "bold": "<p><b>主持人：</b>请谈谈防火。</p><p><b>孙立：</b>好的。一是抓制度；二是抓责任。</p>",
    "split bold": "<p><strong>主持</strong><strong>人</strong>：请谈谈防火。</p><p><strong>孙</strong><strong>立：</strong>好的。一是抓制度；二是抓责任。</p>",
    "colour": "<p><span style='color:#c00'>主持人</span>：请谈谈防火。</p><p><font color='blue'>孙立：</font>好的。一是抓制度；二是抓责任。</p>",
    "lenticular": "<p>【主持人】请谈谈防火。</p><p>【孙立】好的。一是抓制度；二是抓责任。</p>",
    "square": "<p>[主持人]请谈谈防火。</p><p>[孙立]：好的。一是抓制度；二是抓责任。</p>",
    "own line": "<p><b>主持人：</b></p><p>请谈谈防火。</p><p><b>孙立：</b></p><p>好的。一是抓制度；二是抓责任。</p>",
    "table": "<table><tr><td>主持人</td><td>请谈谈防火。</td></tr><tr><td>孙立</td><td>好的。一是抓制度；二是抓责任。</td></tr></table>",
    "dl": "<dl><dt>主持人：</dt><dd>请谈谈防火。</dd><dt>孙立：</dt><dd>好的。一是抓制度；二是抓责任。</dd></dl>",
    "br": "<p>主持人：请谈谈防火。<br>孙立：好的。一是抓制度；二是抓责任。</p>",
    "one paragraph": "<p>主持人：请谈谈防火。孙立：好的。一是抓制度；二是抓责任。</p>",
    "timestamps": "<p>主持人：请谈谈防火。<cite>10:00:12</cite></p><p>孙立：好的。一是抓制度；二是抓责任。<cite>10:01:00</cite></p>",
    "element without colon": "<p><span class='name'>主持人</span>请谈谈防火。</p><p><span class='name'>孙立</span>好的。一是抓制度；二是抓责任。</p>",
}  # fmt: skip


@pytest.mark.parametrize("body", STYLES.values(), ids=STYLES)
def test_label_styles(body):
    assert turns(body) == BASIC


def test_a_turn_in_one_paragraph_may_end_with_a_colon():
    """Then the next speaker's label stands behind two colons; what is no speaker's does not."""
    body = "<p>主持人：请谈谈防火。孙立：好的，具体讲三点：主持人：第一点是什么？孙立：要点：电话：119。</p>"
    assert [(t.speaker, t.text) for t in read(body).turns] == [
        ("主持人", "请谈谈防火。"), ("孙立", "好的，具体讲三点："), ("主持人", "第一点是什么？"), ("孙立", "要点：电话：119。"),
    ]  # fmt: skip


FALSE = [
    "一是:",
    "二是:",
    "首先:",
    "第一:",
    "其一:",
    "目标:",
    "原则:",
    "措施:",
    "时间:",
    "地点:",
    "电话:",
    "网址:",
    "邮箱:",
    "注:",
    "附件:",
    "例如:",
    "数据显示:",
    "他说:",
    "文件指出:",
    "有人问:",
    "政策依据:",
    "http:",
    "9:00",
    "3:1",
]


@pytest.mark.parametrize("label", FALSE)
def test_false_labels_start_no_turn(label):
    found = turns(f"<p>主持人：请谈谈防火。</p><p>孙立：好的。</p><p>{label}这里是说明文字。</p><p>主持人：谢谢。</p>")
    assert [t[0] for t in found] == ["主持人", "孙立", "主持人"]
    assert found[1][3].endswith("这里是说明文字。")


def test_captions_editors_and_ends_are_left_out():
    body = "<p>主持人：请谈谈防火。</p><p>孙立：好的。</p><p align='center'>图为访谈现场  李青 摄</p><p>（掌声）</p><p>（完）</p><p>责任编辑：李青</p><p>0936-1234567</p>"
    assert turns(body)[1][3] == "好的。\n（掌声）"
    assert {s.reason for s in read(body).skipped} >= {"caption", "end", "after_end"}


def test_newest_first_is_put_in_order():
    body = "<p>[孙立]今年投入三千万元。[01-09 17:27]</p><p>[网友 山泉]修路投入多少？[01-09 17:25]</p><p>[云岭政府网]访谈即将开始。[01-09 17:00]</p>"
    assert [(t[0], t[1], t[3]) for t in turns(body, head=HEAD)] == [
        ("云岭政府网", "narrator", "访谈即将开始。"), ("网友山泉", "netizen", "修路投入多少？"), ("孙立", "unknown", "今年投入三千万元。"),
    ]  # fmt: skip


def test_a_hidden_or_historic_copy_is_dropped():
    body = (
        "<div id='a'><div><span>主持人：</span>开始。</div></div><div id='b'><div><span>网友老李：</span>何时修路?</div></div>"
        "<div class='history'><p>主持人：开始。</p></div>"
    )
    assert [(t[0], t[3]) for t in turns(body, head=HEAD)] == [("主持人", "开始。"), ("网友老李", "何时修路?")]


def test_a_misspelt_label_is_a_remark_not_a_turn():
    record = read("<p>主持人：请谈谈防火。</p><p>孙立：好的。</p><p>主持入：下一步呢？</p><p>孙立：继续努力。</p>")
    assert [t.speaker for t in record.turns] == ["主持人", "孙立", "孙立"]
    assert any(f.rule == "probable_missing_label" and f.severity == "info" and f.text == "主持入" for f in record.flags)


def test_parts_are_joined_before_reading():
    first = f"{HEAD}{GUEST}<p>主持人：请谈谈。</p><p>孙立：第一阶段是摸底，</p></div></body></html>".encode()
    second = f"{HEAD}<p>第二阶段是整改。</p><p>主持人：谢谢。</p></div></body></html>".encode()
    record = parsers.parse(
        [parsers.Payload("http://a.example/t.html", first), parsers.Payload("http://a.example/t_1.html", second)]
    )
    assert [t.text for t in record.turns] == ["请谈谈。", "第一阶段是摸底，\n第二阶段是整改。", "谢谢。"]


KINDS = {
    "video": "<p>访谈主题:秋粮收购</p><video src='/v/1.mp4'></video><p>暂无文字实录</p>",
    "notice": "<p>我县政府网站将于12月3日下午2:30-3:30邀请住建局局长钱慧作客在线访谈，欢迎网友提前留言。</p>",
    "summary": "<p>12月23日，县司法局副局长赵一鸣作客访谈。赵一鸣表示：“今年建成三个示范点，要把法律服务送到群众身边，让群众办事更方便，让法治观念深入人心。”</p><p>- THE END -</p>",
    "attachment": "<p>访谈实录详见附件。</p><p><a href='./W0.docx'>附件:访谈实录.docx</a></p>",
    "plan": "<table><tr><td>序号</td><td>承办单位</td><td>上线时间</td></tr><tr><td>1</td><td>司法局</td><td>4月份</td></tr></table>",
}  # fmt: skip


@pytest.mark.parametrize(("kind", "body"), KINDS.items())
def test_kinds_without_turns(kind, body):
    record = read(
        body,
        head=HEAD.replace(
            "关于民生的访谈",
            "访谈预告" if kind == "notice" else "民生访谈计划表" if kind == "plan" else "关于民生的访谈",
        ),
    )
    assert record.kind == kind
    assert not record.turns


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (
            521,
            b"<script>document.cookie='__jsluid_s=1';location.href=location.pathname+location.search</script>",
            "challenge",
        ),
        (412, b"", "challenge"),
        (202, b"<html><script>$_ts={}</script></html>", "challenge"),
        (
            200,
            "<html><body>请开启JavaScript并刷新该页.<script>var dynamicurl='/WZWSREL'</script></body></html>".encode(),
            "challenge",
        ),
        (200, "<html><body><h1>您访问的页面不存在</h1></body></html>".encode(), "soft_404"),
        (404, b"<html><body>Not Found</body></html>", "soft_404"),
    ],
)
def test_challenges_and_soft_404s(status, body, kind):
    if not body:
        body = b" "
    record = parsers.parse([parsers.Payload("http://a.example/", body, None, status)])
    assert record.kind == kind
    assert not record.turns


@pytest.mark.parametrize("url", ["http://[::bad", "http://a:99999999/", "http://[", "//["])
@pytest.mark.parametrize("data", [b"<p>x</p>", b"{}", b""])
def test_an_address_that_is_none_is_a_documented_error(url, data):
    for call in (lambda p: parsers.parse([p]), parsers.links):
        with pytest.raises(PageError) as caught:
            call(parsers.Payload(url, data, "text/html"))
        assert caught.value.url == url


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_give_a_record_or_a_documented_error(data):
    from parsers.errors import PageError

    try:
        record = parsers.parse([parsers.Payload("http://a.example/", data)])
    except PageError as error:
        assert error.url == "http://a.example/"
        return
    assert record == parsers.parse([parsers.Payload("http://a.example/", data)])
    parsers.links(parsers.Payload("http://a.example/", data))


_WORDS = st.lists(
    st.sampled_from(
        [
            "主持人：",
            "孙立：",
            "<p>",
            "</p>",
            "<br>",
            "<div>",
            "</div>",
            "好的。",
            "请问？",
            "【",
            "】",
            "2021年3月1日",
            "<td>",
            "<table>",
            "&nbsp;",
            "访谈嘉宾：",
            "<!--",
            "<script>",
        ]
    ),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(_WORDS)
def test_any_soup_of_markup_is_read(words):
    read("".join(words))


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 20_000 + "主持人：好。",
        "：" * 100_000,
        "主持人：" * 20_000,
        "《" * 50_000,
        "1." * 50_000,
        "[" * 50_000,
        "年月日" * 30_000,
        "、" * 50_000,
        "（" * 50_000,
    ],
)
def test_hostile_repeats_take_bounded_time(hostile):
    read(f"<p>{hostile}</p>")


@pytest.mark.long
def test_long_pages_take_time_in_proportion():
    """Twice the page, about twice the time: labels, evidence, duplicates and timestamps are all linear."""
    pair = "<p>主持人：请介绍情况。</p><p>孙立：我们坚持问题导向，细化措施。</p>"
    assert len(read(pair * 4000).turns) == 8000
    assert 0.5 < exponent(read, {pairs: pair * pairs for pairs in (500, 1400, 4000)}) < 1.5


@pytest.mark.long
def test_a_long_list_is_a_listing_and_its_size_is_bounded():
    from parsers.limits import MAX_ITEMS

    items = "".join(
        f"<li><a href='/zxft/t20210101_{n}.html'>第{n}期访谈的标题</a><span>2021-01-01</span></li>"
        for n in range(MAX_ITEMS + 100)
    )
    payload = parsers.Payload(
        "http://a.example/zxft/",
        f"<html><head><meta charset='utf-8'></head><body><ul>{items}</ul></body></html>".encode(),
    )
    assert parsers.parse([payload]).kind == "listing"
    assert len(parsers.links(payload).items) == MAX_ITEMS


def test_a_page_over_the_limit_is_a_named_error():
    from parsers.errors import PageTooLarge
    from parsers.limits import MAX_BYTES

    with pytest.raises(PageTooLarge, match="MAX_BYTES"):
        parsers.parse([parsers.Payload("http://a.example/", b"<p>" + b"x" * MAX_BYTES)])


def test_speakers_introduce_themselves_without_any_header():
    body = "<p>甘肃日报记者：请问粮食产量？</p><p>县农业农村局局长罗晓峰：产量十万吨。</p><p>云岭日报记者：价格如何？</p><p>罗晓峰：稳定。</p>"
    record = read(body, head=HEAD)
    assert [(g.name, g.organization, g.title) for g in record.guests] == [("罗晓峰", "县农业农村局", "局长")]
    assert [(t.role, t.person) for t in record.turns] == [
        ("reporter", None),
        ("guest", "罗晓峰"),
        ("reporter", None),
        ("guest", "罗晓峰"),
    ]


def test_offices_that_answer_are_guests():
    found = turns("<p>1、网民“小草”问：什么时候修路？</p><p>县交通局答复：明年三月。</p>", head=HEAD)
    assert [(t[0], t[1]) for t in found] == [("网民“小草”问", "netizen"), ("县交通局答复", "guest")]


def test_a_named_host_of_the_header_speaks_as_host():
    found = turns("<p>主持人：李青</p><p>主持人：大家好。</p><p>孙立：你好。</p>")
    assert [(t[0], t[2]) for t in found] == [("主持人", "李青"), ("孙立", "孙立")]


@pytest.mark.parametrize(
    ("title", "url"),
    [("常见问题解答", "http://a.example/cjwt/1.html"), ("县长信箱来信选登", "http://a.example/xzxx/2.html")],
)
def test_questions_and_answers_that_are_no_talk(title, url):
    page = f"<html><head><meta charset='utf-8'></head><body><h1>{title}</h1><div id='zoom'><p>问：什么是医保？</p><p>答：就是医疗保险。</p></div></body></html>"
    record = parsers.parse([parsers.Payload(url, page.encode())])
    assert (record.kind, record.turns) == ("other", ())


TALK = "<p>祁连生：第一点很重要。</p><p>主持人：谢谢。</p>"
BROKEN = {
    "text after </html>": "</body></html>" + TALK,
    "comment that never ends": "<!-- x " + TALK,
    "script that never ends": "<script>var a = 1;" + TALK,
    "nested too deeply": "<div>" * 3000 + TALK,
    **{
        f"{tag} that never ends": f"<{tag}>x" + TALK
        for tag in ("style", "textarea", "title", "iframe", "noscript", "noframes", "xmp", "template", "svg", "math", "select")
    },
}  # fmt: skip


@pytest.mark.parametrize(("remark", "tail"), BROKEN.items(), ids=BROKEN)
def test_markup_that_loses_text_is_mended_and_said(remark, tail):
    page = f"<html><head><meta charset='utf-8'></head><body><h1>访谈</h1><p>访谈嘉宾：县水务局局长祁连生</p><p>主持人：请问。</p>{tail}"
    record = parsers.parse([parsers.Payload("http://a.example/zxft/1.html", page.encode())])
    assert [t.text for t in record.turns] == ["请问。", "第一点很重要。", "谢谢。"]
    assert ("structure", remark) in [(f.rule, f.text) for f in record.flags]


@pytest.mark.parametrize(
    "noise", ["\x00", "\x0b\x01", "<p><p><p>", "<!--[if gte mso 9]><xml></xml><![endif]-->", "< <p <<", "<div>" * 600]
)
def test_odd_markup_between_turns(noise):
    page = f"<html><head><meta charset='utf-8'></head><body><h1>访谈</h1><p>访谈嘉宾：县水务局局长祁连生</p><p>主持人：请问。</p>{noise}{TALK}"
    record = parsers.parse([parsers.Payload("http://a.example/zxft/1.html", page.encode())])
    assert [t.speaker for t in record.turns] == ["主持人", "祁连生", "主持人"]


def test_a_short_body_beside_a_longer_info_row():
    """A sentence and a link weigh less than the row above them, and are the body all the same."""
    page = "<html><head><meta charset='utf-8'></head><body><div class='viewbox'><div class='title'><h2>扎实推进法治建设</h2></div><div class='info'><small>时间:</small>2022-12-14 14:49 <small>来源:</small>云岭县人民政府网 <small>点击:</small>12次</div><div class='content'><p>访谈实录详见附件。</p><p><a href='./W020.docx'>附件：访谈实录.docx</a></p></div></div></body></html>"
    record = parsers.parse([parsers.Payload("http://a.example/zxft/1.html", page.encode())])
    assert record.kind == "attachment"


def test_a_talk_in_one_paragraph_whose_paragraphs_were_joined_without_a_break():
    record = read(
        "<p>主持人：请介绍。孙立：好。一是宣传。主持人：还有呢？孙立：有的。（一）政策依据主持人：谢谢孙立局长。孙立：请主持人：多来。</p>"
    )
    assert [(t.speaker, t.text) for t in record.turns] == [
        ("主持人", "请介绍。"), ("孙立", "好。一是宣传。"), ("主持人", "还有呢？"), ("孙立", "有的。（一）政策依据"),
        ("主持人", "谢谢孙立局长。"), ("孙立", "请主持人：多来。"),
    ]  # fmt: skip


def test_labels_in_brackets_inside_a_paragraph_need_no_colon():
    record = read("<p>【主持人】请介绍。【孙立】好。【主持人】谢谢。</p>")
    assert [(t.speaker, t.text) for t in record.turns] == [
        ("主持人", "请介绍。"),
        ("孙立", "好。"),
        ("主持人", "谢谢。"),
    ]


def test_a_last_word_of_thanks_is_no_hosts_name():
    record = read("<p>主持人：暖气几号来？</p><p>冷局长：15号。</p><p>主持人：谢谢</p>")
    assert [(t.speaker, t.person, t.text) for t in record.turns][2:] == [("主持人", None, "谢谢")]
