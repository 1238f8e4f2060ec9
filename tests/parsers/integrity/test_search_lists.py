"""Search words among a page's lines: lists wherever the first lines are, obscene names as headlines and last lines."""

import pytest

import parsers

URL = "http://www.yunling.gov.cn/xwzx/202105/t20210509_2.html"
TITLE = "云岭县召开防汛工作会议"
BODY = "<p>5月8日，云岭县召开防汛工作会议，安排水库巡查和物资储备。</p><p>会议要求，各乡镇要落实值班制度，及时转移群众。</p>"


def alarms(before="", after="", title=TITLE, body=BODY):
    page = (
        f"<html><head><meta charset='utf-8'><title>{title}</title></head><body>{before}<h1>{title}</h1>"
        f"<p>来源：云岭县政府办 2021-05-09 10:20</p><div class='TRS_Editor'>{body}</div>{after}</body></html>"
    )
    record = parsers.parse([parsers.Payload(URL, page.encode(), "text/html; charset=utf-8")])
    return [(f.rule, f.text) for f in record.flags if f.severity != "info"]


LISTS = [
    "亚洲一区精品动漫|日韩无码综合在线|久久精品国产视频!|人妻中文字幕",
    "国产精品18久久_午夜福利不卡_黄色视频网_www成人网站",
    "久久精品一区二区,人妻乱码一二三区,国产内射,成人免费动漫",
    "野猪养殖网址,玉石怎么做,跑车被砸,手游外挂,车震门是什么意思,古剑图片,幻想西游,示范小学,吉他谱,简历",
]


@pytest.mark.parametrize("words", LISTS)
@pytest.mark.parametrize("above", [0, 4])
def test_a_list_of_search_words_is_found_below_scraps_of_markup(words, above):
    scraps = "".join(f'<p>• &lt;tr id="a{n}"&gt;&lt;/tr&gt;</p>' for n in range(above))
    found = alarms(before=f"{scraps}<p>{words}</p>")
    assert [rule for rule, _ in found] == ["search_words"]


@pytest.mark.parametrize(
    "line",
    [
        "嫩草影院永久在线入口",
        "一区二区三区内射视频",
        "国产自拍偷拍在线",
        "成人影院免费播放",
        "丝袜人妻中文字幕",
        "某国三级理论片2026-02-27",
    ],
)
def test_an_obscene_name_below_the_text_is_found(line):
    assert alarms(after=f"<p>{line}</p>") == [("search_words", line)]
    assert alarms(
        after=f"<ul><li><a href='/a/1.htm'>{line}</a></li><li><a href='/a/2.htm'>县医院新楼开工</a></li></ul>"
    )


@pytest.mark.parametrize(
    "line",
    [
        "工业园区一区二区三区招商公告",
        "警方捣毁一裸聊诈骗窝点，抓获嫌疑人12名",
        "县委网信办开展“清朗”行动，清理淫秽色情信息",
        "公安机关查处一家传播淫秽视频的网站",
        "女子约炮被骗五万元，警方提醒",
        "影视拍摄毛片移交档案馆",
        "电影《孔子》在县影院免费播放",
        "县图书馆,文化馆,博物馆,体育馆,美术馆,青少年宫,妇女儿童中心,老年大学,影院,剧场",
    ],
)
def test_what_offices_print_raises_no_alarm(line):
    assert alarms(before=f"<p>{line}</p>", after=f"<p>{line}</p>") == []


SPLIT = "云岭县5月8日举《有和365滚球一样的平台吗》行防汛工作会议，县长赵一鸣到会。"


def test_a_name_that_splits_a_word_of_a_sentence_was_put_there():
    found = alarms(
        title="给大家说说有和千里送一样的平台吗",
        body="<p>云岭县5月8日召《有和千里送一样的平台吗》开会议，会议要求落实值班。</p>",
    )
    assert ("inserted_name", "《有和千里送一样的平台吗》") in found


def test_a_brand_of_wagers_in_a_heading_is_found():
    found = alarms(title="给大家说说有和365滚球一样的平台吗", body=f"<p>{SPLIT}</p>")
    assert any("365滚球" in text for _, text in found)


@pytest.mark.parametrize(
    "text",
    [
        "会议学习《云岭县防汛应急预案》，要求各乡镇落实。",
        "县政府召开《云岭县志》首发式，县长出席。",
        "县委印发《关于防汛的通知》表示感谢。",
        "县政府发《致全县人民的一封信》布置防汛。",
        "大会《工作报告》议程已定。",
    ],
)
def test_names_of_documents_in_sentences_are_ordinary(text):
    assert alarms(body=f"<p>{text}</p>{BODY}") == []
