-- What pages count is kept, not counted: no page may grow with the archive. `_interviews` knows what is shown of each talk, triggers keep the sums.
ALTER TABLE _interviews ADD COLUMN kind TEXT;
ALTER TABLE _interviews ADD COLUMN turns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE _interviews ADD COLUMN characters INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER _versions_inserted;
DROP TRIGGER _versions_updated;
DROP TRIGGER _interviews_updated;
-- A talk is of the day that is printed, else of its publication; where neither is, it is '' (it was that of the first capture).
CREATE TRIGGER _versions_inserted AFTER INSERT ON versions WHEN new.newest BEGIN
  UPDATE _interviews SET (date, kind, turns, characters) = (
    SELECT coalesce(time_start, published_at, ''), kind, n_turns, characters FROM interviews WHERE uid = new.interview) WHERE uid = new.interview;
END;
CREATE TRIGGER _versions_updated AFTER UPDATE OF newest, corrected_kind, corrected_time_start, corrected_published_at ON versions WHEN new.newest BEGIN
  UPDATE _interviews SET (date, kind, turns, characters) = (
    SELECT coalesce(time_start, published_at, ''), kind, n_turns, characters FROM interviews WHERE uid = new.interview) WHERE uid = new.interview;
END;
-- Interviews by site, year of the talk ('' without a date) and kind; the site '*' is the whole archive.
CREATE TABLE _tally (
  site TEXT NOT NULL, year TEXT NOT NULL, kind TEXT NOT NULL, interviews INTEGER NOT NULL, gone INTEGER NOT NULL, turns INTEGER NOT NULL,
  characters INTEGER NOT NULL, PRIMARY KEY (site, year, kind)) WITHOUT ROWID;
CREATE TRIGGER _tally_inserted AFTER INSERT ON _interviews WHEN new.kind IS NOT NULL BEGIN
  INSERT INTO _tally SELECT s.column1, coalesce(substr(new.date, 1, 4), ''), new.kind, 1, new.gone_at IS NOT NULL, new.turns, new.characters
    FROM (VALUES ('*'), (coalesce(new.site, ''))) s WHERE true
    ON CONFLICT (site, year, kind) DO UPDATE SET interviews = interviews + 1, gone = gone + excluded.gone, turns = turns + excluded.turns,
      characters = characters + excluded.characters;
END;
CREATE TRIGGER _tally_deleted AFTER DELETE ON _interviews WHEN old.kind IS NOT NULL BEGIN
  UPDATE _tally SET interviews = interviews - 1, gone = gone - (old.gone_at IS NOT NULL), turns = turns - old.turns,
    characters = characters - old.characters
    WHERE site IN ('*', coalesce(old.site, '')) AND year = coalesce(substr(old.date, 1, 4), '') AND kind = old.kind;
  DELETE FROM _tally WHERE interviews = 0
    AND site IN ('*', coalesce(old.site, '')) AND year = coalesce(substr(old.date, 1, 4), '') AND kind = old.kind;
END;
CREATE TRIGGER _tally_updated AFTER UPDATE OF site, date, gone_at, kind, turns, characters ON _interviews
  WHEN (old.site, old.date, old.gone_at, old.kind, old.turns, old.characters) IS NOT (new.site, new.date, new.gone_at, new.kind, new.turns, new.characters) BEGIN
  UPDATE _tally SET interviews = interviews - 1, gone = gone - (old.gone_at IS NOT NULL), turns = turns - old.turns,
    characters = characters - old.characters
    WHERE site IN ('*', coalesce(old.site, '')) AND year = coalesce(substr(old.date, 1, 4), '') AND kind = old.kind;
  INSERT INTO _tally SELECT s.column1, coalesce(substr(new.date, 1, 4), ''), new.kind, 1, new.gone_at IS NOT NULL, new.turns, new.characters
    FROM (VALUES ('*'), (coalesce(new.site, ''))) s WHERE new.kind IS NOT NULL
    ON CONFLICT (site, year, kind) DO UPDATE SET interviews = interviews + 1, gone = gone + excluded.gone, turns = turns + excluded.turns,
      characters = characters + excluded.characters;
  DELETE FROM _tally WHERE interviews = 0
    AND site IN ('*', coalesce(old.site, '')) AND year = coalesce(substr(old.date, 1, 4), '') AND kind = old.kind;
END;
-- Who took part in each talk: the guests that are shown, then whoever else speaks.
CREATE TABLE _participants (
  interview TEXT NOT NULL REFERENCES _interviews(uid) ON DELETE CASCADE, place INTEGER NOT NULL, person TEXT, name TEXT NOT NULL, role TEXT NOT NULL,
  organization TEXT, title TEXT, turns INTEGER NOT NULL, characters INTEGER NOT NULL, listed INTEGER NOT NULL, corrected INTEGER NOT NULL,
  PRIMARY KEY (interview, place)) WITHOUT ROWID;
CREATE INDEX _participants_person ON _participants(person, listed) WHERE person IS NOT NULL;
CREATE INDEX _participants_organization ON _participants(organization) WHERE organization IS NOT NULL;
-- How many captures there are, and persons who were guests.
CREATE TABLE _totals (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO _totals SELECT 'captures', count(*) FROM captures UNION ALL SELECT 'persons', 0;
CREATE TRIGGER _captures_inserted AFTER INSERT ON captures BEGIN UPDATE _totals SET n = n + 1 WHERE name = 'captures'; END;
CREATE TRIGGER _captures_deleted AFTER DELETE ON captures BEGIN UPDATE _totals SET n = n - 1 WHERE name = 'captures'; END;
CREATE TRIGGER _participants_inserted AFTER INSERT ON _participants WHEN new.listed AND new.person IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM _participants p WHERE p.person = new.person AND p.listed = 1 AND (p.interview, p.place) <> (new.interview, new.place)) BEGIN
  UPDATE _totals SET n = n + 1 WHERE name = 'persons';
END;
CREATE TRIGGER _participants_deleted AFTER DELETE ON _participants WHEN old.listed AND old.person IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM _participants p WHERE p.person = old.person AND p.listed = 1) BEGIN
  UPDATE _totals SET n = n - 1 WHERE name = 'persons';
END;
-- What is asked of one site, and what waits for a person's eye.
DROP INDEX _interviews_site;
CREATE INDEX _interviews_site ON _interviews(site, date);
CREATE INDEX runs_site ON runs(site, id);
CREATE INDEX flags_suspicious ON flags(severity, interview, seq) WHERE severity <> 'info';
ALTER TABLE versions ADD COLUMN contested REAL;
UPDATE versions SET contested = (
  SELECT min(json_extract(versions.evidence, '$.confidence.' || e.key)) FROM json_each(versions.evidence, '$.evidence') e
  WHERE json_array_length(e.value, '$.rejected') > 0) WHERE json_valid(evidence);
CREATE INDEX versions_contested ON versions(contested, interview) WHERE newest AND contested IS NOT NULL;
CREATE INDEX versions_confidence ON versions(confidence, interview) WHERE newest;
-- What is damaged must not keep a row from being changed or removed: SQLite asks for the condition then.
CREATE INDEX versions_abstained ON versions(interview)
  WHERE newest AND CASE WHEN json_valid(evidence) THEN json_extract(evidence, '$.abstained') <> '{}' END;
