"""From opened pages to a record: the order in which fields are settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from parsers import kinds
from parsers.claims.claim import Claim, Found, Place
from parsers.claims.confidence import confidence
from parsers.claims.settle import Settled
from parsers.document import Page
from parsers.flags import flags_of
from parsers.header.labels import host_names
from parsers.page.barriers import challenge, maintained
from parsers.page.lines import Line
from parsers.page.text import fold, squeeze
from parsers.people.names import is_name
from parsers.people.sentences import I_AM_HOST
from parsers.reading import Reading
from parsers.record import INTERVIEW_KINDS, Abstained, Evidence, Flag, Guest, ListItem, Record
from parsers.rules.comments import talk_ends
from parsers.rules.kind import is_interview, kind_of
from parsers.rules.roster import roster
from parsers.rules.standing import finer
from parsers.rules.table import QUESTIONS, settled
from parsers.talk.dialogue import Dialogue, identify
from parsers.talk.genre import genre_of, is_press
from parsers.talk.roles import by_word
from parsers.talk.turns import Named, find_dialogue

#: Code version of the parsers: a new number means that the same bytes may give another record.
PARSER = "fangtan-parsers/13"
#: What a page without a talk in its elements may be while its scripts write one.
_MAY_BE_WRITTEN = frozenset(["summary", "video", "offsite", "other"])
_OPENING = 400  # characters


def read_interview(pages: list[Page], context: ListItem | None) -> Record:
    """Read the first page, with the bodies of the others appended to its body."""
    return read_with_claims(pages, context)[0]


def read_with_claims(pages: list[Page], context: ListItem | None) -> tuple[Record, dict[str, Settled]]:
    """The record of pages, and what was claimed of each field."""
    page = pages[0]
    family, _ = page.detected
    head = page.head
    base = Record(page.payload.url, "other", encoding=page.decoded.encoding, family=family.name, parser=PARSER)
    verdict = _in_place_of_content(page, page.visible, head)
    if verdict:
        name = verdict.rule.partition(":")[0] if verdict.kind == "other" else verdict.kind
        evidence = {"kind": Evidence(verdict.rule, head, head, payload_sha256=page.digest)}
        sure = {"kind": confidence("kind", name, "alone")}
        record = replace(base, kind=verdict.kind, evidence=evidence, confidence=sure, title=None)
        remarks = [Flag(name, "info", verdict.rule, "html")]
        # An anti-bot page is somebody else's; what says that a page is gone may be tampered with as any.
        flags = tuple(remarks) if name == "challenge" else flags_of(Reading(page, context), record, remarks)
        return replace(record, flags=flags), {}
    for number, other in enumerate(pages[1:], 1):
        page.graft(other, number)
    reading = Reading(page, context)
    record = _Order(reading).record(base)
    if record.kind not in _MAY_BE_WRITTEN or not page.write_in():
        return record, reading.settled
    written = Reading(page, context)
    shown = _Order(written).record(base)
    speakers = {turn.speaker for turn in shown.turns}
    return (shown, written.settled) if len(speakers) > 1 else (record, reading.settled)


def _in_place_of_content(page: Page, visible: list[Line], head: str) -> kinds.Verdict | None:
    """What a page is that stands where another was asked for."""
    payload, size = page.payload, sum([len(line.text) for line in visible])
    if rule := challenge(page.root, page.base, page.decoded.text, payload.status, size, payload.refresh):
        return kinds.Verdict("challenge", rule)
    if gone := kinds.soft_404(visible, payload.status, head):
        return gone
    words = maintained(page.root, size)
    return kinds.Verdict("other", f"maintenance:{words}") if words else None


class _Order:
    """Who is there, the talk, the article's own fields, what the page is, then what the talk's header says."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.hosts = list(dict.fromkeys(_hosts(reading)))
        self.press = is_press(reading.heads)

    def record(self, base: Record) -> Record:
        """Settle every field; once more where those whom the text names as guests turn out to label its lines."""
        reading = self.reading
        known = roster(reading)
        kind = self._read(known)
        told = [guest for guest in reading.value("guests") or () if guest.name and guest not in known]
        unheard = not reading.dialogue.turns and any(_labels_lines(reading, guest) for guest in told)
        if unheard or any(_is_left_out(reading, guest) for guest in told):
            kind = self._read([*known, *told])
        return self._assembled(base, kind)

    def _read(self, known: list[Guest]) -> str:
        """Settle every field, with who is known to be there; the page's kind."""
        reading = self.reading
        reading.settled.clear()
        named = Named(known, self.hosts, reading.head, press=self.press)
        url = reading.page.payload.url
        reading.dialogue = find_dialogue(url, reading.lines, reading.page.all_fields, named)
        if end := talk_ends(reading):
            reading.dialogue = find_dialogue(url, reading.lines[:end], reading.page.all_fields, named)
        for field in ("title", "published_at", "source"):
            self._settle(field)
        if reading.dialogue.turns and not (self.press or is_interview(reading)):
            reading.dialogue = _rejected(reading.dialogue)
        verdict = kind_of(reading)
        reading.kind = verdict.kind
        rule, _, detail = verdict.rule.partition(":")
        self._decide("kind", rule, Found(verdict.kind, Place(reading.value("title") or ""), detail))
        for field in ("theme", "guests", "time") if verdict.kind in INTERVIEW_KINDS else ():
            self._settle(field)
        guests = list(reading.value("guests") or ())
        if reading.dialogue.turns and guests and guests != known:
            identify(reading.dialogue, guests)  # the other turns are theirs, too
        if turns := reading.dialogue.turns:
            hosted = any(turn.role == "host" for turn in turns)
            self._decide("turns", "hosted" if hosted else "unhosted", Found(tuple(turns), Place("")))
        return verdict.kind

    def _settle(self, field: str) -> None:
        self.reading.settled[field] = finer(settled(field, self.reading), self.reading)

    def _decide(self, field: str, rule: str, found: Found) -> None:
        """Take what one rule alone decides."""
        decided = Settled(field, Claim(field, rule, 1.0, found), standing="alone")
        self.reading.settled[field] = finer(decided, self.reading)

    def _assembled(self, base: Record, kind: str) -> Record:
        reading, page = self.reading, self.reading.page
        transcript = kind == "transcript"
        dialogue = reading.dialogue
        hosts = dialogue.lexicon.hosts if transcript and dialogue.lexicon else self.hosts
        record = replace(
            base,
            kind=kind,
            genre=self._genre() if kind in INTERVIEW_KINDS else "other",
            **{field: reading.value(field) for field in ("title", "published_at", "source", "theme", "time")},
            guests=reading.value("guests") or (),
            turns=tuple(dialogue.turns) if transcript else (),
            hosts=tuple(hosts),
            skipped=tuple(dialogue.skipped) if transcript else (),
            media=kinds.media_of(page.survey, page.base),
            attachments=kinds.attachments_of(page.survey, page.base),
        )
        return replace(
            record,
            flags=flags_of(reading, record, list(self._remarks())),
            evidence=dict(self._evidence(record)),
            confidence={
                field: confidence(field, found.best.rule, found.standing)
                for field, found in reading.settled.items()
                if found.best
            },
            abstained=dict(self._abstained()),
        )

    def _genre(self) -> str:
        """What sort of talk it is, by the page's heads, else by its first words."""
        reading = self.reading
        opening = " ".join(line.text for line in reading.body[:6])[:_OPENING]
        return genre_of([*reading.heads, reading.value("title"), reading.value("theme")], opening)

    def _remarks(self) -> Iterator[Flag]:
        """What reading the kind and the dates left to say."""
        best = {field: found.best for field, found in self.reading.settled.items() if found.best}
        if best["kind"].rule == "behind-script":
            yield Flag("behind-script", "info", best["kind"].found.detail, "html")
        for field in ("published_at", "time"):
            if field in best:
                text = best[field].value.text if field == "time" else best[field].found.place.raw
                yield from (Flag(f"date_{remark}", "info", text, field) for remark in best[field].found.remarks)

    def _evidence(self, record: Record) -> Iterator[tuple[str, Evidence]]:
        for field, found in self.reading.settled.items():
            if found.best and field != "turns":
                proof, losers = self._proof(found.best, found.best.found.place), _losers(found)
                yield field, replace(proof, rejected=losers) if losers else proof
                for number, place in enumerate(found.best.found.parts, 1):
                    yield f"{field}[{number}]", self._proof(found.best, place)
        for turn, piece in zip(record.turns, self.reading.dialogue.pieces, strict=bool(record.turns)):
            label = piece.label
            method = f"label:{label.style}"
            yield (
                f"turns[{turn.seq}]",
                self.reading.page.evidence(method, label.name, piece.line, label.start, label.body),
            )
            if when := piece.when:
                raw, method = when.line.text[when.start : when.end], f"printed:{when.side or 'time'}"
                proof = self.reading.page.evidence(method, raw, when.line, when.start, when.end)
                yield f"turns[{turn.seq}].time", proof

    def _proof(self, claim: Claim, place: Place) -> Evidence:
        if claim.rule == "list":  # the words stand on another page
            return Evidence(claim.method, place.raw, place.raw)
        return self.reading.page.evidence(claim.method, place.raw, place.line, place.start, place.end)

    def _abstained(self) -> Iterator[tuple[str, Abstained]]:
        for field, found in self.reading.settled.items():
            if found.reason:
                yield field, Abstained(found.reason, _losers(found))


