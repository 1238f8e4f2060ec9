-- Codes that coders gave to turns and talks (codings.jsonl): of each coder the last one for a unit and a variable.
CREATE TABLE _codings (
  interview TEXT NOT NULL, unit TEXT NOT NULL, variable TEXT NOT NULL, coder TEXT NOT NULL, value TEXT NOT NULL, date TEXT NOT NULL,
  number INTEGER NOT NULL, PRIMARY KEY (unit, variable, coder)) WITHOUT ROWID;
CREATE INDEX _codings_interview ON _codings(interview);
CREATE INDEX _codings_variable ON _codings(variable);
