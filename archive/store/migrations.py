"""The store's schema, as numbered migrations. A released migration is never edited; a change is a new one.

Plain SQLite on purpose: no extension, no custom tokenizer, no STRICT, so that the ``sqlite3`` shell, DB Browser and stock
Datasette read the file. One character is one full-text token (a phrase of characters is a substring search).
"""

from __future__ import annotations

import json
import sqlite3

from archive.collection.tables import Database, Migrations
from archive.collection.urls import uid_of
from archive.store.descriptions import described
from archive.store.names import REASONS, words_of
from archive.store.query import paired

migrations = Migrations("fangtan")

TOKENIZE = "unicode61 remove_diacritics 0 categories 'L* N* Co P* S*'"

_TABLES = """
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
"""

# The full-text index reads its content from a view that puts U+001F between characters, in SQL alone: snippet(), rebuild
# and integrity-check work in a bare shell. Pieces of 64 characters keep the work linear.
_SPACED = """
CREATE TABLE _digits (n INTEGER PRIMARY KEY);
INSERT INTO _digits WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 4095) SELECT n FROM c;
CREATE VIEW _turns_spaced AS
  SELECT t.rowid AS rowid, (
    SELECT group_concat(piece, char(31)) FROM (
      SELECT (SELECT group_concat(substr(substr(t.text, 64 * c.n + 1, 64), d.n + 1, 1), char(31)) FROM _digits d
              WHERE d.n < min(64, length(t.text) - 64 * c.n)) AS piece
      FROM _digits c WHERE c.n < (length(t.text) + 63) / 64)) AS text
  FROM _turns t JOIN versions v ON v.id = t.version AND v.newest;
"""

_VIEWS = """
CREATE VIEW interviews AS
  SELECT i.uid AS id, i.uid AS uid, i.site AS site, i.url AS url, v.kind AS kind, v.title AS title, v.theme AS theme,
    v.published_at AS published_at, v.time_start AS time_start, v.time_end AS time_end, v.time_precision AS time_precision,
    v.source AS source, v.n_turns AS n_turns, v.confidence AS confidence, i.first_seen AS first_seen, i.last_seen AS last_seen,
    i.gone_at AS gone_at, v.capture AS capture
  FROM _interviews i JOIN versions v ON v.interview = i.uid AND v.newest;
CREATE VIEW guests AS
  SELECT v.interview AS interview, g.seq AS seq, g.name AS name, g.organization AS organization, g.title AS title, g.name AS person
  FROM _guests g JOIN versions v ON v.id = g.version WHERE v.newest;
CREATE VIEW turns AS
  SELECT t.id AS id, v.interview AS interview, t.seq AS seq, t.speaker AS speaker, t.person AS person, t.role AS role, t.text AS text,
    v.capture AS capture
  FROM _turns t JOIN versions v ON v.id = t.version WHERE v.newest;
CREATE VIEW find AS
  SELECT f._turns_fts AS q, t.id AS id, v.interview AS interview, t.seq AS seq, t.speaker AS speaker, t.person AS person, t.role AS role,
    t.text AS text, v.capture AS capture
  FROM _turns_fts f JOIN _turns t ON t.rowid = f.rowid JOIN versions v ON v.id = t.version;
CREATE VIEW find_ranked AS
  SELECT f._turns_fts AS q, t.id AS id, v.interview AS interview, t.seq AS seq, t.speaker AS speaker, t.role AS role, t.text AS text,
    v.capture AS capture, replace(snippet(_turns_fts, 0, '[', ']', '…', 48), char(31), '') AS hit, bm25(_turns_fts) AS score
  FROM _turns_fts f JOIN _turns t ON t.rowid = f.rowid JOIN versions v ON v.id = t.version;
CREATE VIEW history AS
  SELECT v.interview AS interview, v.version_no AS version_no, v.kind AS kind, v.title AS title, v.n_turns AS n_turns,
    c.fetched_at AS fetched_at, v.capture AS capture, v.content_sha256 AS content_sha256
  FROM versions v JOIN captures c ON c.id = v.capture;
CREATE VIEW provenance AS
  SELECT v.interview AS interview, v.version_no AS version_no, x.part AS part, c.url AS url, c.fetched_at AS fetched_at, c.status AS status,
    c.sha256 AS sha256, c.warc_file AS warc_file, c.warc_offset AS warc_offset, c.warc_length AS warc_length, c.record_id AS record_id
  FROM version_captures x JOIN versions v ON v.id = x.version JOIN captures c ON c.id = x.capture;
CREATE VIEW citation AS
  SELECT i.uid AS interview, coalesce(s.name, i.site, '') || '. ' || coalesce(i.title, i.url) || '[EB/OL]. ' ||
    CASE WHEN i.published_at IS NOT NULL THEN '(' || substr(i.published_at, 1, 10) || ')' ELSE '' END ||
    '[' || substr(c.fetched_at, 1, 10) || ']. ' || i.url || '.' AS gbt7714
  FROM interviews i JOIN captures c ON c.id = i.capture LEFT JOIN sites s ON s.id = i.site;
CREATE VIEW coverage AS
  SELECT i.site AS site, count(*) AS interviews, sum(i.kind = 'transcript') AS transcripts, sum(i.kind = 'video') AS videos,
    sum(i.kind = 'attachment') AS attachments, sum(i.kind = 'notice') AS notices, sum(i.gone_at IS NOT NULL) AS gone,
    min(coalesce(i.time_start, substr(i.published_at, 1, 10))) AS earliest, max(coalesce(i.time_start, substr(i.published_at, 1, 10))) AS latest
  FROM interviews i GROUP BY i.site;
"""


