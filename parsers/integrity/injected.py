"""Signs that a page was altered, each with its exact span. Nothing is ever repaired.

Three sources, because each alone fails: a brand lexicon (fails on new brands and on police talks about gambling), slots
where 关于 or an organ's name must stand (fails on single insertions), and mark-up that hides links.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from parsers.integrity.disguise import bared, may_be_disguised, mixed
from parsers.page.text import fold
from parsers.patterns import compiled
from parsers.record import Flag
from parsers.words import one_of, pattern, source

_PROMOTION = source(r"{PROMOTION}")


@dataclass(frozen=True, slots=True)
class _Lexicon:
    hints: re.Pattern[str]  # every phrase with a brand, in lower case, holds one of these words
    phrase: re.Pattern[str]
    brand: re.Pattern[str]
    stranger: re.Pattern[str]
    lists: dict[str, list[str]]  # search, lewd, weak, target: words that are no brands
    version: str


@cache
def lexicon() -> _Lexicon:
    """The brand lexicon compiled: ``phrase`` matches a maximal run of brand words."""
    words: dict[str, list[str]] = {
        kind: [] for kind in ("brand", "stem", "suffix", "claim", "search", "lewd", "weak", "target")
    }
    version = ""
    for row in files("parsers").joinpath("data/brands.txt").read_text("utf-8").splitlines():
        kind, _, word = row.partition(" ")
        if row.startswith("# version"):
            version = row.split()[2]
        elif kind in words:
            words[kind].append(word.strip())
    brand_cjk, stems, claim, ending = (one_of(words[kind]) for kind in ("brand", "stem", "claim", "suffix"))
    brand = rf"(?:(?<![A-Za-z0-9]){brand_cjk}(?![a-z]))"
    suffix = rf"(?:\s?{ending}的?(?=\s?{ending})|\s?{ending})"
    stem = rf"(?:(?<![A-Za-z0-9]){stems})"
    unknown = r"(?:(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]{1,11}[\u4e00-\u9fff]{0,3}?)"
    phrase = (
        rf"(?:{brand}|{brand_cjk})(?:[·•・\-]?\s?[(（](?:{brand_cjk}|{suffix}|中国|[A-Za-z]{{2,8}})[)）]"
        rf"|[·•・\-]?(?:{brand_cjk}|{suffix}))*"
        rf"|{stem}[·•・](?:{suffix})+"
        rf"|{stem}·(?:{brand_cjk})(?:[(（](?:中国|{suffix})[)）])?{suffix}*"
        rf"|{stem}{suffix}{{2,}}|{stem}(?:体育|娱乐城|电竞|{_PROMOTION})(?:{suffix})*"
        rf"|{unknown}(?:体育|娱乐|电竞|棋牌|国际)(?:{suffix})+"
        rf"|{claim}的?(?:体育|娱乐|电竞|博彩|棋牌|彩票|真人|网投)(?:{suffix})*"
    )
    # A cheap look decides whether the costly pattern runs at all.
    heads = {w.lower() for w in words["brand"] + words["stem"] + words["claim"]}
    heads |= {"体育", "娱乐", "电竞", "棋牌", "彩票", "国际"}
    # A brand that is in no list: a short head with 体育 or 娱乐 and then nothing but advertising.
    stranger = (
        rf"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{{2,4}}?(?:体育|娱乐|电竞|棋牌|彩票)(?:全站|综合)?(?:{_PROMOTION}){{2,}}"
    )
    known = rf"{brand_cjk}|{stems}"
    return _Lexicon(
        re.compile(one_of(sorted(heads))),
        re.compile(phrase, re.IGNORECASE),
        re.compile(known, re.IGNORECASE),
        re.compile(stranger),
        {kind: words[kind] for kind in ("search", "lewd", "weak", "target")},
        version,
    )


_LEGITIMATE = pattern(r"{LAWFUL}")
_AGAINST = pattern(r"{WARNED_OF}")
_DECREED = pattern(r"{DECREE.issued}")
_VERB = source(r"{DECREE.verb}")
_DOCUMENT = source(r"{DECREE.document}")
_SLOT = compiled(
    rf"(?:《|作出|印发了?《?|下发了?《?|转发了?《?|发布了?《?|出台了?《?)(?P<head>[A-Za-z0-9\u4e00-\u9fff·\-]{{4,18}}?)"
    rf"(?P<verb>{_VERB})[^《》。,，;；]{{2,60}}?(?:{_DOCUMENT})"
)
_BOOK = compiled(rf"《(?P<name>[^《》]{{6,80}}?(?:{_DOCUMENT}))(?:[(（][^《》]{{0,20}}[)）])?》")
_ORGAN = pattern(r"{DECREE.organ}")
_STOP = compiled(
    rf"重大|关于|{_VERB}|工作|行政|农村|农业|人民|建设|政府|城市|乡村|政务|安全|管理|公共|教育|医疗|环境|社会|养老|就业|法治|营商|招商|党|三年|年|十四五|国土|财政|机关|干部"
    rf"|市场|文明|防|应急"
)
#: A brand's Latin; abbreviations in capitals (APEC, PPP) are official.
_LATIN = compiled(r"[A-Za-z]*[a-z][A-Za-z]+|[A-Za-z]+\d")
_SYLLABLE = compiled(
    r"^(?:[bpmfdtnlgkhjqxzcsryw]|zh|ch|sh)?(?:[aoeiuvü]|ai|ei|ao|ou|an|en|ang|eng|ong|er|ia|ie|iao|iu|ian|in"
    r"|iang|ing|iong|ua|uo|uai|ui|uan|un|uang|ueng|ue|üe|ve|üan|ün)$"
)
_TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ", "aaaaeeeeiiiioooouuuuüüüünnn")
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ"
_SPELT = compiled(rf"[(（{_TONED}](?:(?<=[{_TONED}])|\s?[a-z{_TONED}ü])")
#: 會(huì), 會 (huì), and 會huì, which ruby makes: there the tone must be printed.
_PINYIN = compiled(
    rf"[\u4e00-\u9fff]\s?(?:[(（]\s?(?P<bracket>[a-z{_TONED}ü]{{1,6}})\s?[)）]"
    rf"|(?P<ruby>[a-z]{{0,4}}[{_TONED}][a-z]{{0,4}})(?![a-z]))"
)


def is_lawful(text: str, start: int = 0, end: int | None = None) -> bool:
    """Whether words that look like a brand's, or what stands right around them, name lawful sport or lotteries."""
    end = len(text) if end is None else end
    return _LEGITIMATE.search(text[max(0, start - 4) : end + 4]) is not None


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the record to look at: ``where`` is a flag's place, ``text`` the field as found."""

    where: str
    text: str


