-- Corrections: the parsed value stays in its column, the corrected one beside it as JSON ({"new": …}: a correction may also be to nothing).
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