def _connection(db: Database) -> sqlite3.Connection:
    connection = db.conn
    assert isinstance(connection, sqlite3.Connection)
    return connection


@migrations()
def m001_first_schema(db: Database) -> None:
    """Tables, full text, views."""
    connection = _connection(db)
    for script in (_TABLES, _SPACED):
        _run(connection, script)
    connection.execute(
        f'CREATE VIRTUAL TABLE _turns_fts USING fts5(text, content=_turns_spaced, content_rowid=rowid, tokenize="{TOKENIZE}")'
    )
    _run(connection, _VIEWS)


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Statements one by one: ``executescript`` would commit the migration's transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


_PROOF = """
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
"""


@migrations()
def m002_proof(db: Database) -> None:
    """What verify, record and the index need: records by place, metadata records, queued index lines."""
    _run(_connection(db), _PROOF)


# Corrections: the parsed value stays in its column, the corrected one beside it as JSON ({"new": …}: a correction may also be to nothing).
_CORRECTIONS = """
ALTER TABLE versions ADD COLUMN corrected_kind TEXT;
ALTER TABLE versions ADD COLUMN corrected_title TEXT;
ALTER TABLE versions ADD COLUMN corrected_theme TEXT;
ALTER TABLE versions ADD COLUMN corrected_published_at TEXT;
ALTER TABLE versions ADD COLUMN corrected_time_start TEXT;
ALTER TABLE versions ADD COLUMN corrected_time_end TEXT;
ALTER TABLE versions ADD COLUMN corrected_source TEXT;
ALTER TABLE _guests ADD COLUMN corrected_name TEXT;
ALTER TABLE _guests ADD COLUMN corrected_organization TEXT;
ALTER TABLE _guests ADD COLUMN corrected_title TEXT;
ALTER TABLE _turns ADD COLUMN corrected_speaker TEXT;
ALTER TABLE _turns ADD COLUMN corrected_person TEXT;
ALTER TABLE _turns ADD COLUMN corrected_role TEXT;
CREATE TABLE corrections (
  number INTEGER PRIMARY KEY, interview TEXT NOT NULL, field TEXT NOT NULL, old TEXT, new TEXT, author TEXT NOT NULL, reason TEXT NOT NULL,
  date TEXT NOT NULL, parsed TEXT, applied INTEGER NOT NULL);
DROP VIEW interviews;
DROP VIEW guests;
DROP VIEW turns;
DROP VIEW find;
DROP VIEW find_ranked;
DROP VIEW citation;
DROP VIEW coverage;
CREATE VIEW interviews AS
  SELECT i.uid AS id, i.uid AS uid, i.site AS site, i.url AS url, CASE WHEN v.corrected_kind IS NOT NULL THEN json_extract(v.corrected_kind, '$.new') ELSE v.kind END AS kind,
    CASE WHEN v.corrected_title IS NOT NULL THEN json_extract(v.corrected_title, '$.new') ELSE v.title END AS title,
    CASE WHEN v.corrected_theme IS NOT NULL THEN json_extract(v.corrected_theme, '$.new') ELSE v.theme END AS theme,
    CASE WHEN v.corrected_published_at IS NOT NULL THEN json_extract(v.corrected_published_at, '$.new') ELSE v.published_at END AS published_at,
    CASE WHEN v.corrected_time_start IS NOT NULL THEN json_extract(v.corrected_time_start, '$.new') ELSE v.time_start END AS time_start,
    CASE WHEN v.corrected_time_end IS NOT NULL THEN json_extract(v.corrected_time_end, '$.new') ELSE v.time_end END AS time_end,
    v.time_precision AS time_precision, CASE WHEN v.corrected_source IS NOT NULL THEN json_extract(v.corrected_source, '$.new') ELSE v.source END AS source, v.n_turns AS n_turns,
    v.confidence AS confidence, i.first_seen AS first_seen, i.last_seen AS last_seen, i.gone_at AS gone_at, v.capture AS capture
  FROM _interviews i JOIN versions v ON v.interview = i.uid AND v.newest;
CREATE VIEW guests AS
  SELECT v.interview AS interview, g.seq AS seq, CASE WHEN g.corrected_name IS NOT NULL THEN json_extract(g.corrected_name, '$.new') ELSE g.name END AS name,
    CASE WHEN g.corrected_organization IS NOT NULL THEN json_extract(g.corrected_organization, '$.new') ELSE g.organization END AS organization,
    CASE WHEN g.corrected_title IS NOT NULL THEN json_extract(g.corrected_title, '$.new') ELSE g.title END AS title,
    CASE WHEN g.corrected_name IS NOT NULL THEN json_extract(g.corrected_name, '$.new') ELSE g.name END AS person
  FROM _guests g JOIN versions v ON v.id = g.version WHERE v.newest;
CREATE VIEW turns AS
  SELECT t.id AS id, v.interview AS interview, t.seq AS seq, CASE WHEN t.corrected_speaker IS NOT NULL THEN json_extract(t.corrected_speaker, '$.new') ELSE t.speaker END AS speaker,
    CASE WHEN t.corrected_person IS NOT NULL THEN json_extract(t.corrected_person, '$.new') ELSE t.person END AS person,
    CASE WHEN t.corrected_role IS NOT NULL THEN json_extract(t.corrected_role, '$.new') ELSE t.role END AS role, t.text AS text, v.capture AS capture
  FROM _turns t JOIN versions v ON v.id = t.version WHERE v.newest;
CREATE VIEW find AS
  SELECT f._turns_fts AS q, t.id AS id, v.interview AS interview, t.seq AS seq, CASE WHEN t.corrected_speaker IS NOT NULL THEN json_extract(t.corrected_speaker, '$.new') ELSE t.speaker END AS speaker,
    CASE WHEN t.corrected_person IS NOT NULL THEN json_extract(t.corrected_person, '$.new') ELSE t.person END AS person,
    CASE WHEN t.corrected_role IS NOT NULL THEN json_extract(t.corrected_role, '$.new') ELSE t.role END AS role, t.text AS text, v.capture AS capture
  FROM _turns_fts f JOIN _turns t ON t.rowid = f.rowid JOIN versions v ON v.id = t.version;
CREATE VIEW find_ranked AS
  SELECT f._turns_fts AS q, t.id AS id, v.interview AS interview, t.seq AS seq, CASE WHEN t.corrected_speaker IS NOT NULL THEN json_extract(t.corrected_speaker, '$.new') ELSE t.speaker END AS speaker,
    CASE WHEN t.corrected_role IS NOT NULL THEN json_extract(t.corrected_role, '$.new') ELSE t.role END AS role, t.text AS text,
    v.capture AS capture, replace(snippet(_turns_fts, 0, '[', ']', '…', 48), char(31), '') AS hit, bm25(_turns_fts) AS score
  FROM _turns_fts f JOIN _turns t ON t.rowid = f.rowid JOIN versions v ON v.id = t.version;
"""

