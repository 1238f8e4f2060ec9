-- What counts of a search ask of a talk, in one row: the numbers of its turns in the full-text indexes (they follow each other), the role of each as a
-- letter, characters by role, and the genre. Counting a common word joins no turn. The feed asks which talks were read last.
ALTER TABLE _interviews ADD COLUMN genre TEXT;
ALTER TABLE _interviews ADD COLUMN captured TEXT;
ALTER TABLE _interviews ADD COLUMN first_turn INTEGER;
ALTER TABLE _interviews ADD COLUMN roles TEXT NOT NULL DEFAULT '';
ALTER TABLE _interviews ADD COLUMN said_host INTEGER NOT NULL DEFAULT 0;
ALTER TABLE _interviews ADD COLUMN said_guest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE _interviews ADD COLUMN said_netizen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE _interviews ADD COLUMN said_reporter INTEGER NOT NULL DEFAULT 0;
ALTER TABLE _interviews ADD COLUMN said_narrator INTEGER NOT NULL DEFAULT 0;
ALTER TABLE _interviews ADD COLUMN said_unknown INTEGER NOT NULL DEFAULT 0;
CREATE INDEX _interviews_captured ON _interviews(captured DESC, uid);
CREATE INDEX _interviews_counted ON _interviews(first_turn, roles, kind, date, site, genre, uid, turns, characters, said_host, said_guest,
  said_netizen, said_reporter, said_narrator, said_unknown);
DROP TRIGGER _versions_inserted;
DROP TRIGGER _versions_updated;
CREATE TRIGGER _versions_inserted AFTER INSERT ON versions WHEN new.newest BEGIN
  UPDATE _interviews SET (date, kind, turns, characters, genre, captured) = (
    SELECT coalesce(i.time_start, i.published_at, ''), i.kind, i.n_turns, i.characters, i.genre, c.fetched_at
    FROM interviews i JOIN captures c ON c.id = i.capture WHERE i.uid = new.interview) WHERE uid = new.interview;
END;
CREATE TRIGGER _versions_updated AFTER UPDATE OF newest, corrected_kind, corrected_time_start, corrected_published_at ON versions WHEN new.newest BEGIN
  UPDATE _interviews SET (date, kind, turns, characters, genre, captured) = (
    SELECT coalesce(i.time_start, i.published_at, ''), i.kind, i.n_turns, i.characters, i.genre, c.fetched_at
    FROM interviews i JOIN captures c ON c.id = i.capture WHERE i.uid = new.interview) WHERE uid = new.interview;
END;
