-- An address that two interviews claim kept the better claim only, and when that one went, the other was forgotten: all claims are kept now.
ALTER TABLE _ids ADD COLUMN url TEXT;
UPDATE _ids SET url = coalesce(
  (SELECT u.url FROM interview_urls u WHERE u.key = _ids.key AND u.interview = _ids.interview),
  (SELECT min(c.url) FROM captures c WHERE c.key = _ids.key), (SELECT min(r.url) FROM _redirects r WHERE r.key = _ids.key))
  WHERE reason IN ('page', 'same talk', 'redirect', 'part');
DROP TABLE interview_urls;
CREATE INDEX _ids_key ON _ids(key) WHERE key IS NOT NULL;
