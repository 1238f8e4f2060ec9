"""Rules of the guests: labels, sentences before the talk, the labels of the turns.

To add a rule, write a function ``(Reading) -> Iterator[Found]`` whose value is a tuple of guests and give it a row in
:mod:`parsers.rules.table`. Two claims agree when one names no person but those of the other; the larger one is
asserted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from parsers.claims.claim import Found, Place
from parsers.header.labels import Field
from parsers.page.lines import Line
from parsers.page.text import fold, squeeze, unspelt
from parsers.patterns import compiled
from parsers.people.aliases import NO_NAMES, name_and_title, resolve, surname_and_title
from parsers.people.biographies import biography, described, office_of
from parsers.people.mentions import mentions
from parsers.people.names import TITLE_END, introduced, is_name
from parsers.people.offices import called_by_surname, in_office
from parsers.people.sentences import context_fields, fullness, is_same, persons, tells_more, unique
from parsers.people.values import parse_guests
from parsers.people.visits import visitors
from parsers.reading import Reading, place_of
from parsers.record import Guest
from parsers.rules.captions import in_two_lines
from parsers.rules.own_posts import spokesperson, with_own_post
from parsers.rules.particulars import particulars
from parsers.talk.dialogue import Piece
from parsers.talk.roles import Voice
from parsers.words import pattern, word_set

_BIOGRAPHY = word_set("BIOGRAPHY")
_ROLES = word_set("PRESENT")
_OF_AREA = pattern("{AREA_POST}")
_INNER = pattern("{INNER_OFFICE}")
_OWN = pattern(r"{MYSELF}\s?$")
_ADDRESSED = pattern("{ADDRESSED}")
_CALLED = pattern("(?<=..)(?:{ADDRESSED_AS}|{DELEGATE})$")
_HEAD, _LEAD = 16, 6  # characters that tell a title; lines above the talk that may name its guests
_ASKING = ("host", "reporter", "narrator")
_ORDINAL = 2  # characters: 第八任大使 is in no office called 第八
_NOTICE = 600  # characters of a paragraph of a notice
_ENTRY = 60  # characters of an entry in a list of guests
_SENTENCE = compiled(r"[。!?:]")
_LINKS = 0.5  # a line of links names guests of other talks
_FURTHER = 0.7  # what a label is worth one rank further from the talk


def by_label(reading: Reading) -> Iterator[Found]:
    """``嘉宾：…``, with the labels of the kind on the lines beside it: 嘉宾1 and 嘉宾2, one label a guest."""
    told: set[int] = set()
    if apart := _apart(reading):
        told = {id(f) for f in apart}
        first = next(iter(apart))
        yield Found(tuple(unique([*apart.values()])), place_of(first), first.label)
    for f, rank in reading.fields("guests"):
        if id(f) in told:
            continue
        block = _block(reading.page.fields, f)
        told |= {id(other) for other in block}
        named = [g for other in block for g in parse_guests(other.value)]
        if guests := _of_unit(persons(named), named):
            yield Found(tuple(_completed(guests, reading)), place_of(f), f.label, _FURTHER**rank)


def _apart(reading: Reading) -> dict[Field, Guest]:
    """The persons each of whom has labels of his own for name and post."""
    found = dict(particulars(reading.page.fields))
    return found if len(found) > 1 or any(f.key == "person" for f in found) else {}


def _of_unit(guests: list[Guest], named: list[Guest]) -> list[Guest]:
    """Those whom the only unit of a header sends, where their posts name no other: 上线单位：县农机局, 做客嘉宾：局长冯唐."""
    units = [g.organization for g in named if not (g.name or g.title)]
    if len(units) != 1 or not any(g.name for g in guests):
        return guests
    return [_sent(g, units[0] or "") for g in guests]


def _sent(guest: Guest, unit: str) -> Guest:
    """A guest as one of a unit, where he may be sent by it."""
    return replace(guest, organization=unit + (guest.organization or "")) if _may_be_sent(guest) else guest


def _may_be_sent(guest: Guest) -> bool:
    """Whether a guest has a post in an office that is not named, or in a division alone."""
    own = guest.organization is None or _INNER.fullmatch(fold(guest.organization)) is not None
    return bool(guest.title) and own and not _OF_AREA.search(fold(guest.title or ""))


def _block(fields: list[Field], chosen: Field) -> list[Field]:
    """A field and those of its kind beside it: 嘉宾1 and 嘉宾2; 上线单位, and 做客嘉宾 below its value."""
    near = [f for f in fields if f.key == chosen.key]
    first = last = near.index(chosen)
    while first > 0 and _adjoin(near[first - 1], near[first]):
        first -= 1
    while last + 1 < len(near) and _adjoin(near[last], near[last + 1]):
        last += 1
    return near[first : last + 1]


def _adjoin(above: Field, below: Field) -> bool:
    """Whether a label begins where the value of another ends: on its last line or the next."""
    end = max(line.index for line in (above.line, *above.extra))
    return 0 <= below.label_line.index - end <= 1


def _completed(guests: list[Guest], reading: Reading) -> list[Guest]:
    """The guests of a label with what the page tells besides: a post for a bare name, persons in place of an office
    alone.
    """
    guests = _posted(guests, (guest for _, guest in particulars(reading.page.fields)))
    only = guests[0] if len(guests) == 1 else None
    if all(g.title for g in guests):
        return guests
    told = [*_told_besides(reading)]
    if not any(g.name for g in guests):
        return unique([t for t in told if t.name]) or guests
    if only and not only.organization:
        told += _told_by_summary(only, reading)
    return _posted(guests, told)


def _posted(guests: list[Guest], told: Iterable[Guest]) -> list[Guest]:
    """Guests with the first post that is told of each who has none."""
    posts = {t.name: t for t in reversed([*told])}
    return [g if g.title else posts.get(g.name, g) for g in guests]


def _told_besides(reading: Reading) -> Iterator[Guest]:
    """Whom biographies, sentences and introductions name with a post."""
    for rule in (by_biography, by_sentence, by_introduction):
        for found in rule(reading):
            yield from (guest for guest in found.value if guest.title)


def _told_by_summary(guest: Guest, reading: Reading) -> Iterator[Guest]:
    """A guest with the posts that the page's summaries give."""
    for f in reading.page.fields:
        if f.key == "summary" and (office := office_of(f.value)):
            yield Guest(guest.name, *office)


