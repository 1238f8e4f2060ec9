"""What calls in scripts are given, and what their expressions come to: literals, objects, names that are set to
literals.

Nothing is run. What cannot be known from the source alone is ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from parsers.page.escapes import literal
from parsers.patterns import compiled

_MOST = 3000  # characters of one call
_LONG = 400_000  # of a list
_DEPTH = 4
_TOKEN = compiled(
    r"\s+|//[^\n]*|/\*.*?(?:\*/|$)"
    r"|(?P<string>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_$][\w$]*(?:\s{0,2}\.\s{0,2}[A-Za-z_$][\w$]*)*)"
    r"|(?P<mark>.)",
    re.DOTALL,
)
_SET = r"(?<![\w$.]){}[\"']?\s{{0,4}}[=:](?!=)\s{{0,4}}(?:\"([^\"\n]{{0,500}})\"|'([^'\n]{{0,500}})'|(\d{{1,7}})\b)"

#: A string, a number, an object, a list, or ``None`` for what is none of these.
Value: TypeAlias = str | int | dict[str, "Value"] | list["Value"] | None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


_BRACKET = _Token("mark", "(")
#: Calls whose argument is an address: it is read for itself.
_OPENING = ("open", "assign", "replace", "load", "navigate")


class Names:
    """The names that a page's scripts set to a literal."""

    def __init__(self, scripts: str, known: Mapping[str, Value] | None = None) -> None:
        self.scripts = scripts
        self.known: dict[str, Value] = dict(known or {})

    def value(self, name: str) -> Value:
        """What a name holds; ``None`` when the scripts do not say."""
        last = name.rsplit(".", 1)[-1].strip()
        if last not in self.known:
            match = re.search(_SET.format(re.escape(last)), self.scripts)
            self.known[last] = None if match is None else int(match[3]) if match[3] else match[1] or match[2] or ""
        return self.known[last]

    def with_(self, known: Mapping[str, Value]) -> Names:
        """The same, and some names that are known."""
        return Names(self.scripts, {**self.known, **known})


def arguments(code: str, at: int, names: Names) -> list[Value]:
    """What is between the bracket that opens just before ``at`` and the one that closes it."""
    return _Reader(code[at : at + _MOST], names).values(")")


def value_at(code: str, at: int, names: Names) -> Value:
    """What the expression that begins at a place comes to."""
    return _Reader(code[at : at + _MOST], names).value()


def array(code: str, at: int) -> Value:
    """The list of objects that begins at ``at``, as scripts write it (names without quotes, strings in single ones)."""
    return _Reader(code[at : at + _LONG], Names("")).value()


def results(code: str, names: Names, needs: str) -> Iterator[str]:
    """The strings to which the expressions of a script come that hold a name.

    :param needs: the name; an expression without it says nothing of what is asked for
    """
    yield from _Reader(code[:_MOST], names).sums(needs)