# One name on one site is one person; whoever knows better corrects it. Ids are readable and hang on no order.
_PEOPLE = """
CREATE VIEW participants AS
  SELECT g.interview AS interview, CASE WHEN g.name IS NOT NULL THEN coalesce(i.site, '') || '/' || g.name END AS person,
    coalesce(g.name, '') AS name, 'guest' AS role, g.organization AS organization, g.title AS title,
    (SELECT count(*) FROM turns t WHERE t.interview = g.interview AND t.person = g.name) AS turns,
    (SELECT coalesce(sum(length(t.text)), 0) FROM turns t WHERE t.interview = g.interview AND t.person = g.name) AS characters
  FROM guests g JOIN _interviews i ON i.uid = g.interview
  UNION ALL
  SELECT t.interview, CASE WHEN t.person IS NOT NULL THEN coalesce(i.site, '') || '/' || t.person END, coalesce(t.person, t.speaker), t.role, NULL, NULL,
    count(*), sum(length(t.text))
  FROM turns t JOIN _interviews i ON i.uid = t.interview
  WHERE NOT EXISTS (SELECT 1 FROM guests g WHERE g.interview = t.interview AND g.name = t.person)
  GROUP BY t.interview, coalesce(t.person, t.speaker), t.role;
CREATE VIEW persons AS
  SELECT person AS id, site, name, 'same name, same site' AS method, count(DISTINCT interview) AS interviews, min(day) AS first, max(day) AS last,
    group_concat(post, '；') AS posts
  FROM (
    SELECT coalesce(i.site, '') || '/' || g.name AS person, i.site AS site, g.name AS name, g.interview AS interview,
      coalesce(i.time_start, i.published_at, i.first_seen) AS day,
      CASE WHEN row_number() OVER (PARTITION BY i.site, g.name, g.organization, g.title ORDER BY coalesce(i.time_start, i.published_at, i.first_seen), g.interview) = 1
        THEN nullif(trim(coalesce(g.organization, '') || ' ' || coalesce(g.title, '')), '') END AS post
    FROM guests g JOIN interviews i ON i.uid = g.interview WHERE g.name IS NOT NULL ORDER BY day, g.interview)
  GROUP BY person;
CREATE VIEW organizations AS
  SELECT i.site AS site, g.organization AS name, count(DISTINCT g.interview) AS interviews, count(DISTINCT g.name) AS guests
  FROM guests g JOIN _interviews i ON i.uid = g.interview WHERE g.organization IS NOT NULL GROUP BY i.site, g.organization;
"""


