-- What cannot be read any more: the store says of what it was built without.
CREATE TABLE _damage (warc_file TEXT NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, whole INTEGER NOT NULL, reason TEXT NOT NULL,
  record TEXT, type TEXT, url TEXT, PRIMARY KEY (warc_file, offset)) WITHOUT ROWID;
