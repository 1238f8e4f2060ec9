-- All views. They are dropped and made anew whenever a migration was applied; a change of a view comes with a migration.
-- Interviews as they are shown: the newest version with its corrections.
CREATE VIEW interviews AS
  SELECT i.uid AS id, i.uid AS uid, i.site AS site, i.url AS url,
    CASE WHEN v.corrected_kind IS NOT NULL THEN json_extract(v.corrected_kind, '$.new') ELSE v.kind END AS kind,
    v.genre AS genre,
    CASE WHEN v.corrected_title IS NOT NULL THEN json_extract(v.corrected_title, '$.new') ELSE v.title END AS title,
    CASE WHEN v.corrected_theme IS NOT NULL THEN json_extract(v.corrected_theme, '$.new') ELSE v.theme END AS theme,
    CASE WHEN v.corrected_published_at IS NOT NULL THEN json_extract(v.corrected_published_at, '$.new') ELSE v.published_at END AS published_at,
    CASE WHEN v.corrected_time_start IS NOT NULL THEN json_extract(v.corrected_time_start, '$.new') ELSE v.time_start END AS time_start,
    CASE WHEN v.corrected_time_end IS NOT NULL THEN json_extract(v.corrected_time_end, '$.new') ELSE v.time_end END AS time_end,
    v.time_precision AS time_precision,
    CASE WHEN v.corrected_source IS NOT NULL THEN json_extract(v.corrected_source, '$.new') ELSE v.source END AS source,
    v.n_turns AS n_turns,
    v.confidence AS confidence, i.first_seen AS first_seen, i.last_seen AS last_seen, i.gone_at AS gone_at, v.capture AS capture,
    nullif(i.date, '') AS date, v.characters AS characters
  FROM _interviews i JOIN versions v ON v.interview = i.uid AND v.newest;
CREATE VIEW guests AS
  SELECT v.interview AS interview, g.seq AS seq,
    CASE WHEN g.corrected_name IS NOT NULL THEN json_extract(g.corrected_name, '$.new') ELSE g.name END AS name,
    CASE WHEN g.corrected_organization IS NOT NULL THEN json_extract(g.corrected_organization, '$.new') ELSE g.organization END AS organization,
    CASE WHEN g.corrected_title IS NOT NULL THEN json_extract(g.corrected_title, '$.new') ELSE g.title END AS title,
    CASE WHEN g.corrected_person IS NOT NULL THEN json_extract(g.corrected_person, '$.new')
      WHEN g.corrected_name IS NOT NULL THEN json_extract(g.corrected_name, '$.new') ELSE g.name END AS person
  FROM _guests g JOIN versions v ON v.id = g.version WHERE v.newest;
-- Turns by their number in the full-text indexes, and as they are read.
CREATE VIEW _said AS
  SELECT t.rowid AS number, t.id AS id, v.interview AS interview, t.seq AS seq,
    CASE WHEN t.corrected_speaker IS NOT NULL THEN json_extract(t.corrected_speaker, '$.new') ELSE t.speaker END AS speaker,
    CASE WHEN t.corrected_person IS NOT NULL THEN json_extract(t.corrected_person, '$.new') ELSE t.person END AS person,
    CASE WHEN t.corrected_role IS NOT NULL THEN json_extract(t.corrected_role, '$.new') ELSE t.role END AS role,
    t.text AS text, v.capture AS capture, t.time AS time
  FROM _turns t JOIN versions v ON v.id = t.version WHERE v.newest;
CREATE VIEW turns AS SELECT id, interview, seq, speaker, person, role, text, capture, time FROM _said;
-- For counting: what is asked of talks without their versions.
CREATE VIEW _talks AS
  SELECT uid, site, kind, genre, nullif(date, '') AS date, date AS day, turns AS n_turns, characters, captured, first_turn, roles, said_host, said_guest, said_netizen,
    said_reporter, said_narrator, said_unknown
  FROM _interviews WHERE kind IS NOT NULL;
