"""Who speaks: label forms, roles, speakers, turns, page furniture, talks served as JSON."""
