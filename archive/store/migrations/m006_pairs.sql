-- A phrase of characters reads a long list for each of its characters; a phrase of pairs reads short ones. It holds no text of its own,
-- and only our connections ask it: what it holds cannot be said in SQL.
CREATE VIRTUAL TABLE _pairs_fts USING fts5(text, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co P* S*'");