def by_biography(reading: Reading) -> Iterator[Found]:
    """``嘉宾简介：钱慧，女，汉族，现任…``."""
    for f in reading.page.fields:
        if f.label in _BIOGRAPHY and (guest := biography(f.value)):
            yield Found((guest,), place_of(f), f.label)
            return


def by_sentence(reading: Reading) -> Iterator[Found]:
    """Whom a talk's opening, or the prose of a notice or report, names as guests, with the speakers it introduces."""
    if not reading.dialogue.pieces:
        told = [(line, guest) for line in _paragraphs(reading) for guest in visitors(line.text)]
        if told:
            line, guests = told[0][0], [guest for _, guest in told]
            yield Found(tuple(unique(_fullest(guests, reading))), Place(line.text, line, 0, min(len(line.text), 80)))
        return
    named = _told(reading) or dict(spokesperson(_paragraphs(reading)))
    if named:
        yield _found(_with_speakers(reading, named))


def _fullest(guests: list[Guest], reading: Reading) -> list[Guest]:
    """Guests with the fullest posts that the text gives them: a heading shortens."""
    if all(guest.organization for guest in guests):
        return guests
    told = [m.guest for line in _paragraphs(reading) for m in mentions(line.text)]
    return [_fuller(guest, [t for t in told if t.name == guest.name]) for guest in guests]


def _fuller(guest: Guest, told: list[Guest]) -> Guest:
    """The fullest post of somebody; of those without an office the longest that ends as his does."""
    own = guest.title or ""
    return max((guest, *told), key=lambda g: (fullness(g), (g.title or "").endswith(own) * len(g.title or "")))


def _paragraphs(reading: Reading) -> list[Line]:
    """The lines of the text that are no links, and no longer than a notice's are."""
    return [line for line in reading.body if line.link_share <= _LINKS and len(line.text) < _NOTICE]


def by_introduction(reading: Reading) -> Iterator[Found]:
    """Speakers who name themselves, or whom the opening calls 赵局长 or 赵一鸣."""
    if named := _with_speakers(reading, {}):
        yield _found(named)


def _found(named: dict[Guest, Place]) -> Found:
    return Found(tuple(named), next(iter(named.values())), parts=tuple(named.values()))