-- Each capture of a list with each of its entries.
CREATE VIEW _listed AS
  SELECT l.capture AS capture, e.key AS position, l.list AS list, l.fetched_at AS fetched_at, i.key AS key, i.url AS url, i.title AS title, i.date AS date,
    i.text AS text
  FROM _lists l, json_each(l.entries) e JOIN _items i ON i.id = e.value AND i.list = l.list;
-- A question and one of its answers; who asks and who answers as the participants are.
CREATE VIEW qa AS
  SELECT x.interview AS interview, x.question_seq AS question_seq, x.answer_seq AS answer_seq,
    CASE WHEN t.corrected_speaker IS NOT NULL THEN json_extract(t.corrected_speaker, '$.new') ELSE t.speaker END AS asker, t.text AS question,
    CASE WHEN a.corrected_speaker IS NOT NULL THEN json_extract(a.corrected_speaker, '$.new') ELSE a.speaker END AS answerer, a.text AS answer,
    x.kind AS kind, x.relayed AS relayed,
    CASE WHEN t.corrected_role IS NOT NULL THEN json_extract(t.corrected_role, '$.new') ELSE t.role END AS asker_role,
    p.person AS asker_person, p.organization AS asker_organization, p.title AS asker_title,
    r.person AS answerer_person, r.organization AS answerer_organization, r.title AS answerer_title,
    t.id AS question_id, a.id AS answer_id, t.time AS question_time, a.time AS answer_time,
    CASE WHEN t.time LIKE '____-__-__%' AND a.time LIKE '____-__-__%'
      THEN CAST(julianday(substr(a.time, 1, 10)) - julianday(substr(t.time, 1, 10)) AS INTEGER) END AS days
  FROM _qa x JOIN versions v ON v.interview = x.interview AND v.newest JOIN _turns t ON t.version = v.id AND t.seq = x.question_seq
    LEFT JOIN _turns a ON a.version = v.id AND a.seq = x.answer_seq
    LEFT JOIN _participants p ON p.interview = x.interview AND p.place = x.asker
    LEFT JOIN _participants r ON r.interview = x.interview AND r.place = x.answerer;
-- Each question once, with how it was answered. A citizen's question is a netizen's, or one that a host puts for somebody.
CREATE VIEW exchanges AS
  SELECT interview, question_seq, kind, relayed, asker_role, asker_role = 'netizen' OR relayed AS citizen, length(question) AS question_characters,
    sum(answer_seq > 0) AS answers, coalesce(sum(length(answer)), 0) AS answer_characters, min(answerer_person) AS answerer_person,
    min(answerer_organization) AS answerer_organization, question_id, question_time, min(answer_time) AS answer_time, min(days) AS days
  FROM qa GROUP BY interview, question_seq;
CREATE VIEW measures AS
  SELECT interview, count(*) AS questions, sum(kind = 'follow-up') AS follow_ups, sum(citizen) AS citizens_questions,
    sum(citizen AND NOT answers) AS unanswered, round(1.0 * sum(citizen AND NOT answers) / nullif(sum(citizen), 0), 3) AS unanswered_share,
    round(avg(CASE WHEN answers THEN answer_characters END), 1) AS answer_characters, count(days) AS dated, round(avg(days), 1) AS days
  FROM exchanges WHERE kind IN ('question', 'follow-up') GROUP BY interview;
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
  SELECT nullif(t.site, '') AS site, sum(t.interviews) AS interviews,
    sum(CASE t.kind WHEN 'transcript' THEN t.interviews ELSE 0 END) AS transcripts,
    sum(CASE t.kind WHEN 'video' THEN t.interviews ELSE 0 END) AS videos,
    sum(CASE t.kind WHEN 'attachment' THEN t.interviews ELSE 0 END) AS attachments,
    sum(CASE t.kind WHEN 'notice' THEN t.interviews ELSE 0 END) AS notices, sum(t.gone) AS gone,
    (SELECT substr(min(i.date), 1, 10) FROM _interviews i WHERE i.site IS nullif(t.site, '') AND i.date > '') AS earliest,
    (SELECT substr(max(i.date), 1, 10) FROM _interviews i WHERE i.site IS nullif(t.site, '') AND i.date > '') AS latest
  FROM _tally t WHERE t.site <> '*' GROUP BY t.site;