@migrations()
def m003_people(db: Database) -> None:
    """Corrections as a layer under the public views; persons, participants, organisations; what everything means."""
    connection = _connection(db)
    views = _view("citation"), _view("coverage")
    for script in (_CORRECTIONS, *views, _PEOPLE):
        _run(connection, script)
    _describe(connection)


# A notice and what came of it stand on two pages: one day, and one guest, organisation or theme in common.
_ANNOUNCEMENTS = """
CREATE VIEW announcements AS
  SELECT n.uid AS notice, i.uid AS interview, n.site AS site, substr(n.time_start, 1, 10) AS day,
    CASE WHEN EXISTS (SELECT 1 FROM guests a JOIN guests b ON b.name = a.name WHERE a.interview = n.uid AND b.interview = i.uid) THEN 'same day, same guest'
      WHEN n.theme = i.theme THEN 'same day, same theme' ELSE 'same day, same organization' END AS method
  FROM interviews n JOIN interviews i ON i.site = n.site AND i.uid <> n.uid AND substr(i.time_start, 1, 10) = substr(n.time_start, 1, 10)
  WHERE n.kind = 'notice' AND i.kind IN ('transcript', 'summary', 'video', 'attachment', 'offsite') AND length(n.time_start) >= 10
    AND (n.theme = i.theme OR EXISTS (
      SELECT 1 FROM guests a JOIN guests b ON b.name = a.name OR (b.organization = a.organization AND (a.name IS NULL OR b.name IS NULL))
      WHERE a.interview = n.uid AND b.interview = i.uid));
"""


