-- What verify, record and the index need: records by place, metadata records, queued index lines.
CREATE INDEX captures_warc ON captures(warc_file, warc_offset);
CREATE INDEX versions_capture ON versions(capture);
-- CDXJ lines that are not yet in the index file.
CREATE TABLE _index_queue (line TEXT PRIMARY KEY) WITHOUT ROWID;
-- Metadata records: why a fetch failed, a server's certificates, what the parser read at the time.
CREATE TABLE _metadata (
  id TEXT PRIMARY KEY, about TEXT, kind TEXT NOT NULL, url TEXT NOT NULL, host TEXT NOT NULL, at TEXT NOT NULL, fields TEXT NOT NULL,
  warc_file TEXT NOT NULL, warc_offset INTEGER NOT NULL, warc_length INTEGER NOT NULL);
CREATE INDEX _metadata_about ON _metadata(about);
CREATE INDEX _metadata_host ON _metadata(warc_file, host) WHERE kind = 'tls';