-- Between two looks at the file a talk or a turn may have gone: then nothing is shown of it.
CREATE VIEW codings AS
  SELECT c.interview AS interview, c.unit AS unit, c.variable AS variable, c.coder AS coder, c.value AS value, c.date AS date,
    c.number AS number FROM _codings c
  WHERE EXISTS (SELECT 1 FROM _interviews i WHERE i.uid = c.interview)
    AND (c.unit = c.interview OR EXISTS (SELECT 1 FROM _turns t WHERE t.id = c.unit));
-- One name on one site is one person; whoever knows better corrects it. Ids are readable and hang on no order.
CREATE VIEW participants AS
  SELECT interview, person, name, role, organization, title, turns, characters FROM _participants;
CREATE VIEW persons AS
  SELECT p.person AS id, nullif(substr(p.person, 1, instr(p.person, '/') - 1), '') AS site, substr(p.person, instr(p.person, '/') + 1) AS name,
    CASE WHEN max(p.corrected) THEN 'by correction' ELSE 'same name, same site' END AS method,
    count(DISTINCT p.interview) AS interviews, min(nullif(i.date, '')) AS first, max(nullif(i.date, '')) AS last,
    (SELECT group_concat(post, '；') FROM (
      SELECT trim(coalesce(o.organization, '') || ' ' || coalesce(o.title, '')) AS post FROM _participants o JOIN _interviews j ON j.uid = o.interview
      WHERE o.person = p.person AND o.listed AND coalesce(o.organization, o.title) IS NOT NULL
      GROUP BY post ORDER BY min(coalesce(nullif(j.date, ''), '9') || j.uid), post)) AS posts
  FROM _participants p JOIN _interviews i ON i.uid = p.interview WHERE p.listed AND p.person IS NOT NULL GROUP BY p.person;
CREATE VIEW organizations AS
  SELECT i.site AS site, p.organization AS name, count(DISTINCT p.interview) AS interviews, count(DISTINCT nullif(p.name, '')) AS guests
  FROM _participants p JOIN _interviews i ON i.uid = p.interview WHERE p.organization IS NOT NULL GROUP BY i.site, p.organization;
-- A notice and what came of it stand on two pages: one day, and one guest, organisation or theme in common.
CREATE VIEW announcements AS
  SELECT n.uid AS notice, i.uid AS interview, n.site AS site, substr(n.time_start, 1, 10) AS day,
    CASE WHEN EXISTS (SELECT 1 FROM guests a JOIN guests b ON b.name = a.name WHERE a.interview = n.uid AND b.interview = i.uid) THEN 'same day, same guest'
      WHEN n.theme = i.theme THEN 'same day, same theme' ELSE 'same day, same organization' END AS method
  FROM interviews n JOIN _interviews d ON d.site = n.site AND d.uid <> n.uid AND d.date >= substr(n.time_start, 1, 10) AND d.date < substr(n.time_start, 1, 10) || '~'
    JOIN interviews i ON i.uid = d.uid AND substr(i.time_start, 1, 10) = substr(n.time_start, 1, 10)
  WHERE n.kind = 'notice' AND i.kind IN ('transcript', 'summary', 'video', 'attachment', 'offsite') AND length(n.time_start) >= 10
    AND (n.theme = i.theme OR EXISTS (
      SELECT 1 FROM guests a JOIN guests b ON b.name = a.name OR (b.organization = a.organization AND (a.name IS NULL OR b.name IS NULL))
      WHERE a.interview = n.uid AND b.interview = i.uid));