def flags_of(texts: list[Text], organ: str | None) -> list[Flag]:
    """Injected words in the record's fields, in the order of the fields.

    :param organ: the site's own name, the suggested original where an organ must stand
    """
    whole = "\n".join(item.text for item in texts)
    brands = _brand_spans(texts) if hinted(whole) or may_be_disguised(whole) else {}
    slots = _slot_spans(texts) if _SLOT.search(whole) or _BOOK.search(whole) else {}
    _everywhere(texts, slots)
    flags: list[Flag] = []
    syllables = _syllables(texts) if _SPELT.search(whole) else 0
    for number, item in enumerate(texts):
        spans = _substituted(brands.get(number, []), slots.get(number, []))
        for (start, end), severity in sorted(spans.items()):
            suggestion = _suggest(item.text, start, end, organ)
            words = item.text[start:end]
            flags.append(Flag("word_substitution", severity, words, item.where, start, end, suggestion))
        flags += _pinyin(item, syllables) if syllables else ()
    return flags


def _syllables(texts: list[Text]) -> int:
    """How many characters of the texts are followed by how to read them."""
    spelt = (_reading(match) for item in texts for match in _PINYIN.finditer(item.text))
    return sum(bool(_SYLLABLE.match(syllable.translate(_TONES))) for syllable in spelt)


def _substituted(brands: list[tuple[int, int]], slots: list[tuple[int, int, str]]) -> dict[tuple[int, int], str]:
    """The spans of injected words with their severity: brands, and what is in a slot, the wider of the two."""
    spans = {(start, end): "alert" for start, end in brands if not any(s <= start and end <= e for s, e, _ in slots)}
    for start, end, severity in slots:
        if not any(s < end and start < e for s, e in spans):
            known = any(start <= s and e <= end for s, e in brands)
            spans[start, end] = "alert" if known else severity
    return spans


def hinted(text: str) -> bool:
    """Whether a text, in any case, may hold a phrase with a brand; most texts do not."""
    return lexicon().hints.search(text.lower()) is not None


def _brand_spans(texts: list[Text]) -> dict[int, list[tuple[int, int]]]:
    spans: dict[int, list[tuple[int, int]]] = {}
    for number, item in enumerate(texts):
        found = [*brands_in(item.text), *mixed(item.text)]
        if bare := bared(item.text):
            text, places = bare
            hidden = ((places[start], places[end - 1] + 1) for start, end in brands_in(text))
            found += [(a, b) for a, b in hidden if not any(s < b and a < e for s, e in found)]
        if found:
            spans[number] = found
    return spans


def brands_in(text: str) -> list[tuple[int, int]]:
    """The spans of brands in a text that nothing explains."""
    if not hinted(text):
        return []
    folded = fold(text)
    found = [m.span() for m in lexicon().phrase.finditer(folded) if not _is_explained(text, *m.span())]
    strange = (m for m in lexicon().stranger.finditer(folded) if not lexicon().brand.search(m[0]))
    return found + [m.span() for m in strange if not _LEGITIMATE.search(m[0])]


