-- Which parsers read a page, and as which family: what others read before is read again by `fangtan reparse`.
ALTER TABLE _readings ADD COLUMN read_by TEXT NOT NULL DEFAULT '';
-- The parsers that have looked at every capture, at those too that are no pages; a new store notes them itself.
INSERT INTO store_meta SELECT 'looked_by', '' WHERE EXISTS (SELECT 1 FROM captures);
