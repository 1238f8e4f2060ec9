"""Transcripts after the statistics of real pages: who is named where, how labels look, how long turns are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from support.corpora.field.blocks import Block, render
from support.corpora.field.truth import ANY, Said, Truth
from support.corpora.field.words import Person, Words

#: Who asks and who answers, with the number of pages of 47 that do so.
SCHEMES = {"host": 12, "host_with_name": 6, "host_by_name": 6, "question_answer": 6, "outlets": 5, "reporter": 4, "post_and_name": 3, "post_alone": 1, "site": 2, "studio": 1, "guest_word": 1, "hotline": 2}  # fmt: skip
PLACES = {"lead": 11, "opening": 17, "header": 7, "nowhere": 7, "heading": 3, "caption": 1.5, "biography": 1.5}
FORMS = {"inline": 24, "own_colon": 7, "own_bare": 2, "bracket": 5, "bracket_colon": 3, "bracket_own": 1, "one_paragraph": 4}  # fmt: skip
#: Schemes whose first words cannot introduce anybody.
_NO_OPENING = ("question_answer", "outlets", "reporter", "post_alone", "site")
_HEADER = {
    "train": ({"time": "访谈时间", "guests": "访谈嘉宾", "theme": "访谈主题", "host": "主持人"}, {"time": "时间", "guests": "嘉宾", "theme": "主题"}, {"time": "直播时间", "guests": "做客嘉宾", "theme": "节目主题"}),
    "held": ({"time": "节目时间", "guests": "做客嘉宾", "theme": "节目主题"}, {"guests": "对话嘉宾", "host": "主持人"}, {"theme": "访谈主题", "guests": "嘉宾", "time": "访谈时间"}, {"time": "播出时间", "guests": "上线嘉宾"}),
    "calib": ({"time": "访谈日期", "guests": "访谈嘉宾", "theme": "访谈话题"}, {"guests": "本期嘉宾", "host": "主持人", "theme": "本期主题"}, {"time": "直播时间", "guests": "嘉宾"}),
}  # fmt: skip


@dataclass
class Talk:
    """A talk while it is made."""

    words: Words
    scheme: str
    place: str
    form: str
    people: list[Person]
    asker: Said
    answerers: list[Said] = field(default_factory=list)
    turns: list[Said] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


def transcript(words: Words) -> tuple[str, Truth]:
    """Body and truth of a transcript."""
    scheme, form = words.pick(SCHEMES), words.pick(FORMS)
    talk = Talk(words, scheme, _place(words, scheme), form, [], Said("", "", "", ()))
    talk.people = _people(talk)
    talk.asker, talk.answerers = _speakers(talk)
    title, genre = _title(talk)
    truth = Truth("transcript", title, genre=genre, theme=None)
    _before(talk, truth)
    _speak(talk)
    _after(talk)
    truth.turns = talk.turns
    truth.guests, truth.guests_optional = _guests(talk)
    several = "several" if len(talk.people) > 1 else "one"
    truth.tags = {
        "speakers": scheme,
        "guests in": talk.place,
        "label": form,
        "guests": several,
        "length": _length(talk),
    }
    return render(words, talk.blocks, form), truth


def _length(talk: Talk) -> str:
    return "short" if len(talk.turns) < 4 else "long"


def _place(words: Words, scheme: str) -> str:
    place = words.pick(PLACES)
    if scheme in ("outlets", "post_alone"):
        return place if place in ("heading", "nowhere") and scheme == "outlets" else "lead"
    if place == "opening" and scheme in _NO_OPENING:
        return "lead"
    return "lead" if place == "nowhere" and scheme in ("question_answer", "post_and_name", "guest_word") else place


def _people(talk: Talk) -> list[Person]:
    words = talk.words
    alone = talk.scheme in ("question_answer", "outlets", "post_alone", "guest_word", "site", "studio")
    count = 1 if alone else int(words.pick({"1": 31, "2": 7, "3": 3, "5": 1, "8": 0.5}))
    if talk.place in ("heading", "caption", "biography"):
        count = 1
    office = words.office if talk.scheme == "hotline" else None
    return [words.person(office) for _ in range(count)]


def _speakers(talk: Talk) -> tuple[Said, list[Said]]:
    """Labels, persons and roles of the one who asks and of those who answer."""
    words, r, people = talk.words, talk.words.r, talk.people
    maybe = "|" if talk.place == "nowhere" else ""
    bare = [Said(p.name, p.name + maybe, "guest|unknown" if maybe else "guest", ()) for p in people]
    host = Said("主持人", "", "host", ())
    first = people[0]
    if talk.scheme == "host_with_name":
        name = words.name()
        label = r.choice([f"主持人{name}", f"主持人 {name}", f"主持人（{name}）"])
        squeezed = label.replace(" ", "")
        return Said(f"{squeezed}|主持人{name}|主持人({name})|{label}", name, "host", (label,)), bare
    if talk.scheme == "host_by_name":
        name = words.name()
        return Said(name, f"{name}|", "host|unknown", (name,)), bare
    if talk.scheme == "question_answer":
        return Said("问", "", "unknown|reporter|host", ()), [Said("答", f"{first.name}|", "guest", ())]
    if talk.scheme == "outlets":
        label = words.pick({first.name: 3, f"{first.post}{first.name}": 1, "发言人": 1})
        who = Said(label, f"{first.name}|" if maybe or label == "发言人" else first.name, "guest|unknown" if maybe else "guest", ())  # fmt: skip
        return Said("", "", "reporter", ()), [who]
    if talk.scheme == "reporter":
        return Said("记者", "", "reporter", ()), bare
    if talk.scheme == "post_and_name":
        labels = [words.r.choice([f"{p.post}{p.name}", f"{p.organization}{p.post}{p.name}"]) for p in people]
        return host, [Said(label, p.name, "guest", ()) for label, p in zip(labels, people, strict=True)]
    if talk.scheme == "post_alone":
        label = r.choice([f"{first.organization}{first.post}", first.post])
        return Said("记者", "", "reporter", ()), [Said(label, f"{first.name}|", "guest", ())]
    if talk.scheme == "site":
        return Said(r.choice(words.frames["sites"]), "", "narrator|host|reporter|unknown", ()), bare
    if talk.scheme == "studio":
        return Said("演播室", "", "narrator|host|unknown|reporter", ()), bare
    return host, [Said("嘉宾", f"{first.name}|", "guest", ())] if talk.scheme == "guest_word" else bare


def _title(talk: Talk) -> tuple[str, str]:
    """The heading and the genre that it and the scheme make."""
    words, first = talk.words, talk.people[0]
    asks = talk.scheme == "question_answer"
    if talk.place == "heading":
        title = words.sentence("titles_named", first)
        return title, "interview|press_conference" if "答记者问" in title or talk.scheme == "outlets" else "interview"
    if talk.scheme == "outlets" or (asks and words.chance(0.6)):
        return words.sentence("titles_press", first), "press_conference"
    if talk.scheme == "hotline":
        return words.sentence("titles_hotline", first), "hotline"
    if words.chance(0.11):
        named = words.chance(0.4)
        frames = words.frames["titles_colon" if named else "titles_other_colon"]
        if talk.place == "nowhere":
            frames = [f for f in frames if "{org}" not in f and "{post}" not in f]
        return words.fill(words.r.choice(frames), first), "interview"
    return words.sentence("titles", first), "interview"


def _before(talk: Talk, truth: Truth) -> None:
    """What stands between the heading and the first label."""
    words, first, add = talk.words, talk.people[0], talk.blocks.append
    several = len(talk.people) > 1
    if talk.place == "header":
        _header(talk, truth)
    if talk.place == "lead":
        press = talk.scheme == "outlets" or truth.genre == "press_conference"
        key = "leads_press" if press else "leads_many" if several else "leads"
        add(Block(words.sentence(key, first, guests=words.listed(talk.people))))
        truth.time = ANY
    if talk.place == "caption":
        add(Block("<img src='./W020230309412345678901.jpg' alt=''>", "center"))
        add(Block(words.sentence("captions", first), "center"))
    if talk.place == "biography":
        add(Block(words.sentence("biographies", first)))
    for _ in range(words.r.choice([0, 0, 0, 0, 0, 0, 1, 2])):
        add(Block(words.sentence("quotes")))
    if words.chance(0.05):
        add(Block(words.sentence("subheads"), "bold"))


def _header(talk: Talk, truth: Truth) -> None:
    words = talk.words
    labels = words.r.choice(_HEADER[words.split])
    day, iso = words.day, words.day.isoformat()
    clock = words.r.choice([("", "", "day"), (" 15:00-16:00", f"{iso}T15:00 {iso}T16:00", "minute"), ("上午9:30", f"{iso}T09:30", "minute")])  # fmt: skip
    names = {p: f"{p.name[0]}　{p.name[1]}" if len(p.name) == 2 and words.chance(0.4) else p.name for p in talk.people}
    gap = words.r.choice(["", " ", "　"])
    rows: dict[str, list[str]] = {
        "time": [f"{day.year}年{day.month}月{day.day}日{clock[0]}"],
        "guests": [f"{p.organization}{p.post}{gap}{names[p]}" for p in talk.people],
        "theme": [words.topic + words.r.choice(["", "那些事", "工作情况"])],
        "host": [words.name()],
    }
    keys = [k for k in labels if k in rows]
    words.r.shuffle(keys)
    next_line = words.chance(0.4)
    for key in keys:
        values = rows[key] if next_line or words.chance(0.3) else ["、".join(rows[key])]
        head = f"{labels[key]}：" if next_line else f"{labels[key]}：{values[0]}"
        talk.blocks.append(Block(head, "bold" if next_line and words.chance(0.4) else ""))
        talk.blocks.extend(Block(v) for v in (values if next_line else values[1:]))
    truth.theme = rows["theme"][0] if "theme" in keys else None
    start, _, end = (clock[1] or iso).partition(" ")
    truth.time = (start, end or None, clock[2]) if "time" in keys else None


def _speak(talk: Talk) -> None:
    """All turns."""
    words = talk.words
    short = words.chance(0.1) and talk.place != "opening"
    if not short:
        _open(talk)
    for number in range(1 if short else words.r.randrange(2, 8)):
        _ask(talk)
        answers = [talk.answerers[number % len(talk.answerers)]]
        if len(talk.answerers) > 1 and words.chance(0.2):
            answers = talk.answerers
        for who in answers:
            _say(talk, who, _answer(talk))
        if words.chance(0.05):
            _say(talk, answers[-1], _answer(talk))
    if words.chance(0.5) and talk.scheme not in ("question_answer", "outlets", "post_alone"):
        _say(talk, talk.asker, words.sentence("closings"))


def _open(talk: Talk) -> None:
    words = talk.words
    if talk.place == "opening":
        key = "openings_many" if len(talk.people) > 1 else "openings"
        text = words.sentence(key, talk.people[0], guests=words.listed(talk.people)).replace("是的", "是")
    elif talk.scheme in _NO_OPENING:
        return
    else:
        text = words.sentence("plain_openings")
    if talk.scheme == "host_by_name" and words.chance(0.7):
        text = f"我是主持人{talk.asker.speaker}。{text}"
    direction = words.sentence("directions") if words.chance(0.05) and talk.form == "inline" else ""
    _say(talk, talk.asker, text, direction)
    if words.chance(0.7):
        _say(talk, talk.answerers[0], words.sentence("greetings"))


def _ask(talk: Talk) -> None:
    words = talk.words
    asker = talk.asker
    if talk.scheme == "outlets":
        label = words.r.choice(words.frames["outlets"]) + "记者"
        asker = Said(label, "", "reporter", ())
    if talk.scheme == "hotline" and words.chance(0.4):
        label = words.r.choice(["听众", "热线听众", "市民"]) + words.r.choice(["", "王先生", "李女士"])
        _say(talk, Said(label, "", "netizen", ()), words.speech("questions", 44))
        return
    mean = {"host": 90, "reporter": 88}.get(asker.role, 44)
    text = words.speech("questions", mean)
    if asker.role.startswith("host") and words.chance(0.12):
        text += words.sentence("read_aloud")
    if words.chance(0.006):
        asker = Said(f"网友{words.r.choice(words.frames['netizens'])}", "", "netizen", ())
    _say(talk, asker, text)


def _answer(talk: Talk) -> str:
    words = talk.words
    if words.chance(0.25 if talk.scheme in ("outlets", "question_answer") else 0.04):
        return words.sentence("short_answers")
    text = words.speech("answers", 130)
    if talk.form != "one_paragraph":
        for _ in range(int(words.pick({"0": 88, "1": 8, "2": 3, "4": 1}))):
            text += "\n" + (words.sentence("more") if words.chance(0.4) else words.speech("answers", 60))
    return text


def _say(talk: Talk, who: Said, text: str, direction: str = "") -> None:
    """A turn, printed and known."""
    printed = who.text[0] if who.text else who.speaker.split("|")[0]
    talk.blocks.append(Block(text, "turn", printed, direction))
    texts = (text, f"{direction}{text}") if direction else (text,)
    if talk.form != "one_paragraph" and talk.words.chance(0.015):
        head = talk.words.sentence("subheads")
        talk.blocks.append(Block(head, "bold"))
        texts = (text, f"{text}\n{head}")
    talk.turns.append(Said(who.speaker, who.person, who.role, texts))


def _after(talk: Talk) -> None:
    words = talk.words
    for _ in range(words.r.choice([0, 0, 1, 1, 2])):
        talk.blocks.append(Block(words.sentence("reporter_notes"), words.r.choice(["", "right"])))
    if words.chance(0.08):
        stamp = words.day + timedelta(days=1)
        talk.blocks.append(Block(f"{stamp.year}年{stamp.month}月{stamp.day}日", "right"))


def _guests(talk: Talk) -> tuple[list[tuple[str, str, str]], bool]:
    if talk.place == "nowhere":
        return [(p.name, "", "") for p in talk.people], True
    return [p.truth() for p in talk.people], False
