"""WARC files: HTTP messages, gzip members, records read and written, exchanges, the CDXJ index."""