-- Of several claims to an address or an id the best one decides.
CREATE VIEW interview_urls AS
  SELECT a.interview AS interview, a.key AS key, a.url AS url, a.reason AS reason, a.since AS since FROM _ids a
  WHERE a.url IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM _ids b WHERE b.id = a.id AND (b.place, b.since, b.interview) < (a.place, a.since, a.interview));
CREATE VIEW interview_ids AS
  SELECT a.id AS id, a.interview AS interview, a.reason AS reason, a.since AS since FROM _ids a
  WHERE NOT EXISTS (SELECT 1 FROM _ids b WHERE b.id = a.id AND (b.place, b.since, b.interview) < (a.place, a.since, a.interview));
-- Full-text searches: `q MATCH …`.
CREATE VIEW find AS
  SELECT f._turns_fts AS q, t.id AS id, v.interview AS interview, t.seq AS seq,
    CASE WHEN t.corrected_speaker IS NOT NULL THEN json_extract(t.corrected_speaker, '$.new') ELSE t.speaker END AS speaker,
    CASE WHEN t.corrected_person IS NOT NULL THEN json_extract(t.corrected_person, '$.new') ELSE t.person END AS person,
    CASE WHEN t.corrected_role IS NOT NULL THEN json_extract(t.corrected_role, '$.new') ELSE t.role END AS role,
    t.text AS text, v.capture AS capture
  FROM _turns_fts f JOIN _turns t ON t.rowid = f.rowid JOIN versions v ON v.id = t.version;
CREATE VIEW find_ranked AS
  SELECT f._turns_fts AS q, t.id AS id, v.interview AS interview, t.seq AS seq,
    CASE WHEN t.corrected_speaker IS NOT NULL THEN json_extract(t.corrected_speaker, '$.new') ELSE t.speaker END AS speaker,
    CASE WHEN t.corrected_role IS NOT NULL THEN json_extract(t.corrected_role, '$.new') ELSE t.role END AS role,
    t.text AS text,
    v.capture AS capture, replace(snippet(_turns_fts, 0, '[', ']', '…', 48), char(31), '') AS hit, bm25(_turns_fts) AS score
  FROM _turns_fts f JOIN _turns t ON t.rowid = f.rowid JOIN versions v ON v.id = t.version;
CREATE VIEW _find_pairs AS
  SELECT f._pairs_fts AS q, t.id AS id, v.interview AS interview, t.seq AS seq,
    CASE WHEN t.corrected_speaker IS NOT NULL THEN json_extract(t.corrected_speaker, '$.new') ELSE t.speaker END AS speaker,
    CASE WHEN t.corrected_person IS NOT NULL THEN json_extract(t.corrected_person, '$.new') ELSE t.person END AS person,
    CASE WHEN t.corrected_role IS NOT NULL THEN json_extract(t.corrected_role, '$.new') ELSE t.role END AS role,
    t.text AS text, v.capture AS capture
  FROM _pairs_fts f JOIN _turns t ON t.rowid = f.rowid JOIN versions v ON v.id = t.version;
-- The full-text index reads its content from this view, in SQL alone: snippet(), rebuild and integrity-check work in a bare shell.
-- Pieces of 64 characters keep the work linear.
CREATE VIEW _turns_spaced AS
  SELECT t.rowid AS rowid, (
    SELECT group_concat(piece, char(31)) FROM (
      SELECT (SELECT group_concat(substr(substr(t.text, 64 * c.n + 1, 64), d.n + 1, 1), char(31)) FROM _digits d
              WHERE d.n < min(64, length(t.text) - 64 * c.n)) AS piece
      FROM _digits c WHERE c.n < (length(t.text) + 63) / 64)) AS text
  FROM _turns t JOIN versions v ON v.id = t.version AND v.newest;
