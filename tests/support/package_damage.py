"""Damages of packages and of what else a collection holds."""

import base64
import gzip
import json
import os
import re
import shutil
import sqlite3
import warnings
import zipfile

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.damage import changed, chosen, exchange_of, members, rewrite_ledger, rezip, write
from support.forger import entered, key_entry

from archive.collection.folder import Collection
from archive.ledger import chain as ledger
from archive.ledger import keys


def biggest(collection):
    return max(collection.warcs(), key=lambda p: p.stat().st_size)


def lines_of(collection):
    return collection.index.read_text("utf-8").splitlines(keepends=True)


def write_lines(collection, lines):
    collection.index.write_text("".join(lines), "utf-8")


def sql(statement, *arguments):
    def change(collection):
        db = sqlite3.connect(collection.store)
        assert db.execute(statement, arguments).rowcount > 0
        db.commit()
        db.close()

    return change


def script(statements):
    def change(collection):
        db = sqlite3.connect(collection.store)
        db.executescript(statements)
        db.close()

    return change


def edit_index(function):
    def change(collection):
        write_lines(collection, function(lines_of(collection)))

    return change


def swapped(lines):
    """The first line and the last: neighbours may be of one address and one second, in either order."""
    return [lines[-1], *lines[1:-1], lines[0]]


def ledger_lines(function):
    """The ledger's lines through a function."""

    def change(collection):
        lines = collection.ledger.read_bytes().splitlines(keepends=True)
        collection.ledger.write_bytes(b"".join(function(lines)))

    return change


def entry_lines(function):
    """The ledger's entries through a function, written anew without another word."""

    def change(lines):
        return [json.dumps(data).encode() + b"\n" for data in function([json.loads(line) for line in lines])]

    return ledger_lines(change)


def field_twice(lines):
    """A digest that whoever takes the first of two fields reads; the hash is over the last."""
    at = next(n for n, line in enumerate(lines) if b'"type": "warc"' in line)
    return [*lines[:at], b'{"sha256": "' + b"0" * 64 + b'", ' + lines[at][1:], *lines[at + 1 :]]


def in_capitals(entries):
    return [*entries[:-1], {**entries[-1], "hash": entries[-1]["hash"].upper()}]


def own_public_key(entries):
    """The forger's key under the fingerprint of the archive's."""
    at = next(n for n, data in enumerate(entries) if data["type"] == "key")
    mine = ec.generate_private_key(ec.SECP384R1()).public_key()
    public = mine.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return [*entries[:at], {**entries[at], "public_key": base64.b64encode(public).decode()}, *entries[at + 1 :]]


def other_ledger(collection):
    """The lines of another archive's ledger, signed by its key."""
    other = Collection(collection.root.parent / f"{collection.root.name}-other").create()
    if not other.ledger.exists():
        ledger.ensure_key(other)
        ledger.append(other, {"type": "note"})
    return other.ledger.read_bytes()


def renamed(function):
    """The largest WARC file under a name that looks like its own."""

    def change(collection):
        path = biggest(collection)
        path.rename(path.with_name(function(path.name)))

    return change


def linked(collection):
    """The same bytes, elsewhere, behind a link of the file's name."""
    path = biggest(collection)
    elsewhere = path.replace(collection.root / "elsewhere.bin")
    path.symlink_to(elsewhere)


def into_a_folder(collection):
    path = biggest(collection)
    (collection.archive / "more").mkdir()
    path.rename(collection.archive / "more" / path.name)


def offsets_swapped(lines):
    """The first line's offset and the next other one: records of two files may begin at the same place."""
    offsets = [re.search(r'"offset": "\d+"', line)[0] for line in lines]
    other = next(n for n, offset in enumerate(offsets) if offset != offsets[0])
    changed = [*lines]
    changed[0] = lines[0].replace(offsets[0], offsets[other])
    changed[other] = lines[other].replace(offsets[other], offsets[0])
    return changed


def piped(path):
    """A pipe, which whoever opens it waits for."""
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def folder_for(path):
    path.unlink()
    path.mkdir()


