# Archives for R. Needs DBI and RSQLite:
#   source("fangtan.R")
#   archive <- fangtan_open("gansu")                     # a collection's folder, or a fangtan.db
#   turns   <- fangtan_turns(archive, "t.role = 'guest'")
#   hits    <- fangtan_search(archive, "营商环境")
#   DBI::dbDisconnect(archive)

fangtan_open <- function(path) {
  store <- if (dir.exists(path)) file.path(path, "fangtan.db") else path
  if (!file.exists(store)) stop(store, ": no store; crawl something or run `fangtan rebuild`")
  DBI::dbConnect(RSQLite::SQLite(), store, flags = RSQLite::SQLITE_RO)
}

# Times become POSIXct, classes become factors, yes and no become logical. Printed dates stay text, as precise as printed.
fangtan_typed <- function(frame) {
  for (name in intersect(names(frame), c("fetched_at", "first_seen", "last_seen", "gone_at", "started_at", "ended_at")))
    frame[[name]] <- as.POSIXct(sub("Z$", "", frame[[name]]), format = "%Y-%m-%dT%H:%M:%OS", tz = "UTC")
  for (name in intersect(names(frame), c("role", "kind", "talk_kind", "genre", "talk_genre", "verdict", "severity")))
    frame[[name]] <- factor(frame[[name]])
  for (name in intersect(names(frame), c("newest", "relayed", "applied", "citizen")))
    frame[[name]] <- as.logical(frame[[name]])
  frame
}

fangtan_sql <- function(archive, query, values = list()) {
  fangtan_typed(DBI::dbGetQuery(archive, query, params = if (length(values)) values else NULL))
}

fangtan_table <- function(archive, name) fangtan_sql(archive, paste("SELECT * FROM", DBI::dbQuoteIdentifier(archive, name)))

# Turns with their talk, site, person and post; `where` is a condition on t (turns), i (interviews) and s (sites).
fangtan_turns <- function(archive, where = "1", values = list()) {
  fangtan_sql(archive, paste(
    "SELECT t.*, i.title AS talk_title, i.url AS talk_url, i.kind AS talk_kind, i.genre AS talk_genre, i.date AS talk_date,",
    "CAST(substr(i.date, 1, 4) AS INTEGER) AS year, i.site AS site, s.name AS site_name, s.province AS province,",
    "s.prefecture AS prefecture, s.county AS county, p.person AS person_id, p.organization AS organization, p.title AS post",
    "FROM turns t JOIN interviews i ON i.uid = t.interview LEFT JOIN sites s ON s.id = i.site",
    "LEFT JOIN _participants p ON p.interview = t.interview AND p.place = (",
    "SELECT min(o.place + CASE WHEN o.role = t.role THEN 0 ELSE 1000000 END) % 1000000 FROM _participants o",
    "WHERE o.interview = t.interview AND o.name = coalesce(t.person, t.speaker))",
    "WHERE", where, "ORDER BY t.interview, t.seq"), values)
}

# Turns that have a string of characters, of any length.
fangtan_search <- function(archive, words, where = "1") {
  characters <- strsplit(gsub("[[:space:]\"]", "", words), "")[[1]]
  phrase <- paste0("\"", paste(characters, collapse = " "), "\"")
  fangtan_turns(archive, paste("t.id IN (SELECT id FROM find WHERE q MATCH $phrase) AND", where), list(phrase = phrase))
}

# A cell of our CSV files without the apostrophe that keeps spreadsheet programs from running it.
fangtan_bare <- function(text) {
  blank <- "\\s\\x01-\\x1f\\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
  sign <- "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
  sub(paste0("(*UCP)^'(?='*(?:[\\t\\r\\n]|[", blank, "]*[", sign, "]))"), "", enc2utf8(text), perl = TRUE)
}