@migrations()
def m004_announcements(db: Database) -> None:
    """Which notice announced which talk."""
    connection = _connection(db)
    _run(connection, _ANNOUNCEMENTS)
    _describe(connection)


# A search shows its first page by walking the talks from the newest on, so their order is an index. Triggers keep it whoever writes.
_DATED = """
ALTER TABLE _interviews ADD COLUMN date TEXT;
ALTER TABLE versions ADD COLUMN characters INTEGER NOT NULL DEFAULT 0;
DROP VIEW interviews;
CREATE VIEW interviews AS
{interviews};
CREATE INDEX _interviews_date ON _interviews(date, uid);
CREATE TRIGGER _versions_inserted AFTER INSERT ON versions WHEN new.newest BEGIN
  UPDATE _interviews SET date = (SELECT coalesce(time_start, published_at, first_seen) FROM interviews WHERE uid = new.interview) WHERE uid = new.interview;
END;
CREATE TRIGGER _versions_updated AFTER UPDATE OF newest, corrected_time_start, corrected_published_at ON versions WHEN new.newest BEGIN
  UPDATE _interviews SET date = (SELECT coalesce(time_start, published_at, first_seen) FROM interviews WHERE uid = new.interview) WHERE uid = new.interview;
END;
CREATE TRIGGER _interviews_updated AFTER UPDATE OF first_seen ON _interviews BEGIN
  UPDATE _interviews SET date = (SELECT coalesce(time_start, published_at, first_seen) FROM interviews WHERE uid = new.uid) WHERE uid = new.uid;
END;
-- Corrections are laid on anew after each pass: what they stand on is found at once.
CREATE INDEX _versions_corrected ON versions(interview) WHERE corrected_kind IS NOT NULL OR corrected_title IS NOT NULL OR corrected_theme IS NOT NULL
  OR corrected_published_at IS NOT NULL OR corrected_time_start IS NOT NULL OR corrected_time_end IS NOT NULL OR corrected_source IS NOT NULL;
CREATE INDEX _guests_corrected ON _guests(version) WHERE corrected_name IS NOT NULL OR corrected_organization IS NOT NULL OR corrected_title IS NOT NULL;
CREATE INDEX _turns_corrected ON _turns(version) WHERE corrected_speaker IS NOT NULL OR corrected_person IS NOT NULL OR corrected_role IS NOT NULL;
UPDATE _interviews SET date = (SELECT coalesce(i.time_start, i.published_at, i.first_seen) FROM interviews i WHERE i.uid = _interviews.uid);
UPDATE versions SET characters = (SELECT coalesce(sum(length(t.text)), 0) FROM _turns t WHERE t.version = versions.id);
"""


@migrations()
def m005_dated(db: Database) -> None:
    """The date of each interview, in order, and how much is said in it; corrected rows by index."""
    connection = _connection(db)
    start = _CORRECTIONS.index("  SELECT i.uid AS id", _CORRECTIONS.index("CREATE VIEW interviews AS"))
    earlier = _CORRECTIONS[start : _CORRECTIONS.index(";", start)]
    columns = "v.capture AS capture, i.date AS date, v.characters AS characters"
    _run(connection, _DATED.format(interviews=earlier.replace("v.capture AS capture", columns)))
    _describe(connection)


