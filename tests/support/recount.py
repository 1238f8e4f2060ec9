"""What the summaries of a store must say, counted from its talks one by one."""

from collections import Counter, defaultdict

from archive.store.derived import derive
from archive.store.roles import LETTERS
from archive.store.store import add_version, index_versions, unindex_version
from parsers.record import ROLES


def tally(db):
    """Interviews, gone ones, turns and characters by (site, year, kind), from the view of the interviews."""
    found = defaultdict(lambda: [0, 0, 0, 0])
    query = "SELECT site, time_start, published_at, kind, gone_at, n_turns, characters FROM interviews"
    for site, start, published, kind, gone, turns, characters in db.execute(query):
        year = (start or published or "")[:4]
        for where in ("*", site or ""):
            row = found[where, year, kind]
            for at, n in enumerate((1, gone is not None, turns, characters)):
                row[at] += n
    return {key: tuple(row) for key, row in found.items()}


def kept_tally(db):
    return {tuple(row[:3]): tuple(row[3:]) for row in db.execute("SELECT * FROM _tally")}


def people(db):
    """Who took part in each talk: (interview, person, name, role, organization, title, turns, characters), counted."""
    same = dict(db.execute("SELECT person, target FROM _same"))
    sites = dict(db.execute("SELECT uid, site FROM _interviews"))

    def identity(uid, name):
        known = None if name is None else f"{sites[uid] or ''}/{name}"
        return same.get(known, known)

    said, listed, found = defaultdict(list), defaultdict(set), Counter()
    for uid, speaker, person, role, text in db.execute("SELECT interview, speaker, person, role, text FROM turns"):
        said[uid].append((speaker, person, role, len(text)))
    for uid, name, organization, title, person in db.execute(
        "SELECT interview, name, organization, title, person FROM guests"
    ):
        sizes = [n for _, who, _, n in said[uid] if who is not None and who == name]
        listed[uid].add(name)
        found[uid, identity(uid, person), name or "", "guest", organization, title, len(sizes), sum(sizes)] += 1
    for uid, turns in said.items():
        groups = defaultdict(list)
        for speaker, person, role, n in turns:
            if person is None or person not in listed[uid]:
                groups[person or speaker, role, person].append(n)
        for (name, role, person), sizes in groups.items():
            found[uid, identity(uid, person), name, role, None, None, len(sizes), sum(sizes)] += 1
    return found


def kept_people(db):
    query = "SELECT interview, person, name, role, organization, title, turns, characters FROM participants"
    return Counter(db.execute(query).fetchall())


def roles(db):
    """What the row of each talk says of its turns: the role of each, characters by role."""
    found = {uid: ("", {}) for (uid,) in db.execute("SELECT uid FROM _interviews")}
    for uid, role, size in db.execute("SELECT interview, role, length(text) FROM turns ORDER BY interview, seq"):
        letters, said = found[uid]
        found[uid] = letters + LETTERS[role], said | {role: said.get(role, 0) + size}
    return found


def kept_roles(db):
    found = {}
    columns = ", ".join(f"said_{role}" for role in ROLES)
    for uid, letters, *said in db.execute(f"SELECT uid, roles, {columns} FROM _interviews"):
        found[uid] = letters, {role: n for role, n in zip(ROLES, said, strict=True) if n or LETTERS[role] in letters}
    return found


def firsts(db):
    query = "SELECT interview, min(number) FROM _said GROUP BY interview"
    return dict(db.execute(query))


def kept_firsts(db):
    return dict(db.execute("SELECT uid, first_turn FROM _interviews WHERE first_turn IS NOT NULL"))


def captured(db):
    query = "SELECT i.uid, i.genre, c.fetched_at FROM interviews i JOIN captures c ON c.id = i.capture"
    return {uid: row for uid, *row in db.execute(query)}


def kept_captured(db):
    query = "SELECT uid, genre, captured FROM _interviews WHERE kind IS NOT NULL"
    return {uid: row for uid, *row in db.execute(query)}


def persons(db):
    """How many persons were guests."""
    query = "SELECT g.interview, g.person, i.site FROM guests g JOIN interviews i ON i.uid = g.interview"
    same = dict(db.execute("SELECT person, target FROM _same"))
    known = {f"{site or ''}/{person}" for _, person, site in db.execute(query) if person is not None}
    return len({same.get(person, person) for person in known})


def add_talk(db, uid, record, *, site="s", day=None, version=1, at=""):
    """A talk in one version, as the indexer writes it: version, index, what is derived.

    :param at: when it was captured, once at that time
    """
    capture = f"c{at}"
    db.execute(
        "INSERT OR IGNORE INTO captures(id, key, url, method, fetched_at, status, sha256, bytes, type, warc_file, warc_offset, warc_length, record_id) "
        "VALUES (?1, 'c', 'c', 'GET', ?2, 200, '', 0, 'response', 'a', ?3, 1, ?1)",
        (capture, at, len(at) and int(at[-2:])),
    )
    db.execute(
        "INSERT INTO _interviews(uid, site, url, first_seen, last_seen) VALUES (?, ?, 'u', '2001', '2001') ON CONFLICT(uid) DO UPDATE SET site = excluded.site",
        (uid, site),
    )
    for (shown,) in db.execute("SELECT id FROM versions WHERE interview = ? AND newest", (uid,)).fetchall():
        unindex_version(db, shown)
        db.execute("UPDATE versions SET newest = 0 WHERE id = ?", (shown,))
    name = f"{uid}.{version}"
    row = {
        "id": name, "interview": uid, "version_no": version, "capture": capture, "parser": "x", "content_sha256": str(version), "newest": 0, "kind": record.kind,
        "title": record.title, "published_at": day, "n_turns": len(record.turns), "characters": sum(len(t.text) for t in record.turns), "evidence": "{}",
    }  # fmt: skip
    add_version(db, row, record)
    db.execute("UPDATE versions SET newest = 1 WHERE id = ?", (name,))
    db.execute("INSERT INTO version_captures VALUES (?, ?, 'page')", (name, capture))
    index_versions(db, [name])
    derive(db, uid)


def wrong(db):
    """Every summary that is not what counting gives."""
    totals = dict(db.execute("SELECT name, n FROM _totals"))
    pairs = {
        "tally": (kept_tally(db), tally(db)),
        "people": (kept_people(db), people(db)),
        "roles": (kept_roles(db), roles(db)),
        "first turns": (kept_firsts(db), firsts(db)),
        "captured": (kept_captured(db), captured(db)),
        "captures": (totals["captures"], db.execute("SELECT count(*) FROM captures").fetchone()[0]),
        "persons": (totals["persons"], persons(db)),
        "persons seen": (db.execute("SELECT count(*) FROM persons").fetchone()[0], persons(db)),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
