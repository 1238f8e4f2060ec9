-- When a turn was said or written, where its page prints it. Rows of before have none until they are read again.
ALTER TABLE _turns ADD COLUMN time TEXT;
