"""The one exception tree of fangtan. Please add no exception anywhere else.

::

    FangtanError            exit code 1 unless a subclass says otherwise (parsers.errors)
    ├── ConfigError         2: fangtan.toml, a site file or the command line
    │   ├── BrokenSite      a site file; other sites can be crawled
    │   └── ClockError      the clock is behind what the ledger knows: no run may begin
    ├── PageError           3: one page; carries its URL (parsers.errors)
    │   ├── Unparsable      bytes that hold no document at all
    │   └── PageTooLarge    a limit of parsers.limits, named in the message
    ├── CrawlError          3: a run that did not do what it was asked
    │   └── CaptureBroken   the bytes kept would not be the bytes sent
    └── ArchiveError        5: what is kept contradicts itself
        ├── RecordMissing   a row points at a record that is not there
        ├── DecodedTooLarge a limit of archive.warc.codings, named in the message
        └── StoreError      the SQLite file is foreign, half-migrated, locked or read-only (exit code 2)

A message names the file or URL, what was expected and what was found.
"""

from __future__ import annotations

from parsers.errors import FangtanError


class ConfigError(FangtanError):
    """A setting, a site file or an argument cannot be used."""

    exit_code = 2


class BrokenSite(ConfigError):
    """A site file cannot be used; names file and line. It concerns its own site only."""


class ClockError(ConfigError):
    """The machine's clock runs backwards; names both times. It concerns every site."""


class CrawlError(FangtanError):
    """A run could not be carried out."""

    exit_code = 3


class CaptureBroken(CrawlError):
    """The capture tee does not see what is on the wire; nothing may be fetched."""


class ArchiveError(FangtanError):
    """The archive contradicts itself."""

    exit_code = 5


class RecordMissing(ArchiveError):
    """A WARC record that a row or an index names cannot be read."""


class StoreError(ArchiveError):
    """The store cannot be opened as a fangtan store."""

    exit_code = 2


class DecodedTooLarge(ArchiveError):
    """A body has more content codings, or more bytes without them, than we take."""
