"""Who got which notice. Each receiver remembers it for itself, and only once it took the message.

So a receiver that is down gets it later, and nobody twice. What is to be reported is collected and sent as one message
to each receiver, at the end of a tick or after ten minutes.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.collection import clock
from archive.collection.folder import Collection
from archive.collection.receivers import receivers
from archive.collection.settings import Settings
from archive.collection.times import SHANGHAI
from archive.errors import ConfigError
from archive.history.health import Health, health, health_of
from crawler.schedule.channels import Channel, Undelivered, channel
from crawler.schedule.fixity import trouble
from crawler.schedule.memory import DIGEST, FILES, Memory, Open
from crawler.schedule.notices import Notice, damaged, digest, failure, gone, sites_changed, together
from crawler.schedule.ping import ping
from crawler.schedule.watches import found, look
from parsers.errors import FangtanError

log = logging.getLogger("fangtan")
#: While sites are being crawled, what is to be reported waits so long for more. A receiver that failed is tried
#: again as late.
_GAP_S = 600.0
#: A receiver that does not answer holds up nobody for longer.
_WAIT_S = 60.0


@dataclass(slots=True)
class _Delivery:
    """Messages to the receivers of one channel.

    :ivar failed: receiver → why it did not take a message
    """

    channel: Channel
    memory: Memory
    failed: dict[str, str]

    def tell(self, notice: Notice, receivers: Sequence[str], known: Iterable[Open] = ()) -> None:
        """Begin a message; who takes its first part has the notice, and gets the rest as fast as it may."""
        ready = [r for r in receivers if self.memory.may_send(r)]
        first, *rest = self.channel.split(notice)
        for receiver in self._sent(first, ready):
            self.memory.begun(receiver, known, rest)
            self.go_on(receiver)

    def go_on(self, receiver: str) -> None:
        """Send what is left of a message that was begun."""
        for number, part in self.memory.rest(receiver):
            if receiver in self.failed or not self.memory.may_send(receiver) or not self._sent(part, [receiver]):
                return
            self.memory.took(number)

    def _sent(self, notice: Notice, receivers: Sequence[str]) -> list[str]:
        """Who took it."""
        if not receivers:
            return []
        try:
            refused = self.channel.send(notice, receivers)
        except Undelivered as error:
            refused = dict.fromkeys(receivers, str(error))
        for receiver, why in refused.items():
            self.failed[receiver] = why
            log.warning("notice not delivered: %s: %s", self.channel.receivers[receiver], why)
        return [r for r in receivers if r not in refused]


def deliver(collection: Collection, notice: Notice) -> dict[str, str]:
    """Send to every receiver at once.

    :returns: for each receiver what came of it, in words: ``delivered``, or what failed
    """
    found = receivers(collection.settings.values["notify"])
    answers: dict[str, str] = {}

    def one(there: Channel) -> None:
        with closing(Memory(collection)) as memory:
            delivery = _Delivery(there, memory, {})
            delivery.tell(notice, list(there.receivers))
            for receiver, name in there.receivers.items():
                left = len(memory.rest(receiver))
                more = f"; {left} part(s) follow when the scheduler runs" if left else ""
                answers[name] = delivery.failed.get(receiver) or f"delivered{more}"

    channels = [channel(receiver) for receiver in found]
    _wait_for([_thread(one, there) for there in channels])
    return {name: answers.get(name, "no answer yet") for there in channels for name in there.receivers.values()}


def _thread(function: Any, *arguments: Any) -> threading.Thread:
    """A thread that may hang without holding up the end of the process."""
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    return thread


def _wait_for(threads: Iterable[threading.Thread]) -> None:
    deadline = time.monotonic() + _WAIT_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def tell_all(collection: Collection, reports: Iterable[dict[str, Any]], failed: Sequence[str]) -> None:
    """What a crawl without a scheduler has to report; where a scheduler is at work, that one reports it.

    :param reports: of the runs that ended
    :param failed: what had no run, in words
    """
    notifier = Notifier(collection)
    for line in notifier.wrong:
        log.warning("%s", line)
    for report in reports:
        notifier.heard(report)
    for file in collection.site_files():
        if file.problems:
            notifier.heard({"failed": file.id, "error": "\n".join(file.problems)})
    if failed:
        notifier.heard({"failed": "", "error": "\n".join(failed), "trouble": "crawl"})
    if collection.locked("scheduler") or not (notifier.channels or notifier.settings.get("notify", "ping")):
        return
    try:
        with collection.lock("notices", wait=_WAIT_S):  # of two crawls that end at once, one reports it all
            notifier.alive()
            notifier.close()
    except ConfigError as error:
        log.warning("notices wait for the next crawl: %s", error)


class Notifier:
    """What the scheduler reports; see :class:`crawler.schedule.scheduler.Scheduler`.

    :ivar wrong: entries of ``[notify]`` that cannot be used, in words; the others are
    """

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.threads: dict[str, threading.Thread] = {}
        self.not_before: dict[str, float] = {}
        self.since: float | None = None
        self.asked = self.watched = time.monotonic()
        self.unwatched: tuple[str, ...] = ()
        self._read(collection.settings)

    def _read(self, settings: Settings) -> None:
        self.settings = settings
        self.wrong = settings.problems["notify"]
        self.channels = {" ".join(r.receivers): channel(r) for r in receivers(settings.values["notify"])}
        self.digest_at: tuple[int, int] | None = settings.get("notify", "digest")

    def heard(self, message: dict[str, Any]) -> None:
        """An outcome or a failure: reported when it changes what is known of a site."""
        if not self.channels:
            return
        if "files" in message:
            self._files(message["files"])
            return
        if "failed" in message:
            error = message["error"]
            new = Open(message["failed"] or "*", message.get("trouble") or error, error)
        else:
            new = Open(message["site"], message["verdict"])
        with closing(Memory(self.collection)) as memory:
            memory.happened(new)
            if message.get("gone"):
                memory.gone(message["run"], message["site"])

    def _files(self, faults: list[str]) -> None:
        """What a check of all files found: reported when it found something else than before."""
        with closing(Memory(self.collection)) as memory:
            memory.happened(Open(FILES, *trouble(faults))) if faults else memory.over(FILES)

    def over(self) -> None:
        """The scheduler's own trouble is over: the next one is news again."""
        if self.channels:
            with closing(Memory(self.collection)) as memory:
                memory.over("*")

    def due(self, moment: datetime) -> datetime | None:
        """When the next digest is to be sent."""
        at = self._digest_of(moment)
        return at if at is None or at > moment else at + timedelta(days=1)

    def _digest_of(self, moment: datetime) -> datetime | None:
        if self.digest_at is None or not self.channels:
            return None
        hour, minute = self.digest_at
        return moment.astimezone(SHANGHAI).replace(hour=hour, minute=minute, second=0, microsecond=0)

    def _day(self, moment: datetime) -> str | None:
        """The day of the digest that is due, once a day."""
        at = self._digest_of(moment)
        return None if at is None or at > moment else f"{at:%Y-%m-%d}"

    def tick(self, moment: datetime, *, idle: bool) -> None:
        """Report what is to be reported: when nothing is being crawled, or when something has waited for ten minutes.

        :param idle: nothing is being crawled and nothing is due
        """
        if self.collection.settings is not self.settings:  # fangtan.toml has changed
            self._read(self.collection.settings)
        if time.monotonic() - self.asked >= _GAP_S:
            self.alive()
        if not self.channels:
            return
        self._watch(idle=idle)
        now = time.monotonic()
        if not self._waits(moment):
            self.since = None
        elif self.since is None:
            self.since = now
        if self.since is not None and (idle or now - self.since >= _GAP_S):
            self._flush(moment)
            if clock.rehearsed():  # its hours pass in no time
                _wait_for(self.threads.values())

    def _watch(self, *, idle: bool) -> None:
        """Look for what watched queries find, between crawls or every ten minutes; a fault stops no other notice."""
        if not idle and time.monotonic() - self.watched < _GAP_S:
            return
        self.watched = time.monotonic()
        try:
            with closing(Memory(self.collection)) as memory:
                problems = tuple(look(self.collection, memory, self.settings.get("notify", "watch") or ()))
        except (FangtanError, sqlite3.Error) as error:
            problems = (str(error),)
        for problem in () if problems == self.unwatched else problems:
            log.warning("watch: %s", problem)
        self.unwatched = problems

    def _waits(self, moment: datetime) -> bool:
        """Whether anything is to be reported to anybody."""
        day = self._day(moment)
        names = [name for there in self.channels.values() for name in there.receivers]
        with closing(Memory(self.collection)) as memory:
            return any(memory.open(name, day) or memory.rest(name) for name in names)

    def alive(self) -> None:
        """Ask the address of ``[notify] ping``: who does not hear of us for long knows that we are dead."""
        self.asked = time.monotonic()
        address = self.settings.get("notify", "ping")
        busy = "ping" in self.threads and self.threads["ping"].is_alive()
        if address is not None and not busy:
            self.threads["ping"] = _thread(ping, address)

    def close(self) -> None:
        """Report what is left, and wait for answers, though not forever."""
        self.tick(clock.now(), idle=True)
        _wait_for(self.threads.values())

    def _flush(self, moment: datetime) -> None:
        for name, there in self.channels.items():
            busy = name in self.threads and self.threads[name].is_alive()
            if not busy and self.not_before.get(name, 0.0) <= time.monotonic():
                self.threads[name] = _thread(self._tell, name, there, moment)

    def _tell(self, name: str, there: Channel, moment: datetime) -> None:
        """One channel; whatever goes wrong with it concerns no other."""
        try:
            with closing(Memory(self.collection)) as memory:
                delivery = _Delivery(there, memory, {})
                self._tell_all(delivery, moment)
            failed = bool(delivery.failed)
        except Exception:
            log.exception("notices: our bug")
            failed = True
        if failed:
            self.not_before[name] = time.monotonic() + _GAP_S

    def _tell_all(self, delivery: _Delivery, moment: datetime) -> None:
        """The rest of what was begun, then one message to all who lack the same."""
        groups: dict[tuple[Open, ...], list[str]] = {}
        for receiver in delivery.channel.receivers:
            delivery.go_on(receiver)
            if delivery.memory.rest(receiver):
                continue
            if new := delivery.memory.open(receiver, self._day(moment)):
                groups.setdefault(new, []).append(receiver)
        for new, who in groups.items():
            notices = self._in_words(new, moment)
            if notices:
                delivery.tell(together(notices), who, new)
            else:
                for receiver in who:
                    delivery.memory.begun(receiver, new, ())

    def _in_words(self, new: Iterable[Open], moment: datetime) -> list[Notice]:
        """The notices; of a site that is no more there is nothing to say."""
        new = list(new)
        names = [
            i.subject for i in new if i.subject != DIGEST and i.error is None and i.gone_in is None and i.watch is None
        ]
        rows = self._rows(names, moment)
        notices = [self._notice(item, moment) for item in new]
        changed = [rows[name] for name in names if name in rows]
        return [*filter(None, notices), *sites_changed(self.collection, changed, rows.values())]

    def _notice(self, item: Open, moment: datetime) -> Notice | None:
        """The notice of one item; ``None`` where its site's health says it, or nothing is to be said."""
        if item.subject == DIGEST:
            return digest(self.collection, moment)
        if item.subject == FILES:
            return damaged(item.error or "")
        if item.error is not None:
            return failure(None if item.subject == "*" else item.subject, item.error)
        if item.watch is not None:
            return found(self.collection, item.watch, int(item.known or 0))
        if item.gone_in is not None:
            return gone(self.collection, item.site, item.gone_in)
        return None

    def _rows(self, names: list[str], moment: datetime) -> dict[str, Health]:
        """The health of sites; for one alone, its reports alone are read."""
        one = [row for name in names if (row := health_of(self.collection, name, moment))] if len(names) == 1 else []
        return {row.id: row for row in (health(self.collection, moment) if len(names) > 1 else one)}
