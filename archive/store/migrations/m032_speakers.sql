-- The talks in which somebody speaks: by name, and by labels that print another name than the person's.
CREATE INDEX _participants_name ON _participants(name);
CREATE INDEX _turns_label ON _turns(speaker) WHERE person IS NOT NULL AND person <> speaker;