# A phrase of characters reads a long list for each of its characters; a phrase of pairs reads short ones. It holds no text of its own, and only
# our connections ask it: what it holds cannot be said in SQL.
_PAIRS = f"""
CREATE VIRTUAL TABLE _pairs_fts USING fts5(text, content='', tokenize="{TOKENIZE}");
CREATE VIEW _find_pairs AS
{_CORRECTIONS[_CORRECTIONS.index("  SELECT f._turns_fts AS q", _CORRECTIONS.index("CREATE VIEW find AS")) : _CORRECTIONS.index("CREATE VIEW find_ranked")].replace("_turns_fts", "_pairs_fts")}"""


@migrations()
def m006_pairs(db: Database) -> None:
    """A second full-text index, over pairs of characters."""
    connection = _connection(db)
    _run(connection, _PAIRS)
    texts = connection.execute("SELECT t.rowid, t.text FROM _turns t JOIN versions v ON v.id = t.version AND v.newest")
    connection.executemany(
        "INSERT INTO _pairs_fts(rowid, text) VALUES (?, ?)", ((row, paired(text)) for row, text in texts)
    )


# Whoever knows better says so: two persons are one (`same_as`), or one name is another person (`guests[N].person`).
_SAME = """
CREATE TABLE _same (person TEXT PRIMARY KEY, target TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX _same_target ON _same(target);
ALTER TABLE _guests ADD COLUMN corrected_person TEXT;
DROP INDEX _guests_corrected;
CREATE INDEX _guests_corrected ON _guests(version) WHERE corrected_name IS NOT NULL OR corrected_organization IS NOT NULL OR corrected_title IS NOT NULL
  OR corrected_person IS NOT NULL;
DROP VIEW guests;
DROP VIEW participants;
DROP VIEW persons;
CREATE VIEW guests AS
  SELECT v.interview AS interview, g.seq AS seq, CASE WHEN g.corrected_name IS NOT NULL THEN json_extract(g.corrected_name, '$.new') ELSE g.name END AS name,
    CASE WHEN g.corrected_organization IS NOT NULL THEN json_extract(g.corrected_organization, '$.new') ELSE g.organization END AS organization,
    CASE WHEN g.corrected_title IS NOT NULL THEN json_extract(g.corrected_title, '$.new') ELSE g.title END AS title,
    CASE WHEN g.corrected_person IS NOT NULL THEN json_extract(g.corrected_person, '$.new')
      WHEN g.corrected_name IS NOT NULL THEN json_extract(g.corrected_name, '$.new') ELSE g.name END AS person
  FROM _guests g JOIN versions v ON v.id = g.version WHERE v.newest;
CREATE VIEW participants AS
  SELECT g.interview AS interview, coalesce(s.target, coalesce(i.site, '') || '/' || g.person) AS person,
    coalesce(g.name, '') AS name, 'guest' AS role, g.organization AS organization, g.title AS title,
    (SELECT count(*) FROM turns t WHERE t.interview = g.interview AND t.person = g.name) AS turns,
    (SELECT coalesce(sum(length(t.text)), 0) FROM turns t WHERE t.interview = g.interview AND t.person = g.name) AS characters
  FROM guests g JOIN _interviews i ON i.uid = g.interview LEFT JOIN _same s ON s.person = coalesce(i.site, '') || '/' || g.person
  UNION ALL
  SELECT t.interview, coalesce(s.target, coalesce(i.site, '') || '/' || t.person), coalesce(t.person, t.speaker), t.role, NULL, NULL,
    count(*), sum(length(t.text))
  FROM turns t JOIN _interviews i ON i.uid = t.interview LEFT JOIN _same s ON s.person = coalesce(i.site, '') || '/' || t.person
  WHERE NOT EXISTS (SELECT 1 FROM guests g WHERE g.interview = t.interview AND g.name = t.person)
  GROUP BY t.interview, coalesce(t.person, t.speaker), t.role;
CREATE VIEW persons AS
  SELECT person AS id, nullif(substr(person, 1, instr(person, '/') - 1), '') AS site, substr(person, instr(person, '/') + 1) AS name,
    CASE WHEN max(corrected) THEN 'by correction' ELSE 'same name, same site' END AS method, count(DISTINCT interview) AS interviews,
    min(day) AS first, max(day) AS last, group_concat(post, '；') AS posts
  FROM (
    SELECT coalesce(s.target, coalesce(i.site, '') || '/' || g.person) AS person, g.interview AS interview, i.date AS day,
      s.target IS NOT NULL OR g.person <> g.name AS corrected,
      CASE WHEN row_number() OVER (PARTITION BY i.site, g.person, g.organization, g.title ORDER BY i.date, g.interview) = 1
        THEN nullif(trim(coalesce(g.organization, '') || ' ' || coalesce(g.title, '')), '') END AS post
    FROM guests g JOIN interviews i ON i.uid = g.interview LEFT JOIN _same s ON s.person = coalesce(i.site, '') || '/' || g.person
    WHERE g.person IS NOT NULL ORDER BY day, g.interview)
  GROUP BY person;
"""


