"""What the store says of an interview before and after a takedown."""

from archive.store.store import open_reader


def rows(collection, query, *values):
    db = open_reader(collection.store)
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


def uid_of(collection, path):
    return rows(collection, "SELECT interview FROM interview_urls WHERE url LIKE ?", f"%{path}")[0][0]
