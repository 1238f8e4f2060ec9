-- Whoever knows better says so: two persons are one (`same_as`), or one name is another person (`guests[N].person`).
CREATE TABLE _same (person TEXT PRIMARY KEY, target TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX _same_target ON _same(target);
ALTER TABLE _guests ADD COLUMN corrected_person TEXT;
DROP INDEX _guests_corrected;
CREATE INDEX _guests_corrected ON _guests(version) WHERE corrected_name IS NOT NULL OR corrected_organization IS NOT NULL OR corrected_title IS NOT NULL
  OR corrected_person IS NOT NULL;
