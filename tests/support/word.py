"""Word files as tests need them."""

import io
import zipfile
from html import escape

SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TALK = (
    "县教育局局长李明做客在线访谈",
    "主持人：各位网友大家好，今天我们请到了县教育局局长李明，请您介绍一下情况。",
    "李明：大家好，今年我县教育工作进展顺利，全年新建学校三所，改扩建学校五所。",
    "主持人：学生营养餐的情况怎么样？",
    "李明：营养餐已经覆盖全县所有农村学校，受益学生一万二千人。",
    "主持人：感谢李局长，本期访谈到此结束。",
)


def body(lines=TALK, space=SPACE, before=""):
    paragraphs = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    return f'{before}<w:document xmlns:w="{space}"><w:body>{paragraphs}</w:body></w:document>'


def docx(xml=None, name="word/document.xml", packed=zipfile.ZIP_DEFLATED):
    """A file with that XML, by default of a talk."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packed) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(name, xml if xml is not None else body())
    return stream.getvalue()


def page(*files):
    """A page whose talk stands in files."""
    links = "".join(f'<p>附件：<a href="{file}">访谈文字实录</a></p>' for file in files)
    return (
        "<html><head><meta charset='utf-8'><title>县教育局局长李明做客在线访谈</title></head><body><div class='content'>"
        f"<h1>县教育局局长李明做客在线访谈</h1><p>发布时间：2023-05-06 来源：县政府办</p><p>访谈实录详见附件。</p>{links}</div></body></html>"
    ).encode()
