-- Revisits of others' making that name their original by address and date: which capture that is may change with every file that comes in.
CREATE TABLE _named_originals (capture TEXT PRIMARY KEY, url TEXT NOT NULL, date TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX _named_originals_url ON _named_originals(url);
INSERT INTO _named_originals SELECT c.id, o.url, o.fetched_at FROM captures c JOIN captures o ON o.id = c.refers_to
  WHERE c.type = 'revisit' AND c.run IS NULL;
