-- What a run asks at its end, and what each page asks while it is read: found at once, however many sites and runs there are.
CREATE INDEX _interviews_site ON _interviews(site);
CREATE INDEX captures_site ON captures(site, key);
CREATE INDEX _redirects_key ON _redirects(key);
CREATE INDEX flags_capture ON flags(capture);
DROP INDEX _readings_key;
CREATE INDEX _readings_key ON _readings(key, kind);
CREATE INDEX runs_final ON runs(id) WHERE ended_at IS NOT NULL
  AND CASE WHEN json_valid(report) THEN json_extract(report, '$.left') = 0
    OR (verdict = 'ok' AND json_extract(report, '$.left') IS NULL) END;