class _Reader:
    """Reads values from a script, one token after the other."""

    def __init__(self, code: str, names: Names) -> None:
        self.names = names
        found = ((m.lastgroup, m[0]) for m in _TOKEN.finditer(code) if m.lastgroup)
        self.tokens = [
            _Token(kind, re.sub(r"\s", "", text) if kind == "name" else text) for kind, text in found if kind
        ]
        self.at = 0

    @property
    def mark(self) -> str:
        """The next token's text; empty at the end."""
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def values(self, end: str, depth: int = 0) -> list[Value]:
        """Values parted by commas, up to a closing bracket."""
        found: list[Value] = []
        while self.mark and self.mark != end:
            found.append(self.value(depth))
            if self.mark == ",":
                self.at += 1
            elif self.mark != end:
                self._skip()
                found[-1] = None
                if self.mark == ",":
                    self.at += 1
        self.at += 1
        return found

    def value(self, depth: int = 0) -> Value:
        """A value, or the sum of several."""
        total = self._term(depth)
        while self.mark in ("+", "-") and self.at < len(self.tokens):
            sign = self.mark
            self.at += 1
            total = _joined(total, self._term(depth), sign)
        return total

    def _term(self, depth: int) -> Value:
        if self.at >= len(self.tokens) or depth > _DEPTH:
            return None
        token = self.tokens[self.at]
        if token.text in (")", "}", "]", ",", ";"):
            return None
        self.at += 1
        if token.kind == "string":
            return self._template(literal(token.text)) if token.text[0] == "`" else literal(token.text)
        if token.kind == "number":
            return int(token.text.partition(".")[0][:9])
        if token.kind == "name":
            return self._named(token.text, depth)
        if token.text == "{":
            return self._object(depth + 1)
        if token.text == "(":
            inner = self.values(")", depth + 1)
            return inner[0] if len(inner) == 1 else None
        return self.values("]", depth + 1) if token.text == "[" else None

    def _named(self, name: str, depth: int) -> Value:
        """A name, or what a call gives that only makes a number or a string of its argument."""
        if self.mark != "(" or name == "function":
            return self.names.value(name) if name not in ("function", "new") else None
        self.at += 1
        given = self.values(")", depth + 1)
        if name in ("parseInt", "Number", "String", "encodeURI", "encodeURIComponent") and given:
            return given[0]
        last = name.rsplit(".", 1)
        return self.names.value(last[0]) if len(last) == 2 and last[1] in ("toString", "val") else None

    def _template(self, text: str) -> Value:
        """A template literal with its names put in."""
        missing = False

        def put(match: re.Match[str]) -> str:
            nonlocal missing
            inner = _Reader(match[1], self.names).value(1)
            missing = missing or not isinstance(inner, str | int)
            return str(inner)

        filled = re.sub(r"\$\{([^{}]{1,100})\}", put, text)
        return None if missing else filled

    def _object(self, depth: int) -> Value:
        found: dict[str, Value] = {}
        while self.mark and self.mark != "}":
            token = self.tokens[self.at]
            self.at += 1
            key = literal(token.text) if token.kind == "string" else token.text
            if self.mark == ":":
                self.at += 1
                found[key] = self.value(depth)
            if self.mark not in (",", "}"):
                self._skip()
                found.pop(key, None)
            if self.mark == ",":
                self.at += 1
        self.at += 1
        return found

    def _skip(self) -> None:
        """To the comma or bracket that ends a value."""
        depth = 0
        while self.mark:
            if self.mark in ("(", "[", "{"):
                depth += 1
            elif self.mark in (")", "]", "}"):
                if depth == 0:
                    return
                depth -= 1
            elif self.mark == "," and depth == 0:
                return
            self.at += 1

    def sums(self, needs: str) -> Iterator[str]:
        """Every sum of at least two terms, or template, that holds a name."""
        while self.at < len(self.tokens):
            begin = self.at
            token = self.tokens[begin]
            opens = token.text.rsplit(".", 1)[-1] in _OPENING and self.tokens[begin + 1 : begin + 2] == [_BRACKET]
            if opens or token.kind not in ("string", "name") or (begin and self.tokens[begin - 1].text == "."):
                self.at += 1
                continue
            total = self.value(1)
            held = self.tokens[begin : self.at]
            self.at = max(self.at, begin + 1)
            named = any(t.kind == "name" and needs in (t.text, t.text.rsplit(".", 1)[-1]) for t in held)
            filled = any(t.text[:1] == "`" and re.search(rf"\$\{{[^{{}}]*\b{re.escape(needs)}\b", t.text) for t in held)
            if isinstance(total, str) and ((named and len(held) > 1) or filled):
                yield total


def _joined(one: Value, other: Value, sign: str) -> Value:
    if isinstance(one, int) and isinstance(other, int):
        return one + other if sign == "+" else one - other
    if sign == "+" and isinstance(one, str | int) and isinstance(other, str | int):
        return f"{one}{other}"
    return None
