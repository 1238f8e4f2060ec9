-- Namesakes of whom somebody said that they are two persons: they are proposed no more.
CREATE TABLE _apart (person TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (person, other)) WITHOUT ROWID;
