"""Pages obey the ledger from the moment a takedown is in it, and show the store that is there now.

A takedown or a rebuild changes the store in a transaction, inside its file, so connections that are open see it with
their next statement. Two things they cannot see: a takedown that was killed between the ledger and the rows, and
another file under the store's name (one brought back from a backup). Both are looked for before each request, by the
looks of two files.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary, ref

from datasette.app import Datasette

from archive.handover.pending import hide_left
from archive.ledger.prefix import appearance
from archive.ledger.withheld import takedowns
from archive.store.store import open_reader
from archive.web.context import collection_of
from parsers.errors import FangtanError

log = logging.getLogger("fangtan")
App = Callable[[Any, Any, Any], Awaitable[None]]
_BUSY = "A takedown is being carried out; try again in a moment. 正在撤下内容，请稍后再试。\n".encode()


class Watch:
    """Looks before each request whether ledger or store have changed."""

    def __init__(self, datasette: Datasette) -> None:
        self.datasette, self.collection = ref(datasette), collection_of(datasette)
        self.store = appearance(self.collection.store)
        self.seen: object = None
        self.lock = Lock()

    async def look(self) -> None:
        """Nothing withheld is shown after this.

        :raises FangtanError: a takedown cannot be carried out
        """
        if self._state() != self.seen:
            await asyncio.to_thread(self._catch_up)

    def _catch_up(self) -> None:
        with self.lock:
            state = self._state()
            if state != self.seen:
                self._obey()
                self.seen = state

    def _state(self) -> object:
        return appearance(self.collection.ledger), appearance(self.collection.store)

    def _obey(self) -> None:
        if takedowns(self.collection).entries:
            if os.access(self.collection.root, os.W_OK):
                hide_left(self.collection)
            open_reader(self.collection.store).close()
        self._follow()

    def _follow(self) -> None:
        """Let go of a file that is no longer under the store's name: connections belong to threads,
        so new threads open the new one.
        """
        store = appearance(self.collection.store)
        if store is not None and self.store is not None and store[0] != self.store[0]:
            log.warning("%s: another file is there now; it is shown from here on", self.collection.store)
            datasette = self.datasette()
            assert datasette is not None  # it is answering
            old = datasette.executor
            datasette.executor = ThreadPoolExecutor(max_workers=datasette.setting("num_sql_threads"))
            datasette.get_database("fangtan").let_go()
            if old is not None:
                old.shutdown(wait=False)
        self.store = store or self.store


_watches: WeakKeyDictionary[Datasette, Watch] = WeakKeyDictionary()


def obedient(app: App, datasette: Datasette) -> App:
    """An application that shows nothing the ledger withholds."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            try:
                if datasette not in _watches:
                    _watches[datasette] = Watch(datasette)
                await _watches[datasette].look()
            except FangtanError as error:
                log.warning("%s", error)
                headers = [
                    (b"content-type", b"text/plain; charset=utf-8"),
                    (b"retry-after", b"5"),
                    (b"cache-control", b"no-store"),
                ]
                await send({"type": "http.response.start", "status": 503, "headers": headers})
                await send({"type": "http.response.body", "body": _BUSY})
                return
        await app(scope, receive, send)

    return wrapped