def _is_explained(text: str, start: int, end: int) -> bool:
    """Whether words that look like a brand's are lawful, or a text warns of them; in a document's name nobody warns."""
    if is_lawful(text, start, end):
        return True
    named = text[max(0, start - 1) : start] == "《" or _DECREED.search(text[max(0, start - 4) : start])
    return not named and _AGAINST.search(text[max(0, start - 40) : end + 40]) is not None


def _slot_spans(texts: list[Text]) -> dict[int, list[tuple[int, int, str]]]:
    """Strings that stand where 关于 or an organ must, at least twice on the page: new brands give themselves away."""
    heads: Counter[str] = Counter()
    places: list[tuple[int, int, str]] = []
    for number, item in enumerate(texts):
        for match in _SLOT.finditer(item.text):
            head = match["head"]
            if not _ORGAN.search(head) and not _STOP.search(head):
                heads[head] += 1
                places.append((number, match.start("head"), head))
        for match in _BOOK.finditer(item.text):
            head = _book_head(match["name"])
            if head:
                places.append((number, match.start("name"), head))
    places = list(dict.fromkeys(places))
    books = Counter(head for _, _, head in places)
    whole = "\n".join(t.text for t in texts)
    found: dict[int, list[tuple[int, int, str]]] = {}
    for number, start, head in places:
        alien = _LATIN.search(head) is not None
        if (books[head] >= 2 and (heads[head] or alien)) and whole.count(head) == books[head]:
            found.setdefault(number, []).append((start, start + len(head), "alert" if alien else "warning"))
    return found


def slot_heads(text: str) -> list[str]:
    """The strings that stand where 关于 or an organ must, one for each slot; what recurs on other
    pages is the caller's to judge.
    """
    found = [
        match["head"]
        for match in _SLOT.finditer(text)
        if not _ORGAN.search(match["head"]) and not _STOP.search(match["head"])
    ]
    return found + [head for match in _BOOK.finditer(text) if (head := _book_head(match["name"])) and head not in found]


def _everywhere(texts: list[Text], slots: dict[int, list[tuple[int, int, str]]]) -> None:
    """A string that its slots prove to be injected is flagged in every field, in front of no slot, too."""
    if not slots:
        return
    proven = {
        texts[number].text[start:end]: severity for number, spans in slots.items() for start, end, severity in spans
    }
    for number, item in enumerate(texts):
        taken = {start for start, _, _ in slots.get(number, [])}
        for word, severity in proven.items():
            for match in re.finditer(re.escape(word), item.text):
                if match.start() not in taken:
                    slots.setdefault(number, []).append((*match.span(), severity))


def proven_words(flags: list[Flag]) -> list[str]:
    """The injected words that were found in the record's fields, longest first."""
    return sorted({f.text for f in flags if f.rule == "word_substitution"}, key=len, reverse=True)


def _book_head(name: str) -> str | None:
    """What is before the first word that a document's name is made of."""
    stop = _STOP.search(name)
    head = name[: stop.start()] if stop else ""
    return head if 4 <= len(head) <= 18 and not _ORGAN.search(head) else None


def _suggest(text: str, start: int, end: int, organ: str | None) -> str | None:
    after = text[end : end + 60]
    if re.match(_VERB, after) and re.search(r"的?(?:决定|通知|意见|公告|通告|批复|报告)", after):
        return "关于"
    if text[max(0, start - 1) : start] == "《" and organ:
        return organ
    return None


def _reading(match: re.Match[str]) -> str:
    return match["bracket"] or match["ruby"]


def _pinyin(item: Text, total: int) -> list[Flag]:
    """Syllables behind their characters, unless they tell how to read them (莘（shēn）县): rare ones,
    or a few with their tones.
    """
    found = []
    for match in _PINYIN.finditer(item.text):
        bare = _reading(match).translate(_TONES)
        toned = bare != _reading(match)
        if _SYLLABLE.match(bare) and (toned or total >= 2) and not _is_reading(match[0][0], total, toned=toned):
            found.append(
                Flag("pinyin_interpolation", "warning", match[0], item.where, match.start(), match.end(), match[0][0])
            )
    return found


def _is_reading(character: str, total: int, *, toned: bool) -> bool:
    """Whether a syllable helps a reader with a character; spun pages spell out common and traditional ones."""
    try:
        row = character.encode("gb2312")[0]
    except UnicodeEncodeError:  # traditional, or very rare
        return (total == 1 or toned) and fold(character) == character
    return row > _COMMON_ROW or (toned and total <= _FEW_READINGS)


#: Rows of GB 2312 up to this one hold the common characters. So many readings stand on ordinary pages.
_COMMON_ROW, _FEW_READINGS = 0xD7, 3
_MARKED = compiled(r"[\u4e00-\u9fff]{1,4}@@[\u4e00-\u9fff]{1,4}")


def spun_flags(text: str) -> list[Flag]:
    """Marks that a machine left between the words of a text that it copied and changed: 会议@@要求."""
    found = _MARKED.findall(text) if "@@" in text else []
    return [Flag("spun_text", "warning", found[0], "html")] if len(found) >= 3 else []