@migrations()
def m007_same(db: Database) -> None:
    """Corrections of who is who."""
    _run(_connection(db), _SAME)


# Each page that is read asks for its revisits; each revisit of others' making for the response that it names by address.
_LOOKUPS = """
CREATE INDEX captures_refers_to ON captures(refers_to) WHERE refers_to IS NOT NULL;
CREATE INDEX captures_url ON captures(url, type);
"""


@migrations()
def m008_lookups(db: Database) -> None:
    """Revisits by their original, captures by their address."""
    _run(_connection(db), _LOOKUPS)


# What cannot be read any more: the store says of what it was built without.
_DAMAGE = """
CREATE TABLE _damage (warc_file TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, whole INTEGER NOT NULL, reason TEXT NOT NULL,
  record TEXT, type TEXT, url TEXT, PRIMARY KEY (warc_file, offset)) WITHOUT ROWID;
"""


@migrations()
def m009_damage(db: Database) -> None:
    """Damaged stretches of WARC files."""
    _run(_connection(db), _DAMAGE)


# An id that was shown leads to its talk for ever; a turn is named by its words. An id stands once in a version, and in each version that has the words.
_IDS = """
CREATE TABLE _ids (
  id TEXT NOT NULL, interview TEXT NOT NULL REFERENCES _interviews(uid) ON DELETE CASCADE, key TEXT, reason TEXT NOT NULL, place INTEGER NOT NULL,
  since TEXT NOT NULL, PRIMARY KEY (id, interview)) WITHOUT ROWID;
CREATE INDEX _ids_interview ON _ids(interview);
CREATE VIEW interview_ids AS
  SELECT a.id AS id, a.interview AS interview, a.reason AS reason, a.since AS since FROM _ids a
  WHERE NOT EXISTS (SELECT 1 FROM _ids b WHERE b.id = a.id AND (b.place, b.since, b.interview) < (a.place, a.since, a.interview));
ALTER TABLE corrections ADD COLUMN uid TEXT NOT NULL DEFAULT '';
ALTER TABLE corrections ADD COLUMN trouble TEXT;
UPDATE corrections SET uid = interview;
"""
_NAMED_TURNS = """
CREATE TABLE _turns_named (
  rowid INTEGER PRIMARY KEY, id TEXT NOT NULL, version TEXT NOT NULL REFERENCES versions(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
  speaker TEXT NOT NULL, person TEXT, role TEXT NOT NULL, text TEXT NOT NULL, corrected_speaker TEXT, corrected_person TEXT, corrected_role TEXT,
  UNIQUE (version, seq));
INSERT INTO _turns_named SELECT rowid, id, version, seq, speaker, person, role, text, corrected_speaker, corrected_person, corrected_role FROM _turns;
DROP TABLE _turns;
ALTER TABLE _turns_named RENAME TO _turns;
CREATE INDEX _turns_id ON _turns(id);
CREATE INDEX _turns_corrected ON _turns(version) WHERE corrected_speaker IS NOT NULL OR corrected_person IS NOT NULL OR corrected_role IS NOT NULL;
"""


