-- A revisit of a payload of another address is a page of its own: what such revisits say and lead to is read again.
INSERT INTO store_meta VALUES ('regroup', 'all') ON CONFLICT(key) DO NOTHING;
