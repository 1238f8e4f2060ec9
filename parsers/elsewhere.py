"""Where the words of a talk are that its page does not show: in files, in frames. Both are its further parts."""

from __future__ import annotations

import re

from parsers.document import Page
from parsers.families import View
from parsers.interview import read_interview
from parsers.kinds import attachments_of
from parsers.lists.elsewhere import frames_of
from parsers.patterns import compiled

_WORD_FILE = compiled(r"\.docx\s*(?:$|[?#])", re.IGNORECASE)
_MAX_FILES = 5


def words_in_files(page: Page) -> tuple[str, ...]:
    """The Word files of a page whose talk is only in a file: its further parts."""
    files = [url for url in attachments_of(page.survey, page.base) if _WORD_FILE.search(url)]
    if not files or read_interview([page], None).kind != "attachment":
        return ()
    return tuple(files[:_MAX_FILES])


def words_in_frames(page: Page, view: View) -> tuple[str, ...]:
    """The frames of the page's own host that stand in its body's place: its further parts."""
    frames = tuple(frame.url for frame in frames_of(view))
    if not frames or read_interview([page], None).kind != "offsite":
        return ()
    return frames[:_MAX_FILES]