def _opening(reading: Reading) -> list[tuple[Line, str]]:
    """What is said before the first answer: lead, captions, the first words of those who ask; the heading, which
    shortens, last.
    """
    first, heading = reading.dialogue.first_line, _heading(reading)
    above = [line for line in reading.visible if heading <= line.index < first and line.link_share <= _LINKS]
    pieces = reading.dialogue.pieces
    asking = [p for p in pieces if p.voice.role in _ASKING]
    if pieces and pieces[0].voice.role == "unknown":
        asking.insert(0, pieces[0])  # 演播室, or a host who is called by his name, opens the talk
    told = (
        [(line, line.text) for line in above if line.index > heading]
        + [*in_two_lines(above)]
        + [(p.line, p.text()) for p in asking[:6]]
    )
    if pieces and (lead := pieces[0].line.text[: pieces[0].label.start]):
        told.insert(len(told) - len(asking[:6]), (pieces[0].line, lead))
    return told + [(line, line.text) for line in above if line.index == heading]


def _heading(reading: Reading) -> int:
    """Index of the printed title's line above the talk; of a line a little above the talk where none is."""
    first, title = reading.dialogue.first_line, squeeze(reading.value("title") or "")
    if reading.heading < first:
        return reading.heading
    above = [line for line in reading.visible if line.index < first and line.link_share <= _LINKS]
    printed = (line.index for line in reversed(above) if title and squeeze(line.text).startswith(title[:_HEAD]))
    return next(printed, max(first - _LEAD, 0))


def _may_answer(voice: Voice) -> bool:
    return voice.role in ("guest", "unknown") and not voice.asks


def _answering(reading: Reading) -> dict[str, Piece]:
    """The first turn of each label that is no host's."""
    lexicon = reading.dialogue.lexicon
    hosts = lexicon.hosts if lexicon else []
    pieces = [p for p in reading.dialogue.pieces if _may_answer(p.voice) and p.label.name not in hosts]
    return {p.label.name: p for p in reversed(pieces)}


def _speakers(reading: Reading) -> list[str]:
    """The names in labels that are nothing else, or that have a post beside them, in printed order."""
    return [name for label in reversed(_answering(reading)) if (name := _name_in(label))]


def _name_in(label: str) -> str | None:
    """``钱慧``, ``副局长钱慧`` and ``钱慧副局长`` name 钱慧."""
    if is_name(unspelt(label), strict=False):
        return label
    called = _CALLED.search(fold(label))  # 吴志明代表
    if called and is_name(label[: called.start()]):
        return label[: called.start()]
    if titled := name_and_title(fold(label)):
        return label[: len(titled[0])]
    return next((m.guest.name for m in mentions(label) if m.sure), None)


def _told(reading: Reading) -> dict[Guest, Place]:
    """The guests whom the opening names with a post."""
    speakers = _speakers(reading)
    lexicon = reading.dialogue.lexicon
    hosts = lexicon.hosts if lexicon else []
    named: dict[Guest, Place] = {}
    for line, text in _opening(reading):
        for guest in _named_in(line, text, speakers):
            if guest.name not in hosts:
                _add(named, guest, line, text)
    return named


def _named_in(line: Line, text: str, speakers: list[str]) -> Iterator[Guest]:
    """Those whom a biography, a sentence, an entry or an address to the guest's face names, in this order."""
    person = described(text[:400])
    if person and person.name in speakers:
        yield person
    yield from visitors(text, speakers)
    yield from _listed(line, text, speakers)
    if len(speakers) == 1 and (addressed := _addressed(speakers[0], text)):
        yield addressed


def _listed(line: Line, text: str, speakers: list[str]) -> list[Guest]:
    """The speakers of a line that is nothing but names and posts: ``钱慧　县水务局局长``."""
    if text is not line.text or len(text) > _ENTRY or _SENTENCE.search(line.fold):
        return []
    guests = parse_guests(text)
    return guests if all(g.title and g.name in speakers for g in guests) else []


def _addressed(name: str, text: str) -> Guest | None:
    """The only guest with the post that the host tells to his face: ``您是县一中的校长``."""
    folded = fold(text[:1000])
    for told in _ADDRESSED.finditer(folded):
        span = told.span("post" if told["post"] else "other")
        guest = in_office(name, text[slice(*span)], folded[slice(*span)])
        if guest and len(guest.organization or "") > _ORDINAL and TITLE_END.search(folded, *span):
            return guest
    return None


