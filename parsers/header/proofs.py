"""What proves that a short label is a person's: ``姓名``, ``单位`` and ``职务`` are words of forms and sentences, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from parsers.page.text import BLANK, fold, squeeze
from parsers.people.names import ORG_END, TITLE_END, is_name


def _is_name(value: str) -> bool:
    name = squeeze(value.strip("、,，" + BLANK))
    return len(name) > 1 and is_name(name, strict=False)


#: Whether a value is what its label says, by the label's key.
PARTICULARS: Mapping[str, Callable[[str], bool]] = {
    "person": _is_name,
    "post": lambda value: len(value) <= 60 and TITLE_END.search(fold(value).strip()) is not None,
    "unit": lambda value: len(value) <= 40 and ORG_END.search(fold(value).strip()) is not None,
}
