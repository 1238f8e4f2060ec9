"""Every bound of the parsers in one place; an error names the one that was met."""

MAX_BYTES = 20 * 1024 * 1024  # a page; the longest real transcripts are below 2 MB
MAX_LINES = 200_000  # lines of one page
MAX_ITEMS = 5_000  # entries of one list page
MAX_TURNS = 200_000
MAX_PARTS = 500  # pages of one article or of one JSON talk
MAX_SCRIPT = 4_000_000  # characters of script that are searched for lists
