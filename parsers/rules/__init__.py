"""The rules of a record's values, one file a field, and the table that lists them all."""
