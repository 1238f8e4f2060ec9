-- Questions and answers are a view over the turns: the table only says which turns they are, and whose.
DROP TABLE qa;
CREATE TABLE _qa (
  interview TEXT NOT NULL REFERENCES _interviews(uid) ON DELETE CASCADE, question_seq INTEGER NOT NULL, answer_seq INTEGER NOT NULL, kind TEXT NOT NULL,
  relayed INTEGER NOT NULL, asker INTEGER, answerer INTEGER, PRIMARY KEY (interview, question_seq, answer_seq)) WITHOUT ROWID;
