"""Lines of a body as editors leave them: paragraphs, breaks, labels in the line, on lines of their own, in brackets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from support.corpora.field.words import Words


@dataclass(frozen=True)
class Block:
    """A paragraph, or a turn with the label that is printed before it."""

    text: str
    style: str = ""
    label: str = ""
    direction: str = ""


class _Lines:
    """How this page writes lines and labels; one manner a page."""

    def __init__(self, words: Words, form: str) -> None:
        self.words = words
        self.form = form
        self.colon = words.pick({"：": 14, ":": 5, "： ": 1})
        self.strong = words.chance(0.4)
        self.indent = words.pick({"": 3, "　　": 4, "&nbsp;&nbsp;&nbsp;&nbsp;": 1, "&emsp;&emsp;": 1})
        self.wrap = words.pick({"p": 8, "styled": 2, "word": 1.5, "div": 0.7, "br": 1})
        self.square = words.chance(0.5)
        self.stamp = words.pick({"": 43, "own": 2, "behind": 2}) if form != "one_paragraph" else ""
        self.clock = datetime(words.day.year, words.day.month, words.day.day, 9, words.r.randrange(60), 12)  # noqa: DTZ001 - as printed

    def line(self, text: str, style: str = "") -> str:
        if style in ("center", "right"):
            return f"<p align='{style}'>{text}</p>"
        if style == "bold":
            text = f"<strong>{text}</strong>"
        inner = self.indent + text
        if self.wrap == "styled":
            return (
                f'<p style="text-indent: 2em; line-height: 1.75em;"><span style="font-size: 16px;">{inner}</span></p>'
            )
        if self.wrap == "word":
            return f'<p class="MsoNormal"><span style="font-family:仿宋_GB2312;mso-hansi-font-family:Calibri">{inner}</span></p>'
        if self.wrap == "br":
            return inner + "<br>"
        return f"<{self.wrap}>{inner}</{self.wrap}>"

    def label(self, printed: str) -> str:
        """The label as this page sets it off."""
        if self.form.startswith("bracket"):
            printed = f"[{printed}]" if self.square else f"【{printed}】"
        if self.form in ("inline", "own_colon", "bracket_colon", "one_paragraph"):
            printed += self.colon
        return f"<strong>{printed}</strong>" if self.strong and self.form != "one_paragraph" else printed

    def turn(self, block: Block) -> list[str]:
        first, *rest = block.text.split("\n")
        self.clock += timedelta(seconds=self.words.r.randrange(20, 200))
        label = self.label(block.label)
        if self.stamp == "behind":
            last = f" [{self.clock:%m-%d %H:%M}]"
            first, rest = (first, [*rest[:-1], rest[-1] + last]) if rest else (first + last, rest)
        if self.form in ("own_colon", "own_bare", "bracket_own"):
            lines = [self.line(label), self.line(first), *map(self.line, rest)]
        else:
            lines = [self.line(block.direction + label + first), *map(self.line, rest)]
        return [*lines, self.line(f"{self.clock:%Y-%m-%d %H:%M:%S}")] if self.stamp == "own" else lines


def render(words: Words, blocks: list[Block], form: str = "inline") -> str:
    """The body's mark-up."""
    lines = _Lines(words, form)
    words.stamp = lines.stamp or "none"
    if form == "one_paragraph":
        return _one_paragraph(lines, blocks)
    out: list[str] = []
    for block in blocks:
        out += lines.turn(block) if block.style == "turn" else [lines.line(block.text, block.style)]
    return f"<p>{''.join(out)}</p>" if lines.wrap == "br" else "\n".join(out)


def _one_paragraph(lines: _Lines, blocks: list[Block]) -> str:
    """The talk in one paragraph, the lead before it in the same one; images and notes stand for themselves."""
    gap = lines.words.r.choice(["", " ", "　　"])
    first = next(i for i, b in enumerate(blocks) if b.style == "turn")
    last = max(i for i, b in enumerate(blocks) if b.style == "turn")
    before, talk, after = blocks[:first], blocks[first : last + 1], blocks[last + 1 :]
    glued = before.pop().text if before and not before[-1].style and before[-1].text.endswith(("。", "：")) else ""
    run = gap.join([glued, *(lines.label(b.label) + b.text for b in talk)])
    return "\n".join([lines.line(b.text, b.style) for b in before] + [f"<p>{run}</p>"] + [lines.line(b.text, b.style) for b in after])  # fmt: skip
