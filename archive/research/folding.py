"""Other spellings of a word that count as the same on request: traditional and simplified, full and half width."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

from archive.errors import ConfigError

#: Half-width ASCII and its full-width forms.
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@lru_cache(maxsize=2)
def _converter(direction: str) -> Any:
    try:
        from opencc import OpenCC  # noqa: PLC0415 - an extra: only folding needs it
    except ImportError as error:
        raise ConfigError("--fold needs OpenCC: pip install 'fangtan[fold]'. 繁简互查需要安装 OpenCC。") from error
    return OpenCC(direction)


def variants(word: str) -> list[str]:
    """The word as it is, simplified and traditional, each in half and full width; each once."""
    half = unicodedata.normalize("NFKC", word)
    spellings = [word, half, _converter("t2s").convert(half), _converter("s2t").convert(half)]
    return list(dict.fromkeys([*spellings, *(s.translate(_WIDE) for s in spellings[1:])]))
