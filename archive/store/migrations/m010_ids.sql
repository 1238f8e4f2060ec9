-- An id that was shown leads to its talk for ever; a turn is named by its words. An id stands once in a version, and in each version
-- that has the words.
CREATE TABLE _ids (
  id TEXT NOT NULL, interview TEXT NOT NULL REFERENCES _interviews(uid) ON DELETE CASCADE, key TEXT, reason TEXT NOT NULL, place INTEGER NOT NULL,
  since TEXT NOT NULL, PRIMARY KEY (id, interview)) WITHOUT ROWID;
CREATE INDEX _ids_interview ON _ids(interview);
ALTER TABLE corrections ADD COLUMN uid TEXT NOT NULL DEFAULT '';
ALTER TABLE corrections ADD COLUMN trouble TEXT;
UPDATE corrections SET uid = interview;
-- SQLite renames no table while a trigger names what is not there, as the views now: the triggers step aside.
DROP TRIGGER _versions_inserted;
DROP TRIGGER _versions_updated;
DROP TRIGGER _interviews_updated;
CREATE TABLE _turns_named (
  rowid INTEGER PRIMARY KEY, id TEXT NOT NULL, version TEXT NOT NULL REFERENCES versions(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
  speaker TEXT NOT NULL, person TEXT, role TEXT NOT NULL, text TEXT NOT NULL, corrected_speaker TEXT, corrected_person TEXT, corrected_role TEXT,
  UNIQUE (version, seq));
INSERT INTO _turns_named SELECT rowid, id, version, seq, speaker, person, role, text, corrected_speaker, corrected_person, corrected_role FROM _turns;
DROP TABLE _turns;
ALTER TABLE _turns_named RENAME TO _turns;
CREATE INDEX _turns_id ON _turns(id);
CREATE INDEX _turns_corrected ON _turns(version) WHERE corrected_speaker IS NOT NULL OR corrected_person IS NOT NULL OR corrected_role IS NOT NULL;
CREATE TRIGGER _versions_inserted AFTER INSERT ON versions WHEN new.newest BEGIN
  UPDATE _interviews SET date = (SELECT coalesce(time_start, published_at, first_seen) FROM interviews WHERE uid = new.interview) WHERE uid = new.interview;
END;
CREATE TRIGGER _versions_updated AFTER UPDATE OF newest, corrected_time_start, corrected_published_at ON versions WHEN new.newest BEGIN
  UPDATE _interviews SET date = (SELECT coalesce(time_start, published_at, first_seen) FROM interviews WHERE uid = new.interview) WHERE uid = new.interview;
END;
CREATE TRIGGER _interviews_updated AFTER UPDATE OF first_seen ON _interviews BEGIN
  UPDATE _interviews SET date = (SELECT coalesce(time_start, published_at, first_seen) FROM interviews WHERE uid = new.uid) WHERE uid = new.uid;
END;
-- What joining and naming do since then is done by the next indexer for the talks that are there.
INSERT INTO store_meta VALUES ('regroup', 'all') ON CONFLICT(key) DO NOTHING;