def invented_stamp(collection):
    (collection.root / "timestamps").mkdir(exist_ok=True)
    (collection.root / "timestamps" / "20260101T000000Z.tsr").write_bytes(b"0\x03\x02\x01\x00")


def signatures_swapped(entries):
    one, other = (n for n, data in enumerate(entries) if n in (2, 3))
    signed = [data["signature"] for data in entries]
    signed[one], signed[other] = signed[other], signed[one]
    return [{**data, "signature": found} for data, found in zip(entries, signed, strict=True)]


def own_endorsement(collection):
    """A key that vouches for itself."""
    key = keys.create(collection.root.parent / f"{collection.root.name}.pem")
    entered(collection, key_entry(key, key.sign(key.fingerprint.encode())), key)


def two(collection):
    """The files of both crawls."""
    return sorted(collection.warcs())[:2]


def exchanged(one, other):
    """The bytes of two files, each under the other's name."""
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def names_exchanged(collection):
    """The same, and each file says the name that it has."""
    one, other = two(collection)
    exchanged(one, other)
    for path in (one, other):
        rows = members(path)
        changed(rows, 0, WARC_Filename=path.name)
        write(path, rows)


def exchange_moved(collection):
    """An exchange in the other file, as if it had been captured there."""
    one, other = two(collection)
    rows, more = members(one), members(other)
    for n in reversed(exchange_of(rows, chosen(rows))):
        changed(rows, n, WARC_Warcinfo_ID=dict(more[0][1])["WARC-Record-ID"])
        more.append(rows.pop(n))
    write(one, rows)
    write(other, more)


def warcinfo_of_the_other(collection):
    one, other = two(collection)
    rows = [members(other)[0], *members(one)[1:]]
    changed(rows, 0, WARC_Filename=one.name)
    write(one, rows)


def joined(collection):
    one, other = two(collection)
    one.write_bytes(one.read_bytes() + other.read_bytes())
    other.unlink()


def older_capture(lines):
    """The line of a newer capture leads to an older one of its address."""
    one = next(n for n, line in enumerate(lines[1:], 1) if line.split(" ")[0] == lines[n - 1].split(" ")[0])
    older, newer = (json.loads(lines[n].split(" ", 2)[2]) for n in (one - 1, one))
    place = {name: older[name] for name in ("offset", "length", "filename", "digest")}
    line = " ".join([*lines[one].split(" ", 2)[:2], json.dumps({**newer, **place})]) + "\n"
    return [*lines[:one], line, *lines[one + 1 :]]


def in_a_second_file(collection):
    lines = lines_of(collection)
    write_lines(collection, lines[:-4])
    other = [line.replace('"status": "200"', '"status": "404"') for line in lines[-4:]]
    collection.index.with_name("index-1.cdxj").write_text("".join(other), "utf-8")


def places_swapped(collection):
    """Two captures of one file, each where the other is."""
    db = sqlite3.connect(collection.store)
    one, other = db.execute("SELECT id, warc_offset FROM captures WHERE status = 200 AND warc_file = (SELECT min(warc_file) FROM captures) LIMIT 2")  # fmt: skip
    for identifier, offset in ((one[0], -1), (other[0], one[1]), (one[0], other[1])):
        db.execute("UPDATE captures SET warc_offset = ? WHERE id = ?", (offset, identifier))
    db.commit()
    db.close()