@migrations()
def m010_ids(db: Database) -> None:
    """Ids that never die: every id of an interview, turns named by their words."""
    connection = _connection(db)
    _run(connection, _IDS)
    # SQLite renames no table while a view or a trigger names one that is not there.
    apart = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE type IN ('view', 'trigger')").fetchall()
    for kind, name, _ in apart:
        connection.execute(f'DROP {kind} IF EXISTS "{name}"')
    _run(connection, _NAMED_TURNS)
    for _, _, statement in apart:
        connection.execute(statement)
    for (version,) in connection.execute("SELECT id FROM versions").fetchall():
        rows = connection.execute(
            "SELECT rowid, text FROM _turns WHERE version = ? ORDER BY seq", (version,)
        ).fetchall()
        named = zip(words_of(text for _, text in rows), rows, strict=True)
        interview = version.rpartition(".")[0]
        connection.executemany(
            "UPDATE _turns SET id = ? WHERE rowid = ?", [(f"{interview}.{words}", row) for words, (row, _) in named]
        )
    connection.executemany(
        "INSERT OR IGNORE INTO _ids VALUES (?, ?, ?, ?, ?, ?)",
        [
            (uid_of(key), interview, key, reason, REASONS.index(reason), since)
            for interview, key, reason, since in connection.execute(
                "SELECT interview, key, reason, since FROM interview_urls ORDER BY since, key"
            )
        ],
    )
    # What joining and naming do since then is done by the next indexer for the talks that are there.
    connection.execute("INSERT INTO store_meta VALUES ('regroup', 'all') ON CONFLICT(key) DO NOTHING")
    _describe(connection)


# An address that two interviews claim kept the better claim only, and when that one went, the other was forgotten: all claims are kept now.
_CLAIMS = """
ALTER TABLE _ids ADD COLUMN url TEXT;
UPDATE _ids SET url = coalesce(
  (SELECT u.url FROM interview_urls u WHERE u.key = _ids.key AND u.interview = _ids.interview),
  (SELECT min(c.url) FROM captures c WHERE c.key = _ids.key), (SELECT min(r.url) FROM _redirects r WHERE r.key = _ids.key))
  WHERE reason IN ('page', 'same talk', 'redirect', 'part');
DROP TABLE interview_urls;
CREATE INDEX _ids_key ON _ids(key) WHERE key IS NOT NULL;
CREATE VIEW interview_urls AS
  SELECT a.interview AS interview, a.key AS key, a.url AS url, a.reason AS reason, a.since AS since FROM _ids a
  WHERE a.url IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM _ids b WHERE b.id = a.id AND (b.place, b.since, b.interview) < (a.place, a.since, a.interview));
"""


@migrations()
def m011_claims(db: Database) -> None:
    """Every claim to an address, and a view that decides."""
    _run(_connection(db), _CLAIMS)


def _view(name: str) -> str:
    """A view as the first migration made it."""
    start = _VIEWS.index(f"CREATE VIEW {name} AS")
    return _VIEWS[start : _VIEWS.index(";", start) + 1] + "\n"


def _describe(connection: sqlite3.Connection) -> None:
    rows = [
        (
            table if column is None else f"{table}.{column}",
            json.dumps({"en": english, "zh": chinese}, ensure_ascii=False),
        )
        for table, column, (english, chinese) in described(connection)
    ]
    connection.executemany(
        "INSERT INTO store_meta VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", rows
    )
