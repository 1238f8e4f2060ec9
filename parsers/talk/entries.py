"""Entries of question boxes: who asked is a field (``留言人：清风``), the words stand below behind a label of their own."""

from __future__ import annotations

from parsers.page.lines import Line
from parsers.page.text import squeeze
from parsers.talk.forms import Label
from parsers.words import pattern, word_set

_GOES_ON = pattern(r"{ENTRY_GOES_ON}")
_CONTENT = pattern(r"{CONTENT_LABEL}")
#: The name, and what a page prints behind it: an address, further fields.
_NAME = pattern(
    r"(?P<name>[^\s。,，;；?？!！:()\[\]]{1,16})(?:\s?[(\[][^()\[\]]{0,40}[)\]])?(?:\s{1,8}{ENTRY_FIELD})?$"
)
_REACH = 6  # lines of an entry's head, at most


def read_entries(lines: list[Line], labels: dict[int, Label | None]) -> None:
    """Make the name in a field of an entry the label of the words below it."""
    fields = word_set("ASKER_FIELD") | word_set("ANSWERER_FIELD")
    for at, line in enumerate(lines):
        label = labels.get(line.index)
        if label is not None and label.key in fields:
            _read_entry(label, lines[at : at + _REACH], labels)


def _read_entry(label: Label, lines: list[Line], labels: dict[int, Label | None]) -> None:
    """Read one entry.

    :param label: the field's, in the first of the lines; the name stands behind it or in the next one
    """
    head = 1 if label.alone else 0
    named = lines[head] if head < len(lines) else None
    content = _content(lines[head + 1 :])
    if named is None or content is None or named.index not in labels:
        return
    if match := _NAME.match(named.fold, 0 if head else label.body):
        name = squeeze(named.text[slice(*match.span("name"))])
        labels[lines[0].index] = labels[content.index] = None
        style = "nick" if label.key in word_set("ASKER_FIELD") else "answerer"
        labels[named.index] = Label(name, match.start("name"), len(named.text), style)


def _content(below: list[Line]) -> Line | None:
    """The line of an entry that holds the words, where nothing but other fields stands before it."""
    for line in below:
        if _CONTENT.match(line.fold):
            return line
        if not _GOES_ON.match(line.fold):
            return None
    return None