def member_twice(path):
    """A second member of the name: some readers take the first, others the last."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as package:
        warnings.simplefilter("ignore")
        package.writestr("pages/pages.jsonl", package.read("pages/pages.jsonl") + b"{}\n")


def other_order(path):
    with zipfile.ZipFile(path) as source:
        found = [(info.filename, source.read(info)) for info in source.infolist()]
    with zipfile.ZipFile(path, "w") as target:
        for name, data in reversed(found):
            target.writestr(name, data)


def unsigned(entries):
    return [{k: v for k, v in data.items() if n != 3 or k != "signature"} for n, data in enumerate(entries)]


def first_wacz(collection):
    return next(collection.packages.glob("*.wacz"))


OTHER_DAMAGES = {
    "warcs-exchanged": ("filename", lambda c: exchanged(*two(c))),
    "warcs-exchanged-with-names": ("ledger", names_exchanged),
    "exchange-moved": ("index", exchange_moved),
    "warcinfo-of-another-file": ("warcinfo-id", warcinfo_of_the_other),
    "warcs-joined": ("ledger", joined),
    "ledger-middle-doubled": ("ledger", ledger_lines(lambda lines: [*lines[:3], lines[2], *lines[3:]])),
    "ledger-two-swapped": ("ledger", ledger_lines(lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]])),
    "ledger-blank-line": ("ledger", ledger_lines(lambda lines: [*lines[:2], b"\n", *lines[2:]])),
    "ledger-of-another-day": ("ledger-signature", lambda c: rewrite_ledger(c, lambda entries: [{**e, "at": "2020-01-01T00:00:00Z"} if n == 3 else e for n, e in enumerate(entries)])),
    "ledger-other-types": ("ledger-signature", lambda c: rewrite_ledger(c, lambda entries: [{**e, "type": "run"} if e["type"] == "warc" else e for e in entries])),
    "ledger-signature-gone": ("ledger-signature", entry_lines(unsigned)),
    "index-older-capture": ("index", edit_index(older_capture)),
    "index-key": ("index", edit_index(lambda lines: sorted(["cn,gov,x)/ " + lines[0].partition(" ")[2], *lines[1:]]))),
    "index-time": ("index", edit_index(lambda lines: sorted([re.sub(r" 20\d\d", " 2019", lines[0], count=1), *lines[1:]]))),
    "index-type": ("index", edit_index(lambda lines: [*lines[:2], re.sub(r'"mime": "', '"mime": "x-', lines[2]), *lines[3:]])),
    "index-length": ("index", edit_index(lambda lines: [*lines[:2], re.sub(r'"length": "', '"length": "1', lines[2]), *lines[3:]])),
    "index-address": ("index", edit_index(lambda lines: [*lines[:2], re.sub(r'"url": "', '"url": "http://x.example/?', lines[2]), *lines[3:]])),
    "index-in-a-second-file": ("index", in_a_second_file),
    "reports-exchanged": ("report", lambda c: exchanged(*sorted(c.reports.glob("*.json"))[:2])),
    "account-lines-turned": ("report", lambda c: edit(next(c.reports.glob("*.account.jsonl")), lambda d: b"".join(d.splitlines(keepends=True)[::-1]))),
    "package-order": ("package", lambda c: other_order(first_wacz(c))),
    "package-member-twice": ("package-member", lambda c: member_twice(first_wacz(c))),
    "package-two-names": ("package-zip", lambda c: edit(first_wacz(c), lambda d: d.replace(b"pages/pages.jsonl", b"pages/pagez.jsonl", 1))),
    "store-places-swapped": ("store", places_swapped),
    "store-length": ("store", sql("UPDATE captures SET warc_length = warc_length + 7 WHERE id = (SELECT max(id) FROM captures)")),
    "index-offset-of-many-digits": ("index", edit_index(lambda lines: [re.sub(r'"offset": "\d+', '"offset": "' + "9" * 30, lines[0]), *lines[1:]])),
    "index-half-a-character": ("index", edit_index(lambda lines: [re.sub(r'"url": "', r'"url": "\\ud800', lines[0]), *lines[1:]])),
    "ledger-signatures-swapped": ("ledger-signature", entry_lines(signatures_swapped)),
    "ledger-key-endorses-itself": ("ledger-key", own_endorsement),
    "store-turn-in-bytes": ("quote", sql("UPDATE _turns SET text = CAST(text AS BLOB)")),
    "index-offsets-swapped": ("index", edit_index(offsets_swapped)),
    "ledger-field-twice": ("ledger", ledger_lines(field_twice)),
    "ledger-entry-replayed": ("ledger", ledger_lines(lambda lines: [*lines, lines[1]])),
    "ledger-last-replayed": ("ledger", ledger_lines(lambda lines: [*lines, lines[-1]])),
    "ledger-hash-in-capitals": ("ledger", entry_lines(in_capitals)),
    "ledger-key-swapped": ("ledger-signature", entry_lines(own_public_key)),
    "ledger-other-behind": ("ledger", lambda c: c.ledger.write_bytes(c.ledger.read_bytes() + other_ledger(c))),
    "ledger-other-before": ("ledger", lambda c: c.ledger.write_bytes(other_ledger(c) + c.ledger.read_bytes())),
    "ledger-other-instead": ("ledger", lambda c: c.ledger.write_bytes(other_ledger(c))),
    "ledger-entry-of-the-future": ("ledger-signature", lambda c: entered(c, {"type": "note", "at": "2999-01-01T00:00:00Z"})),
    "stamp-invented": ("timestamp", invented_stamp),
    "warc-behind-a-link": ("structure", linked),
    "warc-in-a-folder": ("ledger", into_a_folder),
    "warc-name-alike": ("ledger", renamed(lambda name: name.replace("0", "О", 1))),
    "warc-name-unseen": ("ledger", renamed(lambda name: name.replace(".warc", "\u200b.warc"))),
    "warc-name-no-text": ("ledger", renamed(lambda name: os.fsdecode(b"\xff\xfe") + name)),
    "warc-name-blank": ("ledger", renamed(lambda name: f"{name} ")),
    "warc-name-in-capitals": ("ledger", renamed(str.upper)),
    "warc-pipe": ("structure", lambda c: piped(biggest(c))),
    "report-pipe": ("ledger", lambda c: piped(next(c.reports.glob("*.json")))),
    "report-folder": ("ledger", lambda c: folder_for(next(c.reports.glob("*.json")))),
    "package-pipe": ("package-zip", lambda c: piped(next(c.packages.glob("*.wacz")))),
    "package-before-it": ("package", lambda c: edit(next(c.packages.glob("*.wacz")), lambda d: b"#!/bin/sh\n" + d)),
    "package-ledger-of-another": ("package", lambda c: rezip(next(c.packages.glob("*.wacz")), lambda name, data: other_ledger(c) if name == "fangtan/ledger.jsonl" else data)),
    "index-line-removed": ("index", edit_index(lambda lines: lines[1:])),
    "index-line-invented": ("index", edit_index(lambda lines: sorted([*lines, lines[0].replace('"offset": "', '"offset": "9')]))),
    "index-status": ("index", edit_index(lambda lines: [lines[0].replace('"status": "', '"status": "9'), *lines[1:]])),
    "index-digest": ("index", edit_index(lambda lines: [lines[0].replace("sha256:", "sha256:AA"), *lines[1:]])),
    "index-disorder": ("index", edit_index(swapped)),
    "index-twice": ("index", edit_index(lambda lines: sorted([*lines, lines[3]]))),
    "index-garbage": ("index", edit_index(lambda lines: [*lines, "zzz not cdxj\n"])),
    "index-file-name": ("index", edit_index(lambda lines: [lines[0].replace('"filename": "', '"filename": "other-'), *lines[1:]])),
    "index-gone": ("index", lambda c: c.index.unlink()),
    "ledger-entry-edited": ("ledger", lambda c: c.ledger.write_text(c.ledger.read_text("utf-8").replace('"size": ', '"size": 1', 1), "utf-8")),
    "ledger-entry-removed": ("ledger", lambda c: c.ledger.write_bytes(b"".join(c.ledger.read_bytes().splitlines(keepends=True)[1:]))),
    "ledger-middle-removed": ("ledger", lambda c: c.ledger.write_bytes(b"".join(x for n, x in enumerate(c.ledger.read_bytes().splitlines(keepends=True)) if n != 2))),
    "ledger-reordered": ("ledger", lambda c: c.ledger.write_bytes(b"".join(c.ledger.read_bytes().splitlines(keepends=True)[::-1]))),
    "ledger-garbage": ("ledger", lambda c: c.ledger.write_bytes(c.ledger.read_bytes() + b"{not json}\n")),
    "ledger-gone": ("ledger", lambda c: c.ledger.unlink()),
    "ledger-forged-entry": ("ledger-signature", lambda c: rewrite_ledger(c, lambda entries: [*entries, {"type": "warc", "name": "x", "size": 1, "sha256": "0"}])),
    "ledger-rechained": ("ledger-signature", lambda c: rewrite_ledger(c, lambda entries: [e for e in entries if e["type"] != "run"])),
    "ledger-tail-cut": ("ledger-head", lambda c: c.ledger.write_bytes(b"".join(c.ledger.read_bytes().splitlines(keepends=True)[:3]))),
    "report-edited": ("report", lambda c: edit(next(c.reports.glob("*.json")), lambda d: d.replace(b'"verdict": "', b'"verdict": "x'))),
    "report-gone": ("ledger", lambda c: next(c.reports.glob("*.json")).unlink()),
    "warc-gone": ("ledger", lambda c: biggest(c).unlink()),
    "warc-added": ("ledger", lambda c: shutil.copy(biggest(c), c.archive / "added-00000000000000000-00000-abcdef.warc.gz")),
    "warc-renamed": ("filename", lambda c: biggest(c).rename(c.archive / "renamed-00000000000000000-00000-abcdef.warc.gz")),
    "warc-linked": ("structure", lambda c: (c.archive / "link.warc.gz").symlink_to(biggest(c))),
    "store-status": ("store", sql("UPDATE captures SET status = 201 WHERE id = (SELECT min(id) FROM captures WHERE status = 200)")),
    "store-url": ("store", sql("UPDATE captures SET url = url || 'x' WHERE id = (SELECT min(id) FROM captures)")),
    "store-digest": ("store", sql("UPDATE captures SET sha256 = ? WHERE id = (SELECT max(id) FROM captures)", "0" * 64)),
    "store-time": ("store", sql("UPDATE captures SET fetched_at = '2020-01-01T00:00:00Z' WHERE id = (SELECT max(id) FROM captures)")),
    "store-offset": ("store", sql("UPDATE captures SET warc_offset = warc_offset + 1 WHERE id = (SELECT max(id) FROM captures)")),
    "store-row-removed": ("store", sql("DELETE FROM captures WHERE id = (SELECT max(id) FROM captures WHERE url LIKE '%missing%')")),
    "store-row-file": ("store", sql("UPDATE captures SET warc_file = 'elsewhere.warc.gz' WHERE id = (SELECT max(id) FROM captures)")),
    "store-turn-edited": ("quote", sql("UPDATE _turns SET text = '我完全同意。' WHERE rowid = (SELECT min(rowid) FROM _turns)")),
    "store-turn-removed": ("quote", sql("DELETE FROM _turns WHERE rowid = (SELECT min(rowid) FROM _turns)")),
    "store-evidence-edited": ("quote", sql("""UPDATE versions SET evidence = replace(evidence, '"quote": "', '"quote": "某') WHERE n_turns > 0""")),
    "store-garbage": ("store", lambda c: edit(c.store, lambda d: d[:5000] + bytes(4000) + d[9000:])),
    "store-view-altered": ("store", script("DROP VIEW guests; CREATE VIEW guests AS SELECT v.interview, g.seq, g.name, g.organization, '局长' AS title, g.name AS person FROM _guests g JOIN versions v ON v.id = g.version")),
    "store-trigger-added": ("store", script("CREATE TRIGGER t AFTER INSERT ON _turns BEGIN DELETE FROM _guests; END")),
    "store-table-dropped": ("store", script("DROP TABLE flags")),
    "store-captures-dropped": ("store", script("DROP TABLE captures")),
    "store-turns-dropped": ("store", script("DROP TABLE _turns")),
    "store-evidence-broken": ("quote", sql("UPDATE versions SET evidence = substr(evidence, 1, 40) WHERE n_turns > 0")),
    "store-evidence-nested": ("quote", sql("UPDATE versions SET evidence = ? WHERE n_turns > 0", "[" * 100_000)),
    "search-words-gone": ("search", script("INSERT INTO _turns_fts(_turns_fts) VALUES ('delete-all')")),
    "search-index-broken": ("search", sql("UPDATE _turns_fts_data SET block = substr(block, 1, length(block) / 2) WHERE id > 10")),
    "search-table-dropped": ("search", script("DROP TABLE _pairs_fts")),
    "crawl-db-garbage": ("crawl-db", lambda c: c.crawl_db.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)),
    "warc-folder": ("structure", lambda c: (c.archive / "x.warc.gz").mkdir()),
    "page-edited": ("report", lambda c: edit(next(c.reports.glob("*.html")), lambda d: d + b" ")),
    "account-gone": ("ledger", lambda c: next(c.reports.glob("*.account.jsonl")).unlink()),
    "report-added": ("report", lambda c: (c.reports / "20260101T000000Z-x-0000.json").write_bytes(next(c.reports.glob("*.json")).read_bytes())),
    "package-gone": ("package", lambda c: next(c.packages.glob("*.wacz")).unlink()),
    "warc-named-open": ("ledger", lambda c: biggest(c).rename(biggest(c).with_name(biggest(c).name + ".open"))),
    "store-gone": ("store", lambda c: c.store.unlink()),
}  # fmt: skip


def edit(path, function):
    path.write_bytes(function(path.read_bytes()))


def without(*names):
    return lambda name, data: (
        None if name in names or any(n.endswith("/") and name.startswith(n) for n in names) else data
    )


def altered(wanted, function):
    return lambda name, data: function(data) if name == wanted else data


def as_json(function):
    def change(data):
        value = json.loads(data)
        function(value)
        return json.dumps(value, ensure_ascii=False).encode()

    return change


def flipped(data):
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


def other_signature(value):
    text = value["signedData"]["signature"]
    value["signedData"]["signature"] = ("B" if text[0] != "B" else "C") + text[1:]


PACKAGE_DAMAGES = {
    "half-a-character": ("package-pages", altered("pages/pages.jsonl", lambda d: d + b'{"url": "\\ud800", "ts": "x"}\n')),
    "no-datapackage": ("package-missing", without("datapackage.json")),
    "no-digest": ("package-missing", without("datapackage-digest.json")),
    "no-pages": ("package-missing", without("pages/pages.jsonl")),
    "no-index": ("package-missing", without("indexes/")),
    "no-warc": ("package-missing", without("archive/")),
    "warc-flipped": ("package-hash", lambda name, data: flipped(data) if name.startswith("archive/") else data),
    "pages-edited": ("package-hash", altered("pages/pages.jsonl", lambda d: d.replace(b"ts", b"tz"))),
    "index-edited": ("package-hash", altered("indexes/index.cdx.gz", lambda d: gzip.compress(gzip.decompress(d)[:-200]))),
    "profile": ("package-profile", altered("datapackage.json", as_json(lambda v: v.update(profile="x")))),
    "version": ("package-version", altered("datapackage.json", as_json(lambda v: v.pop("wacz_version")))),
    "title-edited": ("package-digest", altered("datapackage.json", as_json(lambda v: v.update(title="别的标题")))),
    "resource-dropped": ("package-unlisted", altered("datapackage.json", as_json(lambda v: v["resources"].pop()))),
    "resource-hash": ("package-hash", altered("datapackage.json", as_json(lambda v: v["resources"][0].update(hash="sha256:" + "0" * 64)))),
    "resource-bytes": ("package-bytes", altered("datapackage.json", as_json(lambda v: v["resources"][0].update(bytes=1)))),
    "datapackage-garbage": ("package-json", altered("datapackage.json", lambda d: d[:-10])),
    "signature-flipped": ("package-signature", altered("datapackage-digest.json", as_json(other_signature))),
    "signature-date": ("package-signature", altered("datapackage-digest.json", as_json(lambda v: v["signedData"].update(created="2020-01-01T00:00:00Z")))),
    "digest-hash": ("package-digest", altered("datapackage-digest.json", as_json(lambda v: v.update(hash="sha256:" + "0" * 64)))),
    "ledger-head": ("ledger-head", altered("fangtan/ledger-head.json", as_json(lambda v: v.update(head="0" * 64)))),
    "compressed-warc": ("package-stored", None),
    "extra-file": ("package-unlisted", None),
    "truncated-zip": ("package-zip", None),
}  # fmt: skip