def _with_speakers(reading: Reading, named: dict[Guest, Place]) -> dict[Guest, Place]:
    """The guests told, and the speakers who are not among them."""
    answering = _answering(reading)
    for name, piece in reversed(answering.items()):
        text = piece.text()[:200]
        for mention in mentions(text, [name]):
            own = _OWN.search(fold(text[: mention.start])) is not None
            if own or name == mention.guest.name or resolve(name, [mention.guest]):
                _add(named, mention.guest, piece.line, text)
    for name in reversed(answering):
        if not resolve(name, list(named)):
            _introduce(named, name, reading)
    return named


def _add(named: dict[Guest, Place], guest: Guest, line: Line, text: str) -> None:
    """Each person once, in the order of the first mention, with the fullest post."""
    known = next((g for g in named if is_same(g, guest)), None)
    at = max(line.text.find(guest.name or ""), 0)
    place = Place(text[:200], line, at, min(at + len(guest.name or ""), len(line.text)))
    if known is None:
        named[guest] = place
    elif tells_more(guest, known):
        fuller = [(guest, place) if g is known else (g, p) for g, p in named.items()]
        named.clear()
        named.update(fuller)


def _introduce(named: dict[Guest, Place], label: str, reading: Reading) -> None:
    """A speaker called 赵局长 or by post and name, or by a name that the page prints without a post."""
    if fold(label) in _ROLES:
        return
    called = not is_name(label, strict=False) and surname_and_title(fold(label)) is not None
    for line, text in _opening(reading):
        if called:
            fitting = {m.guest.name: m.guest for m in mentions(text) if m.sure and resolve(label, [m.guest])}
            if len(fitting) == 1:
                _add(named, next(iter(fitting.values())), line, text)
                return
        elif is_name(label, strict=False) and label in text:
            guest = introduced(label, text) or called_by_surname(label, text) or Guest(label, None, None)
            _add(named, guest if guest.title else with_own_post(guest, reading.body), line, text)
            return
    if is_name(label) and (guest := with_own_post(Guest(label), reading.body)).title:
        first = reading.dialogue.pieces[0].line
        _add(named, guest, first, first.text)


def by_own_label(reading: Reading) -> Iterator[Found]:
    """Without any header: speakers labelled with post and name introduce themselves."""
    guests: dict[Guest, Place] = {}
    for piece in reading.dialogue.pieces:
        if piece.voice.role != "guest" or piece.label.name.endswith(NO_NAMES):
            continue
        parsed = parse_guests(piece.label.name)
        if not (parsed and parsed[0].name and parsed[0].title) or len(parsed[0].organization or "  ") == 1:
            continue
        beside = (m.guest for m in mentions(piece.label.name) if m.guest.name == parsed[0].name)
        guest = next(beside, parsed[0])
        if guest not in guests:
            guests[guest] = Place(piece.label.name, piece.line, piece.label.start, piece.label.body)
    if guests:
        yield _found(guests)


def by_only_person(reading: Reading) -> Iterator[Found]:
    """The one person whom a notice names with a post: whoever else it speaks of, the guest is among those it names."""
    if reading.kind != "notice":
        return
    told = [(m.guest, line) for line in _paragraphs(reading) for m in mentions(line.text) if m.sure and m.guest.title]
    if len({guest.name for guest, _ in told}) == 1:
        guest, line = max(told, key=lambda pair: fullness(pair[0]))
        yield Found((guest,), Place(line.text, line, 0, min(len(line.text), 80)))


def by_list(reading: Reading) -> Iterator[Found]:
    """``嘉宾：…`` in the row of the list."""
    for key, value in context_fields(reading.context) if reading.context else []:
        if key == "guests" and (guests := parse_guests(value)):
            yield Found(tuple(guests), Place(value))


def agree(one: tuple[Guest, ...], other: tuple[Guest, ...]) -> bool:
    """Whether two lists speak of the same persons: one names none that the other lacks."""
    first, second = ({g.name or g.organization for g in guests} for guests in (one, other))
    return first <= second or second <= first


def names_more(one: tuple[Guest, ...], other: tuple[Guest, ...]) -> bool:
    """Whether the first of two lists that agree names somebody whom the second lacks."""
    return len(one) > len(other)


def shown(guests: tuple[Guest, ...]) -> str:
    """Guests as one string: ``县水务局局长 赵一鸣；县司法局 钱慧``."""
    posts = [f"{g.organization or ''}{g.title or ''}" for g in guests]
    return "；".join(" ".join(part for part in (post, g.name) if part) for post, g in zip(posts, guests, strict=True))
