"""Names, posts and organisations; from a printed label or a sentence to a person."""
