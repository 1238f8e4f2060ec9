-- Evidence is said shortly, in `versions` and in readings: what is empty is left out, a payload's digest stands once. Lines that were skipped stand in
-- the reading alone. `_readings.record` is the byte 1, then JSON in GB 18030 that zlib compressed.
-- One index of the readings of an address serves where two did.
DROP INDEX _readings_key;
DROP INDEX _readings_said;
CREATE INDEX _readings_key ON _readings(key, talk);
