-- The date of each interview and how much is said in it. A search shows its first page by walking the talks from the newest on,
-- so their order is an index. Triggers keep it whoever writes.
ALTER TABLE _interviews ADD COLUMN date TEXT;
ALTER TABLE versions ADD COLUMN characters INTEGER NOT NULL DEFAULT 0;
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
UPDATE _interviews SET date = (
  SELECT coalesce(
    CASE WHEN v.corrected_time_start IS NOT NULL THEN json_extract(v.corrected_time_start, '$.new') ELSE v.time_start END,
    CASE WHEN v.corrected_published_at IS NOT NULL THEN json_extract(v.corrected_published_at, '$.new') ELSE v.published_at END,
    _interviews.first_seen)
  FROM versions v WHERE v.interview = _interviews.uid AND v.newest);
UPDATE versions SET characters = (SELECT coalesce(sum(length(t.text)), 0) FROM _turns t WHERE t.version = versions.id);
