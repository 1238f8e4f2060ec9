"""The SQLite store, derived from WARC: tables and views, reading, grouping into interviews, indexer,
rebuild, corrections.
"""
