"""Pages that hold no talk: notices, reports, films, plans, ordinary articles with the words of the genre, letters, lists."""

from __future__ import annotations

from datetime import timedelta

from support.corpora.field.blocks import Block, render
from support.corpora.field.truth import ANY, Truth
from support.corpora.field.words import Words

_CLOCKS = {"下午3:00-4:00": ("T15:00", "T16:00", "minute"), "上午9:30": ("T09:30", None, "minute"), "15时": ("T15", None, "hour"), "": ("", None, "day")}  # fmt: skip


def _genre(text: str) -> str:
    spoken = any(w in text for w in ("热线", "听众", "接听", "连线", "直播间"))
    return "hotline|interview" if spoken else "interview"


def notice(words: Words) -> tuple[str, Truth]:
    """A talk to come."""
    person = words.person()
    day = words.day + timedelta(days=6)
    clock = words.r.choice(list(_CLOCKS))
    frame = words.r.choice(words.frames["notices"])
    text = words.fill(frame, person, date=words.date_words(day), clock=clock)
    start, end, precision = _CLOCKS[clock]
    time = ANY
    if "{clock}" in frame and words.day_form == "full":
        time = (f"{day}{start}", f"{day}{end}" if end else None, precision)
    title = words.sentence("notice_titles", person)
    body = render(words, [Block(text), *([Block("热线电话：0999-1234567")] if words.chance(0.3) else [])])
    return body, Truth("notice", title, time=time, genre=_genre(text + title), guests=[person.truth()])


def summary(words: Words) -> tuple[str, Truth]:
    """A report of a talk."""
    person = words.person()
    text = words.sentence("summaries", person)
    title = words.sentence("summary_titles", person)
    parts = [Block(text), Block(words.speech("answers", 90)), Block(words.sentence("reporter_notes"))]
    if words.chance(0.5):
        image = [Block("<img src='./W020230309412345678902.jpg'>", "center"), Block(words.sentence("captions", person), "center")]  # fmt: skip
        parts = image + parts
    return render(words, parts), Truth("summary", title, genre=_genre(text + title), guests=[person.truth()])


def video(words: Words) -> tuple[str, Truth]:
    """A film and hardly a word."""
    person = words.person()
    title = words.sentence("video_titles", person)
    player = words.r.choice(
        [
            "<video src='/upload/2023/ft.mp4' poster='/upload/2023/ft.jpg' controls></video>",
            "<script>showVsbVideo('/__local/A/B/ft.mp4?e=.mp4','player',600,400)</script><script name='_videourl' vurl='/__local/A/B/ft.mp4'></script>",
            "<embed src='/swf/player.swf?file=/v/ft.flv' width='480' height='360'>",
            "<video controls><source src='/v/ft.m3u8' type='application/x-mpegURL'></video>",
        ]
    )
    words_below = [Block(words.sentence("video_words", person))] if words.chance(0.6) else []
    shown = title + "".join(b.text for b in words_below)
    guests = [person.truth()] if person.name in shown else []
    return player + render(words, words_below), Truth("video", title, genre="interview", guests=guests)


def ordinary(words: Words) -> tuple[str, Truth]:
    """News, notices and portraits in which the genre's words stand in running text."""
    title, *frames = words.r.choice(words.frames["ordinary"])
    person = words.person()
    slots = {"name": person.name, "post": words.r.choice(words.frames["lone_posts"]), "org": person.organization}
    texts = [words.fill(f, **slots) for f in (title, *frames)]
    more = [words.speech("answers", 80) for _ in range(words.r.randrange(4))]
    lines = [*texts[1:], *more, words.sentence("reporter_notes")]
    return render(words, [Block(t) for t in lines]), Truth("other", texts[0])


def faq(words: Words) -> tuple[str, Truth]:
    """Questions about a policy with their answers; nobody talks."""
    title, question, answer = words.r.choice(words.frames["faqs"])
    lines = []
    for number in range(words.r.randrange(2, 6)):
        index = f"{number + 1}." if words.chance(0.3) else ""
        asked = question if number == 0 else question.split("：")[0] + "：" + words.speech("questions", 20)
        said = answer if number == 0 else answer.split("：")[0] + "：" + words.speech("answers", 60)
        lines += [index + words.fill(asked), words.fill(said)]
    return render(words, [Block(t) for t in lines]), Truth("other", words.fill(title))


def letter(words: Words) -> tuple[str, Truth]:
    """A citizen's letter with its reply."""
    title, *lines = (words.fill(t) for t in words.r.choice(words.frames["letters"]))
    return render(words, [Block(t) for t in lines]), Truth("other", title)


def listing(words: Words) -> tuple[str, Truth]:
    """The section's list."""
    rows = []
    for number in range(words.r.randrange(6, 16)):
        day = words.day - timedelta(days=9 * number)
        title = words.sentence(words.r.choice(["titles", "titles_named", "summary_titles"]), words.person())
        rows.append(f"<li><a href='./{day:%Y%m}/t{day:%Y%m%d}_{number}.html'>{title}</a><span>{day}</span></li>")
    body = f"<ul class='list'>{''.join(rows)}</ul><div class='page'>共3页 <a href='index_1.html'>下一页</a></div>"
    return body, Truth("listing", words.programme)


def plan(words: Words) -> tuple[str, Truth]:
    """The year's timetable."""
    offices = [words.organization(o[0]) for o in words.r.sample(words.frames["offices"], 5)]
    rows = "".join(f"<tr><td>{n + 1}</td><td>{o}</td><td>{2 * n + 1}月份</td></tr>" for n, o in enumerate(offices))
    table = f"<table border=1><tr><td>序号</td><td>承办单位</td><td>上线时间</td></tr>{rows}</table>"
    return table, Truth("plan", f"{words.county}{words.day.year}年{words.programme}计划安排表")


def attachment(words: Words) -> tuple[str, Truth]:
    """The words of the talk lie in a file."""
    file = words.r.choice(["docx", "doc", "pdf"])
    text = words.r.choice(["访谈实录详见附件。", "文字实录请下载附件查看。"])
    body = f"<p>{text}</p><p><a href='./W020230309.{file}'>附件：{words.topic}访谈实录.{file}</a></p>"
    return body, Truth("attachment", f"{words.programme}：{words.topic}", genre="interview")


def offsite(words: Words) -> tuple[str, Truth]:
    """A shell whose body is another host's page."""
    frame = "<iframe src='http://live.media.example/fangtan/9.html' width='1000' height='900' frameborder='0'></iframe>"
    return frame, Truth("offsite", f"{words.programme}：{words.topic}", genre="interview")
