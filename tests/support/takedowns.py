"""Collections of one WARC file, and what the store says of an interview before and after a takedown."""

from support.foreign import quiet, writer_for
from support.talks import HOST, record

from archive.collection.files import sha256_file
from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.store.indexer import bring_up_to_date
from archive.store.store import open_reader


def rows(collection, query, *values):
    db = open_reader(collection.store)
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


def uid_of(collection, path):
    return rows(collection, "SELECT interview FROM interview_urls WHERE url LIKE ?", f"%{path}")[0][0]


def holding(tmp_path, *captures, name="c", file="a.warc.gz"):
    """A collection whose ledger vouches for one file."""
    collection = Collection(tmp_path / name).create()
    ledger.ensure_key(collection)
    path = collection.archive / file
    archived(path, captures)
    ledger.append(
        collection,
        {
            "type": "warc",
            "name": path.name,
            "size": path.stat().st_size,
            "sha256": sha256_file(path),
            "origin": {"kind": "import", "file": path.name},
        },
    )
    bring_up_to_date(collection)
    return collection


def archived(path, captures):
    """A WARC file that begins as it should."""

    @quiet
    def write(target):
        with target.open("wb") as stream:
            writer = writer_for(stream)
            writer.write_record(writer.create_warcinfo_record(path.name, {"format": "WARC File Format 1.1"}))
            for where, day, said in captures:
                writer.write_record(record(writer, HOST + where, f"{day}T00:00:00Z", said))

    write(path)
