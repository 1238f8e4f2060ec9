"""The words of a page: people, offices, dates and sentences of one split, drawn by one seed."""

from __future__ import annotations

import functools
import random
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

SPLITS = ("train", "held", "calib")
_NEVER_LAST = "小大少占若子卫长"
_RANKS = ("局长", "主任", "院长", "县长", "区长", "校长", "镇长", "主席", "教授", "司长", "厅长", "市长")


class Person(NamedTuple):
    """A guest; ``organization`` as this page prints it, empty when it prints none."""

    name: str
    organization: str
    post: str

    @property
    def surname(self) -> str:
        return self.name[:2] if len(self.name) == 4 else self.name[0]

    def truth(self) -> tuple[str, str, str]:
        """Name, organization and post; a bureau or council inside the post may be either's."""
        for inner in ("水资源司", "规划司", "政策法规司", "理事会", "监事会"):
            if self.post.startswith(inner):
                rest = self.post.removeprefix(inner)
                return self.name, f"{self.organization}|{self.organization}{inner}", f"{self.post}|{rest}"
        return self.name, self.organization, self.post

    @property
    def rank(self) -> str:
        """The word that follows the surname when he is addressed."""
        last = self.post.split("、")[-1].removeprefix("副").removeprefix("代")
        return last if last in _RANKS else "老师"


@functools.cache
def split_of(name: str) -> dict[str, Any]:
    """The frames and words of a split."""
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))


class Words:
    """What one page draws from: the same seed gives the same page."""

    def __init__(self, split: str, seed: int, number: int) -> None:
        self.split = split
        self.frames = split_of(split)
        self.r = random.Random(f"field-{split}-{seed}-{number}")
        self.county, self.domain = self.r.choice(self.frames["counties"])
        self.office = self.r.choice(self.frames["offices"])[0]
        self.topic = self.r.choice(self.frames["topics"])
        self.programme = self.r.choice(self.frames["programmes"])
        self.day = date(2006, 1, 10) + timedelta(days=self.r.randrange(6300))
        self.org_form = self.r.choices(["full", "short", "bare"], [5, 4, 1])[0]
        self.day_form = self.r.choices(["full", "no_year"], [3, 2])[0]
        self.stamp = "none"
        self._names: set[str] = set()

    def chance(self, share: float) -> bool:
        return self.r.random() < share

    def pick(self, weights: dict[str, float]) -> str:
        """One of the keys, by weight."""
        return self.r.choices(list(weights), list(weights.values()))[0]

    def name(self) -> str:
        """A name that this page has not used."""
        while True:
            surname = self.r.choice(self.frames["surnames"])
            if self.chance(0.03):
                surname = self.r.choice(self.frames["double_surnames"])
            given = "".join(self.r.sample(self.frames["given"], 2 if len(surname) == 2 or self.chance(0.72) else 1))
            if surname + given not in self._names and surname not in given and given[-1] not in _NEVER_LAST:
                self._names.add(surname + given)
                return surname + given

    def person(self, office: str | None = None) -> Person:
        """A guest of a county office, sometimes of a far one or a county leader."""
        name, kind = self.name(), self.pick({"county": 14, "far": 4, "leader": 2})
        if office or kind == "county":
            suffix, posts = next((o for o in self.frames["offices"] if o[0] == office), None) or self.r.choice(
                self.frames["offices"]
            )
            return Person(name, self.organization(suffix), self.r.choice(posts))
        if kind == "far":
            organization, posts = self.r.choice(self.frames["far_offices"])
            return Person(name, organization, self.r.choice(posts))
        return Person(name, "", self.r.choice(self.frames["lone_posts"]))

    def organization(self, suffix: str) -> str:
        """An office as this page prints it."""
        short = "" if suffix.endswith("镇") else self.county[-1]
        return {"full": self.county, "short": short, "bare": ""}[self.org_form] + suffix

    def date_words(self, day: date | None = None) -> str:
        """A day in running text."""
        day = day or self.day
        words = f"{day.month}月{day.day}日"
        return f"{day.year}年{words}" if self.day_form == "full" else words

    def fill(self, frame: str, person: Person | None = None, **more: str) -> str:
        """A frame with its slots filled."""
        slots = {
            "county": self.county,
            "office": self.office,
            "topic": self.topic,
            "programme": self.programme,
            "date": self.date_words(),
            "place": self.r.choice(self.frames["places"]),
            "nick": self.r.choice(self.frames["netizens"]),
            "n": str(self.r.randrange(12, 3000)),
            "s": str(self.r.randrange(3, 60)),
        }
        if person:
            slots |= {"org": person.organization, "post": person.post, "name": person.name}
            slots |= {"surname": person.surname, "rank": person.rank}
        return frame.format_map(slots | more)

    def sentence(self, key: str, person: Person | None = None, **more: str) -> str:
        """A filled frame of that list."""
        return self.fill(self.r.choice(self.frames[key]), person, **more)

    def speech(self, key: str, mean: int) -> str:
        """Sentences until the wished length is reached: most turns are short, some are long."""
        goal = min(self.r.lognormvariate(0, 0.75) * mean * 0.8, 900)
        frames = self.r.sample(self.frames[key], len(self.frames[key]))
        text = ""
        for frame in frames:
            text += self.fill(frame)
            if len(text) >= goal:
                break
        return text

    def listed(self, people: list[Person]) -> str:
        """Several guests in running text."""
        return "、".join(f"{p.organization}{p.post}{p.name}" for p in people)
