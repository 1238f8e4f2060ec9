-- The first schema: captures, what they say, interviews with their versions, full text. Helper tables begin with an underscore.
CREATE TABLE store_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sites (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, host TEXT NOT NULL, family TEXT, province TEXT, prefecture TEXT, county TEXT);
CREATE TABLE runs (
  id TEXT PRIMARY KEY, site TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, verdict TEXT NOT NULL, reason TEXT,
  pages INTEGER, interviews INTEGER, new INTEGER, changed INTEGER, gone INTEGER, unchanged INTEGER, errors INTEGER,
  declared INTEGER, got INTEGER, bytes INTEGER, exit_code INTEGER, code_version TEXT, report TEXT NOT NULL);
CREATE TABLE captures (
  id TEXT PRIMARY KEY, key TEXT NOT NULL, url TEXT NOT NULL, method TEXT NOT NULL, request_sha256 TEXT, fetched_at TEXT NOT NULL,
  status INTEGER NOT NULL, mime TEXT, charset TEXT, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, type TEXT NOT NULL, truncated TEXT,
  warc_file TEXT NOT NULL, warc_offset INTEGER NOT NULL, warc_length INTEGER NOT NULL, record_id TEXT NOT NULL UNIQUE,
  refers_to TEXT, run TEXT, site TEXT);
CREATE INDEX captures_key ON captures(key, fetched_at, id);
CREATE INDEX captures_run ON captures(run);
-- What a page capture says: its reading, and where it leads. Helper tables begin with an underscore.
CREATE TABLE _readings (
  capture TEXT PRIMARY KEY REFERENCES captures(id), key TEXT NOT NULL, kind TEXT NOT NULL, content_sha256 TEXT, talk TEXT,
  record TEXT NOT NULL, error TEXT);
CREATE INDEX _readings_key ON _readings(key);
CREATE INDEX _readings_talk ON _readings(talk) WHERE talk IS NOT NULL;
CREATE TABLE _parts (capture TEXT NOT NULL REFERENCES captures(id), part_key TEXT NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (capture, part_key));
CREATE INDEX _parts_key ON _parts(part_key);
CREATE TABLE _items (capture TEXT NOT NULL REFERENCES captures(id), key TEXT NOT NULL, position INTEGER NOT NULL, url TEXT NOT NULL,
  title TEXT NOT NULL, date TEXT, text TEXT NOT NULL, PRIMARY KEY (capture, key));
CREATE INDEX _items_key ON _items(key);
CREATE TABLE _redirects (capture TEXT PRIMARY KEY REFERENCES captures(id), key TEXT NOT NULL, url TEXT NOT NULL, target_key TEXT NOT NULL,
  since TEXT NOT NULL);
CREATE INDEX _redirects_target ON _redirects(target_key);
CREATE TABLE _cursor (warc_file TEXT PRIMARY KEY, offset INTEGER NOT NULL);
CREATE TABLE interview_urls (
  interview TEXT NOT NULL, key TEXT NOT NULL PRIMARY KEY, url TEXT NOT NULL, reason TEXT NOT NULL, since TEXT NOT NULL);
CREATE INDEX interview_urls_interview ON interview_urls(interview);
CREATE TABLE _interviews (
  uid TEXT PRIMARY KEY, site TEXT, url TEXT NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, gone_at TEXT);
CREATE TABLE versions (
  id TEXT PRIMARY KEY, interview TEXT NOT NULL REFERENCES _interviews(uid) ON DELETE CASCADE, version_no INTEGER NOT NULL,
  capture TEXT NOT NULL REFERENCES captures(id), parser TEXT NOT NULL, content_sha256 TEXT NOT NULL, newest INTEGER NOT NULL,
  kind TEXT NOT NULL, title TEXT, theme TEXT, published_at TEXT, time_text TEXT, time_start TEXT, time_end TEXT, time_precision TEXT,
  source TEXT, n_turns INTEGER NOT NULL, confidence REAL, family TEXT, encoding TEXT, evidence TEXT NOT NULL,
  UNIQUE (interview, version_no));
CREATE INDEX versions_newest ON versions(interview) WHERE newest;
CREATE TABLE version_captures (
  version TEXT NOT NULL REFERENCES versions(id) ON DELETE CASCADE, capture TEXT NOT NULL REFERENCES captures(id), part TEXT NOT NULL,
  PRIMARY KEY (version, capture, part));
CREATE INDEX version_captures_capture ON version_captures(capture);
CREATE TABLE _guests (version TEXT NOT NULL REFERENCES versions(id) ON DELETE CASCADE, seq INTEGER NOT NULL, name TEXT, organization TEXT,
  title TEXT, PRIMARY KEY (version, seq));
CREATE TABLE _turns (
  rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version TEXT NOT NULL REFERENCES versions(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
  speaker TEXT NOT NULL, person TEXT, role TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (version, seq));
CREATE TABLE qa (
  interview TEXT NOT NULL REFERENCES _interviews(uid) ON DELETE CASCADE, question_seq INTEGER NOT NULL, answer_seq INTEGER NOT NULL,
  asker TEXT NOT NULL, question TEXT NOT NULL, answerer TEXT, answer TEXT, PRIMARY KEY (interview, question_seq, answer_seq));
CREATE TABLE flags (
  interview TEXT NOT NULL REFERENCES _interviews(uid) ON DELETE CASCADE, version TEXT NOT NULL REFERENCES versions(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL, capture TEXT NOT NULL REFERENCES captures(id), rule TEXT NOT NULL, severity TEXT NOT NULL, field TEXT NOT NULL,
  text TEXT NOT NULL, char_start INTEGER, char_end INTEGER, suggestion TEXT, PRIMARY KEY (version, seq));
CREATE INDEX flags_interview ON flags(interview);

CREATE TABLE _digits (n INTEGER PRIMARY KEY);
INSERT INTO _digits WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 4095) SELECT n FROM c;
-- One character is one token: a phrase of characters is a substring search. The view of the content puts U+001F between characters.
CREATE VIRTUAL TABLE _turns_fts USING fts5(text, content=_turns_spaced, content_rowid=rowid, tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co P* S*'");
