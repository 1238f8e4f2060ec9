"""Which turns or interviews: the same conditions for search, counts and exports."""

from __future__ import annotations

import re
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from archive.errors import ConfigError
from archive.research import known
from archive.store.query_language import parse
from parsers.record import GENRES, INTERVIEW_KINDS, KINDS, ROLES

_DAY = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
#: When the talk took place, else when it was published; empty for a talk without a date.
DATE = "coalesce(i.date, '')"
#: The view that joins a full-text index with its turns.
FIND = {"_turns_fts": "find", "_pairs_fts": "_find_pairs"}
#: Conditions that take one of a few values.
CHOICES = {"role": ROLES, "kind": tuple(kind for kind in KINDS if kind in INTERVIEW_KINDS), "genre": GENRES}


_KNOWN_ID = "SELECT 1 FROM interview_ids WHERE id = substr(?, 1, 16) LIMIT 1"
_NAME = "? IN ({0}.speaker, {0}.person)"
#: A person's id has the site, or what a correction says: two people of one name have two.
_PERSON = f"""({_NAME} OR EXISTS (SELECT 1 FROM _participants p WHERE p.interview = {{0}}.interview
    AND p.name = {{0}}.person AND p.person = ?))"""
#: Whoever speaks is of the organisation: the guest whose name the label resolves to, or, where it resolves to nobody,
#: a label that names the organisation, or any guest where all of the talk's guests are of it.
_OWN = """EXISTS (SELECT 1 FROM _participants p WHERE p.interview = {0}.interview AND p.listed
    AND instr(p.organization, ?)) AND (
  EXISTS (SELECT 1 FROM _participants p WHERE p.interview = {0}.interview AND p.listed AND p.name = {0}.person
    AND instr(p.organization, ?))
  OR {0}.role = 'guest' AND {0}.person IS NULL AND (instr({0}.speaker, ?) OR NOT EXISTS (
    SELECT 1 FROM _participants p WHERE p.interview = {0}.interview AND p.listed
      AND NOT coalesce(instr(p.organization, ?), 0))))"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all hold; ``None`` asks for nothing.

    :param year: of the talk, four digits; ``since`` and ``until`` (inclusive) days, months or years of it
    :param speaker: the label as printed, the name of the person behind it, or that person's id
    :param uid: any id that the interview, or a turn of it, ever had
    :param genre: interview, press_conference, hotline or other
    :param province: its name, or how that begins
    :param organization: part of an organisation's name: of one of the interview's guests; of turns, the speaker's own
    :param site: its id, or its whole name or host
    :param case: a query; of turns, those that match it in its own case (of interviews, so ``query`` is read)
    :param query: words as the search takes them; interviews that have a turn with them (of that role and speaker)
    :raises ConfigError: a date that the calendar lacks, dates that exclude each other, an unknown role, kind or genre;
        the message names the choices
    """

    site: str | None = None
    province: str | None = None
    year: str | None = None
    kind: str | None = None
    genre: str | None = None
    role: str | None = None
    speaker: str | None = None
    organization: str | None = None
    since: str | None = None
    until: str | None = None
    uid: str | None = None
    query: str | None = None
    case: str | None = None

    def __post_init__(self) -> None:
        for name in ("year", "since", "until"):
            value = getattr(self, name)
            if value is not None and not _is_date(value):
                raise ConfigError(f"--{name} {value}: expected a year, month or day such as 2021, 2021-12, 2021-12-23")
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in choices:
                raise ConfigError(f"--{name} {value}: expected one of {', '.join(choices)}")
        self._check_dates()

    def _check_dates(self) -> None:
        """:raises ConfigError: no day is in all that is asked for"""
        if self.since and self.until and self.since[: len(self.until)] > self.until:
            raise ConfigError(f"--since {self.since}: is behind --until {self.until}; nothing is both")
        if self.year and (
            (self.since and self.year < self.since[: len(self.year)])
            or (self.until and self.year[: len(self.until)] > self.until)
        ):
            raise ConfigError(f"--year {self.year}: is outside --since and --until; nothing is both")

    def check(self, connection: sqlite3.Connection, *, later: bool = False) -> Filter:
        """The filter with the id of the site that it names, and the province as sites have it.

        :param later: speakers and organisations may come yet: for watches and feeds
        :raises ConfigError: no such site or province, speaker or organisation; the message names some.
            No talk with such an id.
        """
        if self.uid is not None and not connection.execute(_KNOWN_ID, (self.uid,)).fetchone():
            raise ConfigError(f"--id {self.uid}: no talk or turn of that id is here")
        if self.speaker is not None and not later:
            known.speaker(connection, self.speaker)
        if self.organization is not None and not later:
            known.organization(connection, self.organization)
        named = None if self.province is None else known.province(connection, self.province)
        site = None if self.site is None else known.site(connection, self.site)
        return replace(self, province=named, site=site)

    def without_query(self) -> Filter:
        """The other conditions."""
        return replace(self, query=None)

    def without_case(self) -> Filter:
        """The other conditions, for turns in which nothing need be said."""
        return replace(self, case=None)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return all(getattr(self, f.name) is None for f in fields(self))

    def interviews(self) -> tuple[str, list[Any]]:
        """A condition on ``interviews i LEFT JOIN sites s``, and its values."""
        conditions, values = ["1"], list[Any]()
        for name, condition in (
            ("uid", "i.uid = (SELECT interview FROM interview_ids WHERE id = substr(?, 1, 16))"),
            ("site", "i.site = ?"),
            ("province", "substr(s.province, 1, length(?)) = ?"),
            ("year", f"substr({DATE}, 1, length(?)) = ?"),
            ("kind", "i.kind = ?"),
            ("genre", "i.genre = ?"),
            (
                "organization",
                "EXISTS (SELECT 1 FROM _participants p WHERE p.interview = i.uid AND instr(p.organization, ?))",
            ),
            ("since", f"{DATE} >= ?"),
            ("until", f"{DATE} > '' AND substr({DATE}, 1, length(?)) <= ?"),
        ):
            value = getattr(self, name)
            if value is not None:
                conditions.append(condition)
                values += [value] * condition.count("?")
        if self.query is not None:
            index, expression = parse(self.query, case=self.case is not None).index
            of_turn, turn_values = self.of_turns("m")
            conditions.append(f"i.uid IN (SELECT m.interview FROM {FIND[index]} m WHERE m.q MATCH ? AND {of_turn})")
            values += [expression, *turn_values]
        return " AND ".join(conditions), values

    def of_talks(self) -> tuple[str, list[Any]]:
        """As :meth:`interviews`, for talks that may have such turns: it costs less to look these turns up."""
        condition, values = self.interviews()
        if self.speaker is None:
            return condition, values
        return f"{condition} AND i.uid IN ({known.SPEAKING.replace('?1', '?')})", [
            *values,
            *[self.speaker] * known.SPEAKING.count("?1"),
        ]

    def of_turns(self, alias: str = "t") -> tuple[str, list[Any]]:
        """A condition on turns alone (under an alias), and its values."""
        condition, values = "1", list[Any]()
        if self.role is not None:
            condition, values = f"{condition} AND {alias}.role = ?", [*values, self.role]
        if self.speaker is not None:
            named = _PERSON.format(alias) if "/" in self.speaker else _NAME.format(alias)
            condition, values = f"{condition} AND {named}", [*values, *[self.speaker] * named.count("?")]
        if self.organization is not None:
            condition, values = f"{condition} AND {_OWN.format(alias)}", [*values, *[self.organization] * 4]
        if self.case is not None:
            condition, values = f"{condition} AND says({alias}.text, ?)", [*values, self.case]
        return condition, values

    def turns(self, alias: str = "t") -> tuple[str, list[Any]]:
        """A condition on turns besides that on their interview, and its values."""
        condition, values = self.interviews()
        of_turn, turn_values = self.of_turns(alias)
        return f"{condition} AND {of_turn}", [*values, *turn_values]


def _is_date(value: str) -> bool:
    if not _DAY.fullmatch(value):
        return False
    with suppress(ValueError):
        date.fromisoformat(value + "0000-01-01"[len(value) :])
        return True
    return False
