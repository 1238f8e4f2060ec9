"""From opened pages to a record: the order of the rules, and the choice between candidates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from parsers import guests as guests_of
from parsers import kinds
from parsers.document import Page
from parsers.header import dates
from parsers.header.labels import Field, host_names
from parsers.header.meta import CHANNEL, Found, head_title, published_of, source_of, title_of
from parsers.integrity import injected as tamper
from parsers.integrity.identity import mark_flags, marks_of
from parsers.lists.entries import read_list
from parsers.page.barriers import challenge, maintained
from parsers.page.lines import Line, ancestors, lines_within, within
from parsers.page.text import squeeze
from parsers.people.names import is_name, parse_guests
from parsers.people.sentences import I_AM_HOST, TOLD, context_fields, persons
from parsers.record import INTERVIEW_KINDS, Abstained, Evidence, Flag, Guest, ListItem, Record, TimeSpan
from parsers.talk.dialogue import Dialogue
from parsers.talk.placeholder import waits
from parsers.talk.turns import find_dialogue
from parsers.words import pattern

#: Code version of the parsers: a new number means that the same bytes may give another record.
PARSER = "fangtan-parsers/4"

_TALK_WORDS = pattern(r"{TALK}|{VISIT.seat}|{PRESENT}")
_LETTERS = pattern(r"{LETTER}")
_BREADCRUMB = pattern(r"{BREADCRUMB}")


@dataclass(slots=True)
class _Draft:
    """Values found so far, each with evidence and confidence."""

    evidence: dict[str, Evidence] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    abstained: dict[str, Abstained] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)


def read_interview(pages: list[Page], context: ListItem | None) -> Record:
    """Read the first page, with the bodies of the others appended to its body."""
    page = pages[0]
    family, _ = page.detected
    url = page.payload.url
    head = head_title(page.root)
    visible = [line for line in page.lines if not line.hidden]
    base = Record(url=url, kind="other", encoding=page.decoded.encoding, family=family.name, parser=PARSER)
    verdict = _in_place_of_content(page, visible, head)
    if verdict:
        evidence = {"kind": Evidence(verdict.rule, head, head, payload_sha256=page.digest)}
        name = verdict.rule.partition(":")[0] if verdict.kind == "other" else verdict.kind
        flags = (Flag(name, "info", verdict.rule, "html"),)
        return replace(base, kind=verdict.kind, evidence=evidence, confidence={"kind": 0.95}, flags=flags, title=None)
    for number, other in enumerate(pages[1:], 1):
        page.graft(other, number)
    return _Reader(page, context, base).read()


def _in_place_of_content(page: Page, visible: list[Line], head: str) -> kinds.Verdict | None:
    """What a page is that stands where another was asked for."""
    payload, size = page.payload, sum(len(line.text) for line in visible)
    if rule := challenge(page.root, page.base, page.decoded.text, payload.status, size, payload.refresh):
        return kinds.Verdict("challenge", rule)
    if gone := kinds.soft_404(visible, payload.status, head):
        return gone
    words = maintained(page.root, size)
    return kinds.Verdict("other", f"maintenance:{words}") if words else None


class _Reader:
    """One reading; splits the work into fields so that each rule stays small."""

    def __init__(self, page: Page, context: ListItem | None, base: Record) -> None:
        self.page, self.context, self.base = page, context, base
        self.draft = _Draft()
        self.lines = page.lines
        self.visible = [line for line in page.lines if not line.hidden]
        self.body = lines_within(page.body.element, self.visible)
        self.dialogue = Dialogue()
        self.heading = 0  # index of the title's line

    def read(self) -> Record:
        """The record."""
        page = self.page
        roster, hosts = guests_of.roster(page, self.visible, self.context), self._hosts()
        self.dialogue = find_dialogue(page.payload.url, self.lines, page.all_fields, roster, hosts)
        anchor = self.dialogue.first_line
        if anchor < 0:
            marked = page.body.rule != "density" and self.body
            anchor = self.body[0].index if marked else len(self.lines)
        title = self._title(anchor)
        body = anchor - 1 if self.dialogue.first_line >= 0 else anchor  # a turn's own time is no publication's
        published = published_of(page.tags, page.all_fields, self.lines, body, self.heading)
        published_at = self._take("published_at", published, 0.97)
        source = self._take("source", source_of(page.tags, page.fields, page.view.scripts), 0.95)
        if self.dialogue.turns and not self._is_interview(title):
            self.dialogue = Dialogue()
        kind = self._kind(title)
        guests, time, theme = self._talk(kind, published_at)
        if guests and guests != roster and self.dialogue.turns:
            self.dialogue = find_dialogue(page.payload.url, self.lines, page.all_fields, guests, hosts)
        if self.dialogue.turns and not guests:
            guests = self._adopt(guests_of.from_labels(page, self.dialogue))
            if guests:  # who introduced himself by post and name once is known in the other turns, too
                self.dialogue = find_dialogue(page.payload.url, self.lines, page.all_fields, guests, hosts)
        record = replace(
            self.base,
            kind=kind,
            title=title,
            published_at=published_at,
            source=source,
            theme=theme,
            time=time,
            guests=tuple(guests),
            turns=tuple(self.dialogue.turns) if kind == "transcript" else (),
            hosts=tuple(self.dialogue.lexicon.hosts)
            if kind == "transcript" and self.dialogue.lexicon
            else tuple(hosts),
            skipped=tuple(self.dialogue.skipped) if kind == "transcript" else (),
            media=kinds.media_of(page.root, page.survey, page.base),
            attachments=kinds.attachments_of(page.survey, page.base),
        )
        self._turn_evidence()
        return replace(
            record,
            flags=self._flags(record),
            evidence=self.draft.evidence,
            confidence=self.draft.confidence,
            abstained=self.draft.abstained,
        )

    def _take(self, name: str, found: Found | None, confidence: float) -> str | None:
        if found is None:
            return None
        self.draft.evidence[name] = self.page.evidence(found.method, found.raw, found.line, found.start, found.end)
        self.draft.confidence[name] = confidence
        return found.value

    # ── who is there ────────────────────────────────────────────────────────────────────────────────────────────────

    def _hosts(self) -> list[str]:
        """The hosts whom a header or their own words name."""
        hosts = [name for f in self.page.fields if f.key == "host" for name in host_names(f.value)]
        told = (I_AM_HOST.search(line.fold) for line in self.visible if "主持人" in line.text)
        hosts += [match["name"] for match in told if match and is_name(match["name"], strict=False)]
        return list(dict.fromkeys(hosts))

    def _adopt(self, named: guests_of.Named) -> list[Guest]:
        """Guests with their evidence; a value that has evidence keeps it."""
        for key, evidence in named.evidence.items():
            self.draft.evidence.setdefault(key, evidence)
        if named.guests:
            self.draft.confidence.setdefault("guests", named.confidence)
        return named.guests

    # ── fields ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _title(self, anchor: int) -> str | None:
        found = title_of(self.page.root, self.page.survey, self.lines, self.page.tags, anchor)
        if self.page.detected[0].name and found and found[0].method.startswith("meta:"):
            printed = next((f for f in found[1:] if f.method.startswith("element:")), None)
            if printed and squeeze(printed.value) == squeeze(found[0].value):
                found[0] = printed
        if not found and self.context:
            found = [Found(self.context.title, "list", self.context.title)]
        best = found[0] if found else None
        self.heading = next((f.line.index for f in found if f.line is not None), anchor)
        confidence = 0.6 if best and best.method in ("head-title", "list") else 0.97
        return self._take("title", best, confidence)

    def _is_interview(self, title: str | None) -> bool:
        """Questions and answers alone do not make a talk: FAQ pages and letters look the same."""
        voices = self.dialogue.lexicon.voices if self.dialogue.lexicon else {}
        spoken = {p.label.name for p in self.dialogue.pieces}
        roles = {voices[n].role for n in spoken if n in voices}
        if "host" in roles or "reporter" in roles or any(t.person for t in self.dialogue.turns):
            return True
        named = any(is_name(n) for n in spoken)
        words = " ".join(
            [
                title or "",
                self.page.tags.get("columnname", ""),
                self.page.tags.get("columntype", ""),
                self._breadcrumb(),
            ]
        )
        if _LETTERS.search(words) and not re.search(r"访谈|做客|直播|面对面", words):
            return False
        head = " ".join(line.text for line in self.body[:6])[:400]
        return (
            named
            or bool(
                _TALK_WORDS.search(words + head)
                or re.search(r"ft|fangtan|interview", self.page.payload.url, re.IGNORECASE)
            )
            or "netizen" in roles
        )

    def _is_article(self) -> bool:
        """Article marks outweigh a list in the margin: a publication date with a source, or the article's meta tags."""
        tags = self.page.tags
        return "articletitle" in tags or {"published_at", "source"} <= self.draft.evidence.keys()

    def _breadcrumb(self) -> str:
        for line in self.visible[:60]:
            if _BREADCRUMB.match(line.fold) and len(line.text) < 120:
                return line.text
        return ""

    def _kind(self, title: str | None) -> str:
        if self.dialogue.turns:
            self.draft.confidence["kind"] = 0.97
            return "transcript"
        page = self.page
        listing = read_list(page.view, page.detected[0])
        labelled = any(
            f.key in ("guests", "time", "theme") and f.label[:2] in ("访谈", "直播", "做客", "嘉宾", "本期")
            for f in page.fields
        )
        named = CHANNEL.fullmatch(squeeze(title or head_title(page.root))) is not None  # as a column is, and no talk
        columns = named and not labelled and len(listing.items) >= 3
        is_list = (listing.is_list or columns) and not self._is_article()
        material = kinds.Material(
            page.payload.url,
            title or head_title(page.root),
            self.visible,
            self.body,
            kinds.media_of(page.root, page.survey, page.base),
            kinds.attachments_of(page.survey, page.base),
            kinds.offsite_of(page.root, page.survey, page.payload.url, page.base, page.payload.refresh),
            is_list,
            labelled,
            squeeze("".join(item.text for item in listing.items)) if is_list else "",
            waits(page.view, self.visible),
        )
        verdict = kinds.classify(material)
        self.draft.evidence["kind"] = Evidence(verdict.rule, title or "", title or "", payload_sha256=page.digest)
        self.draft.confidence["kind"] = 0.85
        if verdict.rule.startswith("behind-script:"):
            self.draft.flags.append(Flag("behind-script", "info", verdict.rule.partition(":")[2], "html"))
        return verdict.kind

    def _talk(self, kind: str, published_at: str | None) -> tuple[list[Guest], TimeSpan | None, str | None]:
        """Guests, time and theme: of interviews only."""
        if kind not in INTERVIEW_KINDS:
            return [], None, None
        year = dates.year_of(published_at)
        theme_field = self._nearest("theme", lambda f: squeeze(f.value))
        theme = self._from_field("theme", theme_field, theme_field.value if theme_field else None)
        guest_field = self._nearest("guests", lambda f: str(parse_guests(f.value)))
        guests = persons(
            [g for f in guests_of.same_block(self.page.fields, guest_field) for g in parse_guests(f.value)]
        )
        if guests and guest_field:
            self._from_field("guests", guest_field, guest_field.value)
        elif "guests" not in self.draft.abstained:
            lines = self.visible if kind == "transcript" else self.body
            guests = self._adopt(guests_of.elsewhere(self.page, lines, self.visible, self.dialogue))
        time = self._time(kind, year)
        if self.context and kind in INTERVIEW_KINDS:
            theme, guests, time = self._from_context(theme, guests, time, year)
        return guests, time, theme

    def _time(self, kind: str, year: int | None) -> TimeSpan | None:
        chosen = self._nearest(
            "time", lambda f: str(dates.read(f.value, year).span or squeeze(f.value)), self._is_talk_time
        )
        if chosen:
            reading = dates.read(chosen.value, year)
            if reading.span:
                span = replace(reading.span, text=chosen.value if len(chosen.value) <= 60 else reading.span.text)
                self._from_field("time", chosen, chosen.value)
                self._date_remarks(reading)
                return span
            self.draft.abstained["time"] = Abstained(", ".join(reading.remarks), (chosen.value,))
            return None
        if kind == "notice":
            for line in self.body:
                if re.search(r"将|定于|拟于|于", line.text) and re.search(r"访谈|做客|作客|直播|交流|上线", line.text):
                    reading = dates.read(line.text, year)
                    if reading.span and reading.span.precision != "year":
                        self.draft.evidence["time"] = self.page.evidence(
                            "sentence", reading.span.text, line, *_find(line.text, reading.span.text)
                        )
                        self.draft.confidence["time"] = 0.85
                        self._date_remarks(reading)
                        return reading.span
            return None
        return self._told_time(kind, year)

    def _told_time(self, kind: str, year: int | None) -> TimeSpan | None:
        """The date in the sentence that tells of the visit, before the first turn: ``5月5日，县长李国栋做客县政府网在线访谈``."""
        first = self.dialogue.first_line
        lines = [line for line in self.visible if line.index < first] if kind == "transcript" else self.body[:8]
        for line in lines:
            told = TOLD.search(line.fold) if len(line.text) > 20 else None
            if told is None:
                continue
            reading = dates.read(line.text[told.start("when") : told.end("when")], year)
            if reading.span and reading.span.precision not in ("month", "year"):
                self.draft.evidence["time"] = self.page.evidence(
                    "sentence", reading.span.text, line, told.start("when"), told.end("when")
                )
                self.draft.confidence["time"] = 0.85
                self._date_remarks(reading)
                return reading.span
        return None

    def _is_talk_time(self, f: Field) -> bool:
        """A bare 时间 beside 来源, 点击 or 字体 is the publication's."""
        if f.label != "时间":
            return True
        ev = self.draft.evidence.get("published_at")
        if ev and ev.method.startswith("label:时间") and ev.raw == f.value:
            return False
        if within(self.page.body.element, f.label_line.block) and self.page.body.rule != "density":
            return True  # inside the article's own container stands the talk's header, not the page's info line
        if any(
            other.key in ("guests", "theme", "host", "place") and abs(other.label_line.index - f.label_line.index) <= 3
            for other in self.page.fields
        ):
            return True
        around = self.lines[max(0, f.line.index - 1) : f.line.index + 2]
        return not any(re.search(r"来源|点击|浏览|字体|字号|打印|作者", line.fold) for line in around)

    def _date_remarks(self, reading: dates.Reading) -> None:
        for remark in reading.remarks:
            self.draft.flags.append(Flag(f"date_{remark}", "info", reading.span.text if reading.span else "", "time"))

    def _from_field(self, name: str, chosen: Field | None, value: str | None) -> str | None:
        if chosen is None:
            return None
        self.draft.evidence[name] = self.page.evidence(
            f"label:{chosen.label}", chosen.value, chosen.line, chosen.start, chosen.end
        )
        self.draft.confidence[name] = 0.97
        return value

    def _nearest(
        self, key: str, identity: Callable[[Field], str], accept: Callable[[Field], bool] = lambda _: True
    ) -> Field | None:
        """The field nearest to the talk; sidebars carry other interviews' labels. Equal distance, distinct values: abstain."""
        fields = [f for f in self.page.fields if f.key == key and accept(f) and not self._of_others(f)]
        specific = [f for f in fields if len(f.label) > 2]
        if specific and key in ("time", "theme"):
            fields = specific
        if not fields:
            return None
        reference = self.dialogue.container if self.dialogue.container is not None else self.page.body.element
        chain = ancestors(reference)
        before = self.dialogue.first_line if self.dialogue.first_line >= 0 else 10**9

        def distance(f: Field) -> tuple[int, int]:
            shared = len(chain)
            own = set(ancestors(f.label_line.block))
            while shared and chain[shared - 1] not in own:
                shared -= 1
            return len(chain) - shared, int(f.label_line.index > before)

        ranked = sorted(fields, key=distance)
        best = [f for f in ranked if distance(f) == distance(ranked[0])]
        values = list(dict.fromkeys(identity(f) for f in best))
        if key == "guests" and len(guests_of.same_block(self.page.fields, best[0])) == len(best):
            return best[0]
        if len(values) > 2 or (len(values) == 2 and distance(ranked[0])[0] > 0 and not _same_head(best)):
            self.draft.abstained[key] = Abstained("several values at the same distance", tuple(f.value for f in best))
            return None
        return best[0]

    def _of_others(self, f: Field) -> bool:
        return any(within(box, f.label_line.block) for box in self.dialogue.others)

    def _from_context(
        self, theme: str | None, guests: list[Guest], time: TimeSpan | None, year: int | None
    ) -> tuple[str | None, list[Guest], TimeSpan | None]:
        """What only the list printed."""
        assert self.context is not None
        for key, value in context_fields(self.context):
            evidence = Evidence("list", value, value)
            if key == "theme" and theme is None:
                theme = value
                self.draft.evidence["theme"] = evidence
            elif key == "guests" and not guests and "guests" not in self.draft.abstained:
                guests = parse_guests(value)
                self.draft.evidence["guests"] = evidence
            elif (
                key == "time"
                and time is None
                and "time" not in self.draft.abstained
                and (span := dates.read(value, year).span)
            ):
                time = replace(span, text=value)
                self.draft.evidence["time"] = evidence
        return theme, guests, time

    # ── evidence and flags ──────────────────────────────────────────────────────────────────────────────────────────

    def _turn_evidence(self) -> None:
        if not self.dialogue.turns:
            return
        sure = 0.97 if any(t.role == "host" for t in self.dialogue.turns) else 0.9
        for turn, piece in zip(self.dialogue.turns, self.dialogue.pieces, strict=True):
            label, line = piece.label, piece.line
            self.draft.evidence[f"turns[{turn.seq}]"] = self.page.evidence(
                f"label:{label.style}", label.name, line, label.start, label.body
            )
        self.draft.confidence["turns"] = sure

    def _flags(self, record: Record) -> tuple[Flag, ...]:
        page = self.page
        texts = [
            tamper.Text(name, value)
            for name, value in (("title", record.title), ("theme", record.theme), ("source", record.source))
            if value
        ]
        texts += [tamper.Text(f"turns[{t.seq}]", t.text) for t in record.turns]
        if not record.turns and record.kind in INTERVIEW_KINDS:
            texts.append(tamper.Text("html", "\n".join(line.text for line in self.body)))
        site = page.tags.get("sitename")
        head = head_title(page.root)
        flags = tamper.flags_of(texts, site)
        flags += tamper.title_flags(head, record.title, [site] if site else [], tamper.proven_words(flags))
        flags += tamper.hidden_links(page.survey.hidden, page.payload.url, page.base)
        flags += tamper.identity_flags(page.tags, page.payload.url) or mark_flags(
            marks_of(page.decoded.text), page.payload.url
        )
        if record.turns:
            inside = {id(part[0]) for p in self.dialogue.pieces for part in p.parts}
            rest = "\n".join(
                ln.text for ln in self.visible if id(ln) not in inside and ln.text not in (record.title, record.theme)
            )
            flags += tamper.flags_of([tamper.Text("html", rest)], site)
        self.draft.flags += [Flag("structure", "info", remark, "html") for remark in page.remarks]
        if (
            page.decoded.declared
            and page.decoded.declared != page.decoded.encoding
            and not _compatible(page.decoded.declared, page.decoded.encoding)
        ):
            self.draft.flags.append(
                Flag("charset", "info", f"{page.decoded.declared} → {page.decoded.encoding}", "html")
            )
        return (*flags, *self.draft.flags, *(self.dialogue.flags if record.turns else ()))


def _compatible(declared: str, used: str) -> bool:
    return declared in ("ascii", "us-ascii", "iso-8859-1") and used == "utf-8"


def _same_head(fields: list[Field]) -> bool:
    parents = [f.label_line.block.getparent() for f in fields]
    return all(parent is not None and within(parent, fields[0].label_line.block) for parent in parents)


def _find(text: str, part: str) -> tuple[int, int]:
    at = text.find(part)
    return (at, at + len(part)) if at >= 0 else (0, 0)
