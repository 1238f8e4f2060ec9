"""The SQLite store, derived from WARC: tables and views, reading, grouping into interviews, indexer,
rebuild, corrections, codings.
"""

#: What other rooms may import; the rest is the store's own.
__all__ = [
    "codings", "corrections", "descriptions", "handed", "identity", "indexer", "layers", "losses", "names", "originals",
    "overlay", "packing", "parts", "plain_files", "query", "query_language", "reading", "readings", "rebuild", "removal", "reparse",
    "roles", "so_far", "store", "written",
]  # fmt: skip
