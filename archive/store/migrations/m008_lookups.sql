-- Each page that is read asks for its revisits; each revisit of others' making for the response that it names by address.
CREATE INDEX captures_refers_to ON captures(refers_to) WHERE refers_to IS NOT NULL;
CREATE INDEX captures_url ON captures(url, type);
