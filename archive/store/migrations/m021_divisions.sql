-- The division of a site (GB/T 2260), where its id, name or host tells it.
ALTER TABLE sites ADD COLUMN code TEXT;
