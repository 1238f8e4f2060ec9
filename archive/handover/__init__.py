"""What comes in from others and goes out to them: packages, imports, takedowns, replay."""

#: What other rooms may import; the rest is this room's own.
__all__ = [
    "accounts",
    "by_site",
    "crawl_words",
    "imports",
    "merging",
    "ocfl",
    "pending",
    "personal",
    "recompress",
    "replay",
    "replay_check",
    "replay_results",
    "sifting",
    "transfer",
    "wacz",
    "withhold",
]
