-- What happened to talks after they were captured first, in order of time: a list of it is read, not made of all versions.
CREATE TABLE _events (
  at TEXT NOT NULL, interview TEXT NOT NULL REFERENCES _interviews(uid) ON DELETE CASCADE, what TEXT NOT NULL, version_no INTEGER NOT NULL,
  detail TEXT NOT NULL, PRIMARY KEY (at, interview, what, version_no)) WITHOUT ROWID;
CREATE INDEX _events_interview ON _events(interview);
CREATE INDEX _interviews_gone ON _interviews(gone_at, uid) WHERE gone_at IS NOT NULL;
