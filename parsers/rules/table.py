"""All rules by field, and what is asked of each field's claims.

To add a rule, write ``(Reading) -> Iterator[Found]`` in the file of its field and give it a row here. ``fangtan parse
--explain`` then shows which rules it beats on a page, and ``python benchmarks/accuracy.py`` what it is worth on all.

The prior of a row is a first guess of how often it is right. It decides between rows that contradict each other. How
sure the record then is does not depend on it, but on the counts of ``parsers/claims/calibration.toml``.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.claims.claim import Rule, collect
from parsers.claims.settle import Question, Settled, settle
from parsers.header import dates
from parsers.header.meta import same_title
from parsers.reading import Reading
from parsers.rules import bylines, guests, published, source, talk, title
from parsers.rules.housed import housed

RULES: Sequence[Rule[Reading]] = (
    Rule("meta", "title", 0.95, title.by_tag),
    Rule("element", "title", 0.9, title.by_heading),
    Rule("lines-of-title", "title", 0.85, title.lines_of_title, silent=True),
    Rule("above-info", "title", 0.8, title.above_info, silent=True),
    Rule("line-in-title", "title", 0.6, title.line_in_title, silent=True),
    Rule("head-title", "title", 0.45, title.by_head, silent=True),
    Rule("list", "title", 0.4, title.by_list, silent=True),
    Rule("label", "published_at", 0.95, published.by_label),
    Rule("meta", "published_at", 0.8, published.by_tag),
    Rule("info-row", "published_at", 0.9, published.by_info_row),
    Rule("position", "published_at", 0.83, published.by_position),
    Rule("release", "published_at", 0.8, bylines.by_release, silent=True),
    Rule("foot", "published_at", 0.8, published.by_foot, silent=True),
    Rule("short-year", "published_at", 0.7, published.by_short_year, silent=True),
    Rule("byline", "published_at", 0.6, bylines.by_byline, silent=True),
    Rule("board", "published_at", 0.6, bylines.by_board, silent=True),
    Rule("heading", "published_at", 0.5, bylines.by_heading, silent=True),
    Rule("dateline", "published_at", 0.5, published.by_dateline, silent=True),
    Rule("label", "source", 0.92, source.by_label),
    Rule("meta", "source", 0.8, source.by_tag),
    Rule("script", "source", 0.6, source.by_script, silent=True),
    Rule("row", "source", 0.6, source.by_row, silent=True),
    Rule("spelt", "source", 0.6, source.by_spelt_label, silent=True),
    Rule("byline", "source", 0.5, source.by_byline, silent=True),
    Rule("last-words", "source", 0.6, source.by_last_words, silent=True),
    Rule("label", "theme", 0.95, talk.theme_by_label),
    Rule("list", "theme", 0.5, talk.theme_by_list),
    Rule("label", "guests", 0.95, guests.by_label),
    Rule("biography", "guests", 0.9, guests.by_biography, silent=True),
    Rule("sentence", "guests", 0.8, housed(guests.by_sentence), silent=True),
    Rule("introduced", "guests", 0.75, housed(guests.by_introduction), silent=True),
    Rule("only-person", "guests", 0.6, guests.by_only_person, silent=True),
    Rule("list", "guests", 0.5, guests.by_list, silent=True),
    Rule("own-label", "guests", 0.7, housed(guests.by_own_label), silent=True),
    Rule("label", "time", 0.95, talk.time_by_label),
    Rule("sentence", "time", 0.8, talk.time_by_notice),
    Rule("sentence", "time", 0.8, talk.time_by_report),
    Rule("list", "time", 0.5, talk.time_by_list),
)

QUESTIONS = {
    question.field: question
    for question in (
        Question("title", margin=0.005, agree=same_title),
        Question("published_at", margin=0.002, floor=0.3, agree=dates.same_moment, finer=dates.is_finer),
        Question("source", margin=0.01, agree=source.says_the_same, finer=source.is_whole),
        Question("theme", margin=0.005),
        Question("guests", agree=guests.agree, finer=guests.names_more, shown=guests.shown),
        Question("time", margin=0.005, agree=dates.same_span, finer=dates.is_finer_span, shown=lambda span: span.text),
    )
}


def settled(field: str, reading: Reading) -> Settled:
    """Ask the rules of a field and choose between their claims."""
    return settle(QUESTIONS[field], collect([rule for rule in RULES if rule.field == field], reading))
