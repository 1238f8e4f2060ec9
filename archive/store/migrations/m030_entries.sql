-- What a list says of an entry is kept once, with the first and the last capture of the list that says so. Each capture of a list has the numbers of its
-- entries, in their order (`archive/store/listings.py`); the view `_listed` has a row for each capture and entry.
CREATE TABLE _items_of_captures AS SELECT i.capture, c.key AS page, i.fetched_at, i.key, i.position, i.url, i.title, i.date, i.text
  FROM _items i JOIN captures c ON c.id = i.capture;
DROP TABLE _items;
CREATE TABLE _lists (capture TEXT PRIMARY KEY REFERENCES captures(id), list TEXT NOT NULL, fetched_at TEXT NOT NULL, entries TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX _lists_list ON _lists(list, fetched_at, capture);
CREATE TABLE _items (
  id INTEGER PRIMARY KEY, list TEXT NOT NULL, key TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL, date TEXT, text TEXT NOT NULL,
  first TEXT NOT NULL, last TEXT NOT NULL);
CREATE INDEX _items_key ON _items(key, list);
