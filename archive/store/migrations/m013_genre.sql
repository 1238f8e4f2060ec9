-- What sort of talk an interview is; null until the page is read by parsers that say so.
ALTER TABLE versions ADD COLUMN genre TEXT;
