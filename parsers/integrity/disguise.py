"""Words written so that no search finds them: letters of another script, characters of no width, dots between."""

from __future__ import annotations

from parsers.patterns import compiled

#: Letters of other scripts that look like Latin ones.
_LOOK_ALIKES = str.maketrans(
    "АВЕКМНОРСТУХІЅЈаеокмнорстухіѕјԁɡΑΒΕΖΗΙΚΜΝΟΡΤΥΧοιν",
    "ABEKMHOPCTYXISJaeokmhopctyxisjdgABEZHIKMNOPTYXoiv",
)
_OTHER = compiled("[\u0370-\u052f\u0261]")
#: A word in two scripts: Cyrillic or Greek look-alikes among Latin letters.
_MIXED = compiled(r"[A-Za-z\u0370-\u052f\u0261]{4,24}")
_LATIN = compiled(r"[A-Za-z]")
_ALIKE = compiled("[" + "".join(map(chr, _LOOK_ALIKES)) + "]")
_NO_WIDTH = "\u200b-\u200f\u2060\ufeff\u00ad"
_THIN = compiled(
    rf"[{_NO_WIDTH}]|(?<=[\u4e00-\u9fff])[·•.*_|‧・-](?=[\u4e00-\u9fff](?:[·•.*_|‧・-][\u4e00-\u9fff]){{2}})"
    r"|(?<=[\u4e00-\u9fff][·•.*_|‧・-][\u4e00-\u9fff])[·•.*_|‧・-](?=[\u4e00-\u9fff])"
)
#: Of these one is in what is disguised; hardly any text has one. One set of characters begins both: it is found fast.
_FEW = compiled(
    rf"[{_NO_WIDTH}\u0370-\u052f\u0261·•.*_|‧・-](?:(?<=[{_NO_WIDTH}\u0370-\u052f\u0261])|[\u4e00-\u9fff][·•.*_|‧・-])"
)


def may_be_disguised(text: str) -> bool:
    """Whether a text has a character of no width, of another script, or a single one between signs."""
    return _FEW.search(text) is not None


def bared(text: str) -> tuple[str, list[int]] | None:
    """A text as a reader sees it, and the offset in ``text`` of each character; ``None`` where nothing is disguised."""
    if not may_be_disguised(text):
        return None
    thin = {at for match in _THIN.finditer(text) for at in range(*match.span())}
    kept = [at for at in range(len(text)) if at not in thin]
    return "".join(text[at] for at in kept).translate(_LOOK_ALIKES), kept


def mixed(text: str) -> list[tuple[int, int]]:
    """The spans of words in which look-alikes of another script are among Latin letters."""
    if not _OTHER.search(text):
        return []
    words = (match for match in _MIXED.finditer(text) if _ALIKE.search(match[0]) and _LATIN.search(match[0]))
    return [match.span() for match in words if _is_latin_but(match[0])]


def _is_latin_but(word: str) -> bool:
    """Whether every letter of a word is Latin or looks so; a capital of another script in ISO is a slip of the keys."""
    plain = word.translate(_LOOK_ALIKES)
    return plain.isascii() and not plain.isupper()