def _rejected(dialogue: Dialogue) -> Dialogue:
    """No talk; who was taken for a speaker by more than a word such as 问 makes the page's kind doubtful."""
    names = dialogue.lexicon.voices if dialogue.lexicon else ()
    return Dialogue(lexicon=dialogue.lexicon if any(by_word(name, "colon") is None for name in names) else None)


def _labels_lines(reading: Reading, guest: Guest) -> bool:
    """Whether a guest's name stands before a colon at the beginning of two lines at least."""
    label = fold(guest.name or "") + ":"
    return sum(squeeze(line.fold[: 2 * len(label)]).startswith(label) for line in reading.body) > 1


def _is_left_out(reading: Reading, guest: Guest) -> bool:
    """Whether a guest's name stands where a speaker's would, and was not accepted as one."""
    lexicon = reading.dialogue.lexicon
    return lexicon is not None and fold(guest.name or "") in lexicon.rejected


def _losers(found: Settled) -> tuple[str, ...]:
    """The values of the other claims, each once; the words where they cannot be read."""
    if not found.rejected:
        return ()
    shown = QUESTIONS[found.field].shown
    values = (c.found.place.raw if c.value is None else shown(c.value) for c in found.rejected)
    return tuple(dict.fromkeys(values))


def _hosts(reading: Reading) -> Iterable[str]:
    """The hosts whom a header or their own words name."""
    for f in reading.page.fields:
        if f.key == "host":
            yield from host_names(f.value)
    for line in reading.marks.lines("host"):
        told = I_AM_HOST.search(line.fold)
        if told and is_name(told["name"], strict=False):
            yield told["name"]
