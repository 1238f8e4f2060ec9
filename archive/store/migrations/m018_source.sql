-- The web archive that handed a capture out (WARC-Source-URI).
ALTER TABLE captures ADD COLUMN source TEXT;
