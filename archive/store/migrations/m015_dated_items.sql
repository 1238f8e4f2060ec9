-- Which list names an entry last before a page was fetched: found by date, however often the list was fetched.
ALTER TABLE _items ADD COLUMN fetched_at TEXT NOT NULL DEFAULT '';
UPDATE _items SET fetched_at = (SELECT c.fetched_at FROM captures c WHERE c.id = _items.capture);
DROP INDEX _items_key;
CREATE INDEX _items_key ON _items(key, fetched_at, capture);
DROP INDEX _readings_talk;
CREATE INDEX _readings_talk ON _readings(talk, key) WHERE talk IS NOT NULL;
CREATE INDEX _readings_said ON _readings(key, talk) WHERE talk IS NOT NULL;
